//! A row's reference portrait: the picture in the row or in a file beside it, to what the face engine makes of it.
//!
//! The picture itself is read, handed to the engine and let go, unless the operator wants it kept: then the store seals it.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::Path,
};

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use shiming_core::{
    Change, Unusable,
    record::{Maker, Photo, Template},
};
use shiming_identity::ResidentId;
use shiming_store::SealedRegistry;

use super::{
    cells::Cells,
    row::{Column, Reason, Reject},
};

/// Makes templates of reference portraits.
pub(crate) trait Templates: fmt::Debug {
    /// The template of the one face in an image file.
    fn template(&self, photo: &[u8]) -> Result<Vec<u8>, Unusable>;

    /// What stands for the network that makes them.
    fn maker(&self) -> Maker;
}

/// Where portraits are found, and who looks at them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Portraits<'a> {
    /// None where no face engine is configured.
    pub(super) engine: Option<&'a dyn Templates>,
    /// The folder that `portrait_file` starts from.
    pub(super) folder: &'a Path,
    /// Where only templates of another network are made anew: the registry that knows whose these are.
    pub(super) outdated_in: Option<&'a SealedRegistry>,
    /// Whether the photos are kept.
    pub(super) keep: Keep,
}

/// Whether the photos of reference portraits are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// The template alone.
    Template,
    /// The photo too, sealed, so that a template can be made anew of it.
    Photo,
}

/// What becomes of a portrait in the store.
pub(super) struct Made {
    pub(super) template: Template,
    pub(super) photo: Photo,
}

/// Whether a row has a portrait.
pub(super) fn is_in(cells: &Cells) -> bool {
    !cells.text(Column::Portrait).is_empty() || !cells.text(Column::PortraitFile).is_empty()
}

/// How much of a photo a change has in memory.
pub(super) fn bytes(change: &Change) -> usize {
    match change {
        Change::Portrait { photo: Photo::Kept(photo), .. } => photo.len(),
        _ => 0,
    }
}

/// The largest picture in a file. An engine has a limit of its own below this.
const LARGEST: u64 = 16 * 1024 * 1024;
/// Padding may be left out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Portraits<'_> {
    /// What is made of the row's portrait; none where the row has none.
    pub(super) fn of(&self, cells: &Cells) -> Result<Option<Made>, Reject> {
        let (column, photo) = match (cells.text(Column::Portrait), cells.text(Column::PortraitFile)) {
            ("", "") => return Ok(None),
            (text, "") => (Column::Portrait, Given::Text(text)),
            ("", path) => (Column::PortraitFile, Given::File(path)),
            _ => return Err(Reject::at(Column::PortraitFile, Reason::TwoPortraits)),
        };
        let refuse = |reason| Reject::at(column, reason);
        self.engine.ok_or(refuse(Reason::NoFaceEngine))?;
        let photo = match photo {
            Given::Text(text) => decode(text).ok_or(refuse(Reason::Base64))?,
            Given::File(path) => match read(&self.folder.join(path)) {
                Ok(Some(photo)) => photo,
                Ok(None) => return Err(refuse(Reason::Portrait(Unusable::TooLarge))),
                Err(_) => return Err(refuse(Reason::NoFile)),
            },
        };
        let template = self.template(column, &photo)?;
        let photo = if self.keep == Keep::Photo { Photo::Kept(photo) } else { Photo::LetGo };
        Ok(Some(Made { template, photo }))
    }

    /// What is made of the photo that is kept of a person.
    pub(super) fn of_kept(&self, registry: &SealedRegistry, person: &ResidentId) -> Result<Made, Reject> {
        let kept = registry.photo(person).unwrap_or_else(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "a photo that is kept cannot be read");
            None
        });
        let photo = kept.ok_or(Reject::at(Column::IdNumber, Reason::NoPhoto))?;
        Ok(Made { template: self.template(Column::IdNumber, &photo)?, photo: Photo::Same })
    }

    fn template(&self, column: Column, photo: &[u8]) -> Result<Template, Reject> {
        let engine = self.engine.ok_or(Reject::at(column, Reason::NoFaceEngine))?;
        let template = engine.template(photo).map_err(|reason| Reject::at(column, Reason::Portrait(reason)))?;
        Ok(Template::new(template).made_by(engine.maker()))
    }

    /// Whether a picture is looked at for a row like this one.
    pub(super) fn looks_at(&self, cells: &Cells) -> bool {
        is_in(cells) || self.outdated_in.is_some()
    }

    /// Whether the person's template in the registry is another network's. A registry that cannot say so says it when it
    /// is written.
    pub(super) fn are_outdated(&self, registry: &SealedRegistry, person: &ResidentId) -> bool {
        self.engine.is_none_or(|engine| registry.is_made_by_another(person, engine.maker()).unwrap_or(true))
    }
}

enum Given<'a> {
    Text(&'a str),
    File(&'a str),
}

/// Line breaks are passed over: many programs fold base64.
fn decode(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(text).ok()
}

/// The bytes of an ordinary file; none where they are too many.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    // Before it is opened: opening a pipe would wait for somebody to write.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut photo = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut photo)?;
    Ok((photo.len() as u64 <= LARGEST).then_some(photo))
}

/// The code of what is wrong with a portrait, as the rejects file has it.
pub(super) const fn code(reason: Unusable) -> &'static str {
    match reason {
        Unusable::Unsaid => "PORTRAIT_UNUSABLE",
        Unusable::NoFace => "NO_FACE",
        Unusable::SeveralFaces => "SEVERAL_FACES",
        Unusable::TooSmall => "TOO_SMALL",
        Unusable::Incomplete => "INCOMPLETE",
        Unusable::Blurred => "BLURRED",
        Unusable::TooDark => "TOO_DARK",
        Unusable::TooBright => "TOO_BRIGHT",
        Unusable::Flat => "FLAT",
        Unusable::Pose => "POSE",
        Unusable::NotLive => "NOT_LIVE",
        Unusable::NotAnImage => "NOT_AN_IMAGE",
        Unusable::TooLarge => "TOO_LARGE",
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Makes of a photo what it is, read backwards; finds nobody in one that begins with a dot.
    #[derive(Debug)]
    pub(crate) struct Backwards;

    impl Templates for Backwards {
        fn template(&self, photo: &[u8]) -> Result<Vec<u8>, Unusable> {
            if photo.starts_with(b".") { Err(Unusable::NoFace) } else { Ok(photo.iter().rev().copied().collect()) }
        }

        fn maker(&self) -> Maker {
            [7; 16]
        }
    }

    fn portrait(engine: Option<&dyn Templates>, folder: &Path, row: &str) -> Result<Option<Template>, Reject> {
        let mut cells = Cells::default();
        super::super::cells::RowReader::NdJson.read(row, &mut cells).unwrap();
        let portraits = Portraits { engine, folder, outdated_in: None, keep: Keep::Template };
        portraits.of(&cells).map(|made| made.map(|made| made.template))
    }

    #[test]
    fn a_portrait_stands_in_the_row_or_in_a_file_beside_the_source() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.jpg"), b"photo").unwrap();
        let made = |row| portrait(Some(&Backwards), folder.path(), row).unwrap().map(|made| made.expose().to_vec());
        assert_eq!(made("{}"), None);
        assert_eq!(made(r#"{"portrait":"cGhv\ndG8"}"#), Some(b"otohp".to_vec()));
        assert_eq!(made(r#"{"portrait_file":"a.jpg"}"#), Some(b"otohp".to_vec()));
    }

    #[test]
    fn a_portrait_that_cannot_be_read_is_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |row| {
            let reject = portrait(Some(&Backwards), folder.path(), row).unwrap_err();
            format!("{} {}", reject.field(), reject.code())
        };
        assert_eq!(refused(r#"{"portrait":"Lg=="}"#), "portrait NO_FACE");
        assert_eq!(refused(r#"{"portrait":"!"}"#), "portrait BASE64");
        assert_eq!(refused(r#"{"portrait_file":"absent.jpg"}"#), "portrait_file NO_FILE");
        assert_eq!(refused(r#"{"portrait_file":"."}"#), "portrait_file NO_FILE");
        assert_eq!(refused(r#"{"portrait":"Lg==","portrait_file":"a.jpg"}"#), "portrait_file TWO_PORTRAITS");
    }

    #[test]
    fn without_an_engine_a_portrait_is_refused() {
        let reject = portrait(None, Path::new(""), r#"{"portrait":"Lg=="}"#).unwrap_err();
        assert_eq!(reject.code(), "NO_FACE_ENGINE");
        assert!(reject.to_string().contains("No face engine"), "{reject}");
        assert!(portrait(None, Path::new(""), r#"{"portrait":""}"#).is_ok());
    }

    #[test]
    fn every_reason_has_a_code_of_its_own() {
        let codes: std::collections::HashSet<_> = Unusable::ALL.iter().map(|reason| code(*reason)).collect();
        assert_eq!(codes.len(), Unusable::ALL.len());
    }
}
