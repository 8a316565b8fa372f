//! `shiming registry portrait`: a reference portrait that is kept, taken out for somebody who has to see it; and
//! `shiming registry forget-photos`, when none is to be kept any longer.

use std::{
    fs::OpenOptions,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use clap::Args;
use shiming_identity::ResidentId;

use crate::{
    clock::today,
    commands::{
        Place,
        terms::{count, read_line},
    },
    output::say,
    trouble::{Exit, Outcome, Trouble},
};

/// Write the photo that is kept of a person into a file
///
/// There is one where it was imported with --keep-photos or `[face] keep_photos`. The file is readable for its owner only,
/// and takes the place of no other. No door and no operator's address gives a photo out: it takes this command, the store
/// and its master key. Exit code 1 when none is kept.
#[derive(Args)]
pub(super) struct Portrait {
    /// The person's resident number; without it, or with `-`, it is read from standard input, which keeps it out of the
    /// shell's history and the list of processes
    id: Option<String>,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    place: Place,
}

impl Portrait {
    pub(super) fn run(self) -> Outcome {
        let id = match self.id {
            Some(id) if id != "-" => id,
            _ => read_line("-".as_ref(), "number")?,
        };
        let id = ResidentId::parse(&id, today())
            .map_err(|flaw| Trouble::usage("this is no resident number").because(flaw))?;
        let (_, store) = self.place.open()?;
        let photo = store
            .registry()
            .photo(&id.value)
            .map_err(|error| Trouble::broken("the photo cannot be read").because(error))?;
        store.close();
        let Some(photo) = photo else {
            say!("no photo of this person is kept");
            return Ok(Exit::No);
        };
        write(&self.out, &photo).map_err(|error| Trouble::unwritable(&self.out, error))?;
        Ok(Exit::Fine)
    }
}

/// Erase all photos of reference portraits that are kept; their templates stay
///
/// Each photo's key and the photo are overwritten. For one person's, delete the record, or import another portrait.
#[derive(Debug, Args)]
pub(super) struct ForgetPhotos {
    /// Really erase them
    #[arg(long, required = true)]
    yes: bool,
    #[command(flatten)]
    place: Place,
}

impl ForgetPhotos {
    pub(super) fn run(self) -> Outcome {
        let (_, store) = self.place.open()?;
        let erased =
            store.erase_photos().map_err(|error| Trouble::broken("not all photos were erased").because(error))?;
        store.close();
        say!("{} erased", count(erased, "photo"));
        Ok(Exit::Fine)
    }
}

fn write(path: &Path, photo: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(photo)?;
    file.sync_all()
}
