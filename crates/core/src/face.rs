//! The port to a face engine: a photo and a reference in, likeness out. It knows no people.

use std::fmt;

use crate::BoxFuture;

/// Compares a photo with the template of a reference portrait.
pub trait FaceMatcher: Send + Sync {
    /// `template` is what an engine made of the reference portrait earlier; `photo` is an image file as it was sent.
    ///
    /// A comparison takes ten milliseconds and more of a whole core: the engine does it on threads of its own, and says
    /// [`Likeness::Busy`] rather than let a queue grow.
    fn compare<'a>(&'a self, template: &'a [u8], photo: &'a [u8]) -> BoxFuture<'a, Likeness>;
}

/// What a comparison found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// The same person, by the engine's threshold.
    Same(Score),
    /// Another person.
    Different(Score),
    /// The photo cannot be compared.
    Unusable(Unusable),
    /// The engine has more to do than it may take on, or could not finish: the same question may be put again later.
    Busy,
    /// The template is another model's, or cannot be read: the reference portrait has to be given anew.
    OtherModel,
}

/// How alike two faces are, 0 to 100 with two decimals, on the engine's scale. The ledger keeps it; no answer holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(u16);

impl Score {
    /// Nothing in common.
    pub const LEAST: Self = Self(0);
    /// The very same face.
    pub const MOST: Self = Self(10_000);

    /// So many hundredths; none above 100.
    pub fn from_hundredths(hundredths: u16) -> Option<Self> {
        (hundredths <= Self::MOST.0).then_some(Self(hundredths))
    }

    /// The hundredths, 0 to 10,000.
    pub const fn hundredths(self) -> u16 {
        self.0
    }
}

/// With both decimals.
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// Declares the reasons: the word in the ledger, and the English sentence's end.
macro_rules! reasons {
    ($($(#[$about:meta])+ $variant:ident, $word:literal, $text:literal;)+) => {
        /// Why a photo cannot be compared.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Unusable { $($(#[$about])+ $variant,)+ }

        impl Unusable {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it in the ledger, in metrics and in the rejects of an import.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

reasons! {
    /// No reason is known: entries of the ledger from before reasons were kept, or an engine that gives none.
    Unsaid, "portrait_unusable", "the photo cannot be compared";
    /// Nobody is in it.
    NoFace, "portrait_no_face", "the photo has no face";
    /// More than one face that could be meant.
    SeveralFaces, "portrait_several_faces", "the photo has several faces";
    /// The face has too few pixels.
    TooSmall, "portrait_too_small", "the face is too small";
    /// The face is cut off by the edge, or covered.
    Incomplete, "portrait_incomplete", "the face is not wholly in the photo";
    /// Out of focus, or moved.
    Blurred, "portrait_blurred", "the face is blurred";
    /// Underexposed.
    TooDark, "portrait_too_dark", "the face is too dark";
    /// Overexposed.
    TooBright, "portrait_too_bright", "the face is too bright";
    /// Without contrast.
    Flat, "portrait_flat", "the face has too little contrast";
    /// Turned away, or tilted.
    Pose, "portrait_pose", "the face is turned away";
    /// A photo of a screen, of paper, of a mask.
    NotLive, "portrait_not_live", "the photo does not seem to be of a living person";
    /// The bytes are no image that the engine reads.
    NotAnImage, "portrait_not_an_image", "the photo is no image that can be read";
    /// The image has more bytes or pixels than the engine takes.
    TooLarge, "portrait_too_large", "the image is too large";
}

impl Unusable {
    /// The reason of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.word() == word)
    }
}

/// The end of an English sentence.
impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_has_two_decimals_and_ends_at_a_hundred() {
        let printed = |hundredths| Score::from_hundredths(hundredths).map(|score| score.to_string());
        assert_eq!([0, 7, 8750, 10_000].map(printed).map(Option::unwrap), ["0.00", "0.07", "87.50", "100.00"]);
        assert_eq!(printed(10_001), None);
    }

    #[test]
    fn every_reason_has_a_word_of_its_own_that_leads_back_to_it() {
        for reason in Unusable::ALL {
            assert_eq!(Unusable::from_word(reason.word()), Some(*reason));
            // The store's queue of sessions that wait for an operator passes over this beginning.
            assert!(reason.word().starts_with("portrait_"), "{reason}");
        }
        assert_eq!(Unusable::from_word("portrait_unusable"), Some(Unusable::Unsaid), "what old entries say");
        assert_eq!(Unusable::from_word("no_face_engine"), None);
    }
}
