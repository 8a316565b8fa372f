//! The port to a face engine: a photo and a reference in, likeness out. It knows no people.

/// Compares a photo with the template of a reference portrait.
pub trait FaceMatcher: Send + Sync {
    /// `template` is what this engine made of the reference portrait earlier; `photo` is a JPEG or PNG file.
    fn compare(&self, template: &[u8], photo: &[u8]) -> Likeness;
}

/// What a comparison found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// The same person, by the engine's threshold.
    Same,
    /// Another person.
    Different,
    /// The photo cannot be compared: no face, several faces, too dark or too small.
    Unusable,
}
