//! Portraits of the demo's people, where a face engine is configured: drawn ones, so that both answers of a comparison can
//! be had without a photo of anybody.
//!
//! What is promised of a picture is what the engine makes of it here and now: another network may see these drawings
//! otherwise, or see no face in them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;
use shiming_core::{
    CannotCheck, Change, FaceMatcher as _,
    face::Likeness,
    record::{Photo, Template},
};
use shiming_identity::ResidentId;
use shiming_store::Store;

use crate::{
    cast::Cast,
    clock::today,
    drawn::{self, ANOTHER_DAY, BEARDED, GREY, LONG_HAIRED, STRAIGHT, Sitter},
    faces::Faces,
    import::Templates as _,
    installation,
    trouble::Trouble,
};

/// By case: who sat for the reference portrait, and who for the picture that a caller sends.
const SITTERS: [(&str, &Sitter, &Sitter); 2] = [("match", &BEARDED, &BEARDED), ("portrait", &GREY, &LONG_HAIRED)];
/// Where pictures lie in the data directory.
const FOLDER: &str = "portraits";
const NOBODY: &str = "nobody.png";
const SEVERAL: &str = "two.png";

/// What was drawn.
#[derive(Debug, Serialize)]
pub(super) struct Portraits {
    /// By case, the picture of a person that a caller sends, and what the check says of it.
    pub(super) people: Vec<Sent>,
    /// Pictures that nobody can be compared with, sent for any of these people.
    pub(super) unusable: Vec<Sent>,
}

/// A picture that a caller sends.
#[derive(Debug, Serialize)]
pub(super) struct Sent {
    /// For whom, or of what.
    pub(super) case: &'static str,
    pub(super) file: PathBuf,
    pub(super) verdict: &'static str,
}

impl Portraits {
    /// Draws the pictures, puts the references into the registry, and has the cast say what comes of a check.
    pub(super) async fn hang(store: &Store, data: &Path, faces: &Faces, cast: &mut Cast) -> Result<Self, Trouble> {
        let folder = data.join(FOLDER);
        fs::create_dir_all(&folder).map_err(|error| Trouble::unwritable(&folder, error))?;
        let folder = fs::canonicalize(&folder).unwrap_or(folder);
        let keep = |name: &str, picture: &[u8]| {
            let file = folder.join(name);
            fs::write(&file, picture).map_err(|error| Trouble::unwritable(&file, error)).map(|()| file)
        };
        let mut people = Vec::new();
        let mut changes = Vec::new();
        let mut template = None;
        for (case, reference, sitter) in SITTERS {
            let (reference, picture) = (drawn::portrait(reference, &STRAIGHT), drawn::portrait(sitter, &ANOTHER_DAY));
            keep(&format!("{case}-reference.png"), &reference)?;
            let file = keep(&format!("{case}.png"), &picture)?;
            let Some(id) = cast.person(case).and_then(|person| ResidentId::parse(&person.id_number, today()).ok())
            else {
                continue;
            };
            // A reference that this engine cannot use is none: then nobody can be compared with it.
            let Ok(made) = faces.template(&reference) else { continue };
            people.push(Sent { case, file, verdict: verdict(faces.compare(&made, &picture).await) });
            template.get_or_insert_with(|| made.clone());
            let made = Template::new(made).made_by(faces.maker());
            changes.push(Change::Portrait { id: id.value, template: made, photo: Photo::LetGo });
        }
        store.put_records(&changes).map_err(|error| installation::store_trouble(data, error))?;
        let mut unusable = Vec::new();
        for (case, picture) in
            [(NOBODY, drawn::nobody(&STRAIGHT)), (SEVERAL, drawn::both(&BEARDED, &LONG_HAIRED, &STRAIGHT))]
        {
            let file = keep(case, &picture)?;
            if let Some(template) = &template {
                unusable.push(Sent { case, file, verdict: verdict(faces.compare(template, &picture).await) });
            }
        }
        let portraits = Self { people, unusable };
        cast.compare_portraits(|case| portraits.people.iter().find(|sent| sent.case == case).map(|sent| sent.verdict));
        Ok(portraits)
    }
}

/// The check's word for what the engine says.
fn verdict(likeness: Likeness) -> &'static str {
    match likeness {
        Likeness::Same(_) => "match",
        Likeness::Different(_) => "mismatch",
        Likeness::Unusable(reason) => reason.word(),
        Likeness::Busy => CannotCheck::FaceEngineBusy.word(),
        Likeness::OtherModel => CannotCheck::TemplateOutdated.word(),
    }
}
