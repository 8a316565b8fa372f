//! `[jd]`: JD Cloud's door.

use http::HeaderName;
use shiming_core::Again;
use shiming_server::doors::jdcloud::Settings;
use shiming_wire::{
    jdcloud::{
        self,
        codes::Document,
        personal::{Mobile2, PortraitLimits, Rules},
    },
    time::Window,
};

use super::values::{Span, choice};
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
        /// A refusal.
        Refuse = "refuse",
    }
);

section!("jd", "JD Cloud's door.", Jd {
    /// "both", "nested" (result.authInfo, as the document prints) or "flat" (as the SDKs' models are typed).
    result_shape: Shape = Shape::Both,
    /// A second use of a JDCLOUD3 signature, whose nonce is unsigned: "repeat" the first answer or "refuse". A signed nonce is never taken twice.
    replay: Replay = Replay::Repeat,
    /// How far a request's date may lie from the clock, either way.
    window: Span = Span::secs(15 * 60),
    /// Answers bad fields with 403 FAIL, the only failure that the document knows, instead of 400 INVALID_ARGUMENT.
    strict_document: bool = false,
    /// Answers checkType 25, mobile two elements (手机号二要素), which the document does not describe.
    mobile2: bool = false,
    /// The smallest portrait, in decoded bytes.
    image_min_bytes: usize = 5 * 1024,
    /// The largest portrait, in decoded bytes.
    image_max_bytes: usize = 150 * 1024,
    /// The largest request body, in bytes.
    body_limit: usize = 2 * 1024 * 1024,
    /// A header in which a trusted proxy passes on the Host that the caller signed, such as "x-forwarded-host". Unset without such a proxy: anybody can send it.
    forwarded_host: Option<String> = None,
});

impl Jd {
    /// As the door takes them.
    pub(crate) fn for_door(&self, in_flight_per_caller: usize) -> Result<Settings, Trouble> {
        let forwarded_host = self.forwarded_host.as_deref().map(|name| {
            HeaderName::from_bytes(name.as_bytes())
                .map_err(|error| Trouble::usage("[jd] forwarded_host is not a header's name").because(error))
        });
        Ok(Settings {
            result_shape: match self.result_shape {
                Shape::Both => jdcloud::Shape::Both,
                Shape::Nested => jdcloud::Shape::Nested,
                Shape::Flat => jdcloud::Shape::Flat,
            },
            replay: match self.replay {
                Replay::Repeat => Again::Repeat,
                Replay::Refuse => Again::Refuse,
            },
            window: Window::new(self.window.0),
            document: if self.strict_document { Document::Strict } else { Document::Plain },
            rules: Rules { mobile2: if self.mobile2 { Mobile2::On } else { Mobile2::Off } },
            portrait: PortraitLimits {
                min_bytes: self.image_min_bytes,
                max_bytes: self.image_max_bytes,
                ..PortraitLimits::default()
            },
            body_limit: self.body_limit,
            forwarded_host: forwarded_host.transpose()?,
            in_flight_per_caller,
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
    fn a_forwarded_host_must_be_a_headers_name() {
        assert!(Jd { forwarded_host: Some("a b".into()), ..Jd::default() }.for_door(1).is_err());
    }
}
