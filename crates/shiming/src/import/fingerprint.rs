//! What tells one source from another: its size, its beginning and its end. Not its path, which may change, nor its
//! time, which a copy does not keep; and not all of it, because hashing ten gigabytes takes as long as importing them.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use aws_lc_rs::digest::{Context, SHA256};

use super::{Order, Source, Templates, What};
use crate::trouble::Trouble;

/// Bytes at each end that are looked at.
const END: u64 = 64 * 1024;

/// The fingerprint of a source as it will be read: another form or encoding is another import.
pub(super) fn of(order: &Order<'_>) -> Result<[u8; 32], Trouble> {
    let mut hash = Context::new(&SHA256);
    hash.update(format!("shiming import 1 {:?} {:?} ", order.form, order.encoding).as_bytes());
    if order.what == What::OutdatedPortraits {
        hash.update(b"portraits ");
        hash.update(&order.faces.map(Templates::maker).unwrap_or_default());
    }
    match order.source {
        Source::Stdin => hash.update(b"stdin"),
        Source::Text(text) => hash.update(text.as_bytes()),
        Source::File(path) => ends(path, &mut hash).map_err(|error| Trouble::unreadable(path, error))?,
    }
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(hash.finish().as_ref());
    Ok(fingerprint)
}

fn ends(path: &Path, hash: &mut Context) -> std::io::Result<()> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    hash.update(&size.to_le_bytes());
    let mut bytes = Vec::new();
    for from in [0, size.saturating_sub(END)] {
        bytes.clear();
        file.seek(SeekFrom::Start(from))?;
        (&mut file).take(END).read_to_end(&mut bytes)?;
        hash.update(&bytes);
    }
    Ok(())
}
