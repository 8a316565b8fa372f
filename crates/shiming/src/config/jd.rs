//! `[jd]`: JD Cloud's door.

use http::HeaderName;
use shiming_core::Again;
use shiming_server::doors::jdcloud::{FirstGeneration, Numbers, Resent, Settings};
use shiming_wire::{
    jdcloud::{
        self, Outcome, Texts, Wording,
        codes::Document,
        personal::{Mobile2, PortraitLimits, Rules},
    },
    time::Window,
};

use super::values::{BODY, PICTURE, Raw, Span, Value, WINDOW, choice, within};
use crate::trouble::Trouble;

choice!(
    /// Where an answer's five members stand (docs: JD Cloud specification, section 4.3).
    Shape {
        /// In both places: every SDK and every reader of the document finds them.
        Both = "both",
        /// Under `result.authInfo`, as the document prints.
        Nested = "nested",
        /// Directly under `result`, as the SDKs' models are typed.
        Flat = "flat",
    }
);

choice!(
    /// What a second use of a signature without a nonce under it means (section 1.8).
    Replay {
        /// The first answer again: an honest Python client can make such a pair.
        Repeat = "repeat",
        /// The same, and for a signed nonce too where the bytes are the same: Java's SDK sends them again by itself.
        RepeatAll = "repeat_all",
        /// A refusal.
        Refuse = "refuse",
    }
);

/// What an answer says of an outcome: code, message, and the message in `detail`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Say([String; 3]);

impl Say {
    /// The table's texts.
    fn of(outcome: Outcome) -> Self {
        let row = outcome.row();
        Self([row.code, row.message, row.detail_message].map(str::to_owned))
    }

    fn texts(&self) -> Result<Texts, String> {
        let [code, message, detail] = &self.0;
        Texts::new(code, message, detail).map_err(|error| error.to_string())
    }
}

impl Value for Say {
    fn read(raw: Raw) -> Result<Self, String> {
        let texts: [String; 3] = Vec::<String>::read(raw)?
            .try_into()
            .map_err(|_| "three texts are expected: code, message, and the message in detail")?;
        let say = Self(texts);
        say.texts().map(|_| say)
    }

    fn toml(&self) -> Option<String> {
        self.0.to_vec().toml()
    }
}

section!("jd", "JD Cloud's door.", Jd {
    /// "both", "nested" (result.authInfo, as the document prints) or "flat" (as the SDKs' models are typed).
    result_shape: Shape = Shape::Both,
    /// What an answer says where a record was found and something differs: code, message, and the message in `detail`. The vendor publishes none of these; say its own here if you learn them.
    say_mismatch: Say = Say::of(Outcome::Mismatch),
    /// The same where there is no such record.
    say_not_found: Say = Say::of(Outcome::NotFound),
    /// The same where the portrait is another person's.
    say_face_mismatch: Say = Say::of(Outcome::FaceMismatch),
    /// The same where the portrait cannot be used.
    say_face_invalid: Say = Say::of(Outcome::FaceInvalid),
    /// The same where it cannot be checked.
    say_exception: Say = Say::of(Outcome::Exception),
    /// A second use of a JDCLOUD3 signature, whose nonce is unsigned: "repeat" the first answer or "refuse". A signed nonce is never taken twice, but that "repeat_all" repeats the first answer for the same bytes.
    replay: Replay = Replay::Repeat,
    /// How far a request's date may lie from the clock, either way.
    window: Span = Span::secs(15 * 60) => within(Span::secs(1)..=Span::days(1), WINDOW),
    /// Answers bad fields with 403 FAIL, the only failure that the document knows, instead of 400 INVALID_ARGUMENT.
    strict_document: bool = false,
    /// Answers checkType 25, mobile two elements (手机号二要素), which the document does not describe.
    mobile2: bool = false,
    /// Refuses a bank card whose Luhn digit is wrong whatever its prefix, a credit code whose inner check character is wrong: some genuine ones are so.
    strict_numbers: bool = false,
    /// Takes a resident number of 15 digits, and looks up the one of 18 that it became.
    first_generation: bool = false,
    /// The smallest portrait, in decoded bytes.
    image_min_bytes: usize = 5 * 1024 => within(1..=64 << 20, PICTURE),
    /// The largest portrait, in decoded bytes.
    image_max_bytes: usize = 150 * 1024 => within(1..=64 << 20, PICTURE),
    /// The largest request body, in bytes.
    body_limit: usize = 2 * 1024 * 1024 => within(4096..=256 << 20, BODY),
    /// A header in which a trusted proxy passes on the Host that the caller signed, such as "x-forwarded-host". Unset without such a proxy: anybody can send it.
    forwarded_host: Option<HeaderName> = None,
});

impl Jd {
    /// As the door takes them.
    pub(crate) fn for_door(&self, in_flight_per_caller: usize) -> Result<Settings, Trouble> {
        if self.image_min_bytes > self.image_max_bytes {
            return Err(Trouble::usage("[jd] image_min_bytes is larger than image_max_bytes"));
        }
        Ok(Settings {
            result_shape: match self.result_shape {
                Shape::Both => jdcloud::Shape::Both,
                Shape::Nested => jdcloud::Shape::Nested,
                Shape::Flat => jdcloud::Shape::Flat,
            },
            wording: self.wording()?,
            replay: match self.replay {
                Replay::Repeat | Replay::RepeatAll => Again::Repeat,
                Replay::Refuse => Again::Refuse,
            },
            resent: if self.replay == Replay::RepeatAll { Resent::Repeated } else { Resent::Refused },
            window: Window::new(self.window.0),
            document: if self.strict_document { Document::Strict } else { Document::Plain },
            rules: Rules { mobile2: if self.mobile2 { Mobile2::On } else { Mobile2::Off } },
            numbers: if self.strict_numbers { Numbers::Strict } else { Numbers::Lenient },
            first_generation: if self.first_generation { FirstGeneration::Taken } else { FirstGeneration::Refused },
            portrait: PortraitLimits {
                min_bytes: self.image_min_bytes,
                max_bytes: self.image_max_bytes,
                ..PortraitLimits::default()
            },
            body_limit: self.body_limit,
            forwarded_host: self.forwarded_host.clone(),
            in_flight_per_caller,
        })
    }

    fn wording(&self) -> Result<Wording, Trouble> {
        let said = [
            (Outcome::Mismatch, &self.say_mismatch),
            (Outcome::NotFound, &self.say_not_found),
            (Outcome::FaceMismatch, &self.say_face_mismatch),
            (Outcome::FaceInvalid, &self.say_face_invalid),
            (Outcome::Exception, &self.say_exception),
        ];
        said.into_iter().try_fold(Wording::default(), |wording, (outcome, say)| {
            Ok(wording.with(outcome, say.texts().map_err(Trouble::usage)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_doors() {
        assert_eq!(Jd::default().for_door(256).unwrap(), Settings::default());
    }

    #[test]
    fn what_an_outcome_is_called_is_three_texts_that_no_match_has() {
        let read = |texts: &[&str]| Say::read(Raw::List(texts.iter().map(|text| (*text).to_owned()).collect()));
        let say = read(&["1001", "信息不一致", "未通过"]).unwrap();
        assert_eq!(say.toml().as_deref(), Some("[\"1001\", \"信息不一致\", \"未通过\"]"));
        let settings = Jd { say_mismatch: say, ..Jd::default() }.for_door(1).unwrap();
        let texts = Texts::new("1001", "信息不一致", "未通过").unwrap();
        assert_eq!(settings.wording, Wording::default().with(Outcome::Mismatch, texts));
        for wrong in [&["1001", "a"][..], &["1001", "a", "b", "c"], &["ok", "a", "b"], &["1001", "", "b"], &[]] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
