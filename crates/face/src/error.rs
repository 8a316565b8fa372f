//! Why a photo is refused, and why the models do not start.

use std::io;

/// Why a photo cannot be compared. The sender can mend each of these with another photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum FaceError {
    /// Not a JPEG or PNG that can be read to its end.
    #[error("the photo cannot be read")]
    BadImage,
    /// More pixels, or a longer side, than is allowed.
    #[error("the photo has too many pixels")]
    ImageTooLarge,
    /// No face was found.
    #[error("there is no face in the photo")]
    NoFace,
    /// More than one face of a like size.
    #[error("there are several faces in the photo")]
    MultipleFaces,
    /// The face has too few pixels.
    #[error("the face is too small")]
    FaceTooSmall,
    /// A part of the face is outside the photo.
    #[error("the face is not wholly inside the photo")]
    FaceIncomplete,
    /// Too blurred to compare.
    #[error("the face is blurred")]
    Blurred,
    /// Too dark to compare.
    #[error("the face is too dark")]
    TooDark,
    /// Too bright to compare.
    #[error("the face is too bright")]
    TooBright,
    /// Too little contrast to compare.
    #[error("the face has too little contrast")]
    Flat,
    /// The face is turned away too far.
    #[error("the face is turned too far")]
    Pose,
    /// The photo looks like a picture of a picture.
    #[error("the photo does not look taken from life")]
    NotLive,
}

impl FaceError {
    /// One word for logs and counters.
    pub fn word(self) -> &'static str {
        match self {
            Self::BadImage => "bad_image",
            Self::ImageTooLarge => "image_too_large",
            Self::NoFace => "no_face",
            Self::MultipleFaces => "multiple_faces",
            Self::FaceTooSmall => "face_too_small",
            Self::FaceIncomplete => "face_incomplete",
            Self::Blurred => "blurred",
            Self::TooDark => "too_dark",
            Self::TooBright => "too_bright",
            Self::Flat => "flat",
            Self::Pose => "pose",
            Self::NotLive => "not_live",
        }
    }
}

/// Why the models cannot be used. The operator mends these; the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The list of models is wrong.
    #[error("the list of models is wrong: {0}")]
    List(String),
    /// A model file cannot be read.
    #[error("{file}: cannot be read")]
    Unreadable {
        /// The file's name in the folder of models.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A model file is not the one this program was measured with.
    #[error("{0}: size or SHA-256 differs from the list of models")]
    WrongFile(String),
    /// The inference engine does not take the file.
    #[error("{file}: {why}")]
    Unusable {
        /// The file's name in the folder of models.
        file: String,
        /// What the inference engine said.
        why: String,
    },
    /// The inference engine that was chosen cannot be used.
    #[error("{0}")]
    Engine(String),
    /// The model computes other numbers on this machine than it should.
    #[error("{0}: gives wrong results on this machine")]
    WrongResult(String),
}
