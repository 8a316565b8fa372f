//! `[volcengine]`: Volcengine's SMS door.

use http::HeaderName;
use shiming_server::doors::volcengine_sms::{Numbers, Settings};
use shiming_wire::{
    time::Window,
    volcengine::{
        Wording,
        file::PictureLimits,
        ident::{Needed, Rules},
    },
};

use super::values::{BODY, PICTURE, Span, WINDOW, within};

section!("volcengine", "Volcengine's SMS door.", Volcengine {
    /// How far a request's date may lie from the clock, either way; X-Expires only shortens it.
    window: Span = Span::secs(15 * 60) => within(Span::secs(1)..=Span::days(1), WINDOW),
    /// Answers 1001 with the bare documented text instead of saying what is wrong behind it.
    terse_errors: bool = false,
    /// Takes any text of 1 to 64 characters as a credit code, an ID card's number or a mobile number, as the document's own sample has them.
    lenient_numbers: bool = false,
    /// Whether a qualification must have a picture of the company's certificate.
    require_business_image: bool = true,
    /// Whether it must have pictures of every person's certificate; the document's own sample has none.
    require_person_images: bool = false,
    /// The largest picture, in decoded bytes.
    image_max_bytes: usize = 2 * 1024 * 1024 => within(1..=64 << 20, PICTURE),
    /// Takes PDF as well as JPEG and PNG. It is never rendered here: a person opens it in a viewer of their own.
    pdf: bool = false,
    /// How many signatures a caller may apply for in a day (China's). Unset: any number.
    signatures_a_day: Option<usize> = None,
    /// The largest request body, in bytes.
    body_limit: usize = 20 * 1024 * 1024 => within(4096..=256 << 20, BODY),
    /// A header in which a trusted proxy passes on the Host that the caller signed, such as "x-forwarded-host". Unset without such a proxy: anybody can send it.
    forwarded_host: Option<HeaderName> = None,
});

impl Volcengine {
    /// As the door takes them.
    pub(crate) fn for_door(&self, in_flight_per_caller: usize) -> Settings {
        let needed = |always| if always { Needed::Always } else { Needed::Optional };
        Settings {
            window: Window::new(self.window.0),
            rules: Rules {
                business_certificate: needed(self.require_business_image),
                person_certificates: needed(self.require_person_images),
                pictures: PictureLimits { max_bytes: self.image_max_bytes, pdf: self.pdf },
            },
            numbers: if self.lenient_numbers { Numbers::Any } else { Numbers::Checked },
            wording: if self.terse_errors { Wording::Terse } else { Wording::WithReason },
            signatures_a_day: self.signatures_a_day,
            body_limit: self.body_limit,
            forwarded_host: self.forwarded_host.clone(),
            in_flight_per_caller,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_doors() {
        assert_eq!(Volcengine::default().for_door(256), Settings::default());
    }
}
