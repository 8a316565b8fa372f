//! The submissions of identity material, read and checked. Docs: Alibaba Cloud Domain specification, sections 7.1 to 7.3, 9.1 and 9.4.

use std::fmt;

use memchr::{memchr2, memmem};

use super::call::Admitted;
use super::codes::{No, Refusal};
use super::field::positive_id;
use super::operations::{OperationName, Version};
use crate::base64_field::{Blanks, decode};

/// How large a picture may be, decoded, both ends inclusive. The document's K and M are read as powers of 1024.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The smallest.
    pub min_bytes: usize,
    /// The largest.
    pub max_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { min_bytes: 55 * 1024, max_bytes: 1024 * 1024 }
    }
}

/// The type of a picture, by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// JPEG.
    Jpeg,
    /// Windows bitmap.
    Bmp,
}

/// The kind of a document, `IdentityCredentialType` of 2018-01-29.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// `SFZ`, resident identity card.
    ResidentCard,
    /// `HZ`, passport.
    Passport,
    /// `YYZZ`, business licence.
    BusinessLicence,
    /// `ORG`, organisation code certificate.
    OrganisationCode,
    /// `XYDM`, unified social credit code certificate.
    CreditCode,
    /// `TXZ`, mainland travel permit for residents of Hong Kong and Macao.
    TravelPermit,
}

impl Document {
    const ALL: [Self; 6] = [
        Self::ResidentCard,
        Self::Passport,
        Self::BusinessLicence,
        Self::OrganisationCode,
        Self::CreditCode,
        Self::TravelPermit,
    ];

    /// The vendor's abbreviation.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ResidentCard => "SFZ",
            Self::Passport => "HZ",
            Self::BusinessLicence => "YYZZ",
            Self::OrganisationCode => "ORG",
            Self::CreditCode => "XYDM",
            Self::TravelPermit => "TXZ",
        }
    }

    /// Finds a kind by the vendor's abbreviation.
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|document| document.word() == word)
    }
}

/// A submission that is well formed. Whether its number is a right one is for the review: a wrong digit is no parameter error.
pub struct Submission<'o> {
    /// The template or profile; `None` where one is to be created.
    pub holder: Option<i64>,
    /// The document's number, trimmed.
    pub number: &'o str,
    /// The document's kind; 2016-05-11 has no such parameter.
    pub document: Option<Document>,
    /// The type of the picture.
    pub kind: Kind,
    /// The picture's bytes.
    pub image: Vec<u8>,
}

impl fmt::Debug for Submission<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Submission({:?}, {} bytes)", self.kind, self.image.len())
    }
}

impl<'o> Submission<'o> {
    /// Reads one of the three submissions: what is missing first, then the checks in the document's order. `None` for another operation.
    pub fn read(call: &Admitted<'o>, limits: Limits) -> Option<Result<Self, Refusal>> {
        let submits = matches!(
            call.operation().id,
            OperationName::SaveContactTemplateCredential
                | OperationName::RegistrantProfileRealNameVerification
                | OperationName::SaveRegistrantProfileRealNameVerification
        );
        submits.then(|| Self::read_any(call, limits))
    }

    fn read_any(call: &Admitted<'o>, limits: Limits) -> Result<Self, Refusal> {
        call.check_required()?;
        let old = call.operation().version == Version::V2016;
        let [holder, number, image] = if old {
            ["ContactTemplateId", "CredentialNo", "Credential"]
        } else {
            ["RegistrantProfileId", "IdentityCredentialNo", "IdentityCredential"]
        };
        let text = |name: &'static str| call.value(name).ok_or_else(|| Refusal::missing(name));
        let holder = call.value(holder).map(positive_id).transpose()?;
        let number = text(number)?.trim_ascii();
        if !is_number(number) {
            return Err(No::ParameterIllegal.into());
        }
        let document =
            if old { None } else { Some(Document::find(text("IdentityCredentialType")?).ok_or(No::ParameterIllegal)?) };
        let (kind, image) = read_image(text(image)?, limits)?;
        Ok(Self { holder, number, document, kind, image })
    }
}

/// The synchronous rule of section 7.3.
fn is_number(text: &str) -> bool {
    let fit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'(' | b')');
    (4..=64).contains(&text.len()) && text.bytes().all(fit)
}

/// Decodes a picture and checks it, in this order: base64, empty, magic, size, structure (section 7.2).
pub fn read_image(text: &str, limits: Limits) -> Result<(Kind, Vec<u8>), No> {
    // Nothing that decodes to a legal size is twice as long as it must be.
    if text.len() > limits.max_bytes.saturating_mul(8) / 3 {
        return Err(No::FileTooLarge);
    }
    let decoded = decode(text, Blanks::Nothing).map_err(|_| No::FileData)?;
    let url_safe = memchr2(b'-', b'_', text.as_bytes()).is_some();
    if decoded.media_type.is_some() || decoded.trailing_bits || url_safe || decoded.bytes.is_empty() {
        return Err(No::FileData);
    }
    let bytes = decoded.bytes;
    let kind = match *bytes.as_slice() {
        [0xff, 0xd8, 0xff, ..] => Kind::Jpeg,
        [b'B', b'M', ..] => Kind::Bmp,
        _ => return Err(No::FileFormat),
    };
    if bytes.len() < limits.min_bytes {
        return Err(No::FileTooSmall);
    }
    if bytes.len() > limits.max_bytes {
        return Err(No::FileTooLarge);
    }
    let whole = match kind {
        Kind::Jpeg => bytes.get(2..).and_then(jpeg),
        Kind::Bmp => bmp(&bytes),
    };
    whole.map(|()| (kind, bytes)).ok_or(No::FileData)
}

/// Walks the segments behind the start of the image: a frame header with both sides, then a scan, then an end.
fn jpeg(mut rest: &[u8]) -> Option<()> {
    let mut framed = false;
    loop {
        rest = rest.strip_prefix(b"\xff")?;
        while let [0xff, after @ ..] = rest {
            rest = after;
        }
        let (&marker, after) = rest.split_first()?;
        rest = after;
        match marker {
            0x01 | 0xd0..=0xd7 => continue,
            0x00 | 0xd8 | 0xd9 => return None,
            0xda => return memmem::find(rest, b"\xff\xd9").filter(|_| framed).map(|_| ()),
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes(*rest.first_chunk()?));
        let (segment, behind) = rest.split_at_checked(length).filter(|_| length >= 2)?;
        rest = behind;
        if matches!(marker, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf) {
            let [_, _, _precision, h1, h2, w1, w2, ..] = *segment else { return None };
            if [h1, h2] == [0, 0] || [w1, w2] == [0, 0] {
                return None;
            }
            framed = true;
        }
    }
}

/// The two headers of a bitmap.
fn bmp(bytes: &[u8]) -> Option<()> {
    let number = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let short = |at: usize| Some(u32::from(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?)));
    let length = u32::try_from(bytes.len()).ok()?;
    let (size, offset, header) = (number(2)?, number(10)?, number(14)?);
    let (width, height) = match header {
        12 => (short(18)?, short(20)?),
        16 | 40 | 52 | 56 | 64 | 108 | 124 => (number(18)?, number(22)?),
        _ => return None,
    };
    (bytes.len() >= 26 && width != 0 && height != 0 && offset < length && size <= length).then_some(())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;
    use crate::aliyun::call::{Key, Nonce, Switches, Unverified};
    use crate::aliyun::opened::Opened;
    use crate::aliyun::samples::{vector, vectors};
    use crate::time::Window;
    use crate::vector::Expect;

    fn jpeg_of(size: usize) -> Vec<u8> {
        let mut bytes = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x0b\x08\0\x30\0\x40\x01\x01\x11\0\xff\xda\0\x02".to_vec();
        bytes.resize(size - 2, 0x11);
        bytes.extend_from_slice(b"\xff\xd9");
        bytes
    }

    fn check(bytes: &[u8]) -> Result<Kind, No> {
        read_image(&STANDARD.encode(bytes), Limits::default()).map(|(kind, _)| kind)
    }

    #[test]
    fn the_limits_are_inclusive() {
        assert_eq!(check(&jpeg_of(56_319)), Err(No::FileTooSmall));
        assert_eq!(check(&jpeg_of(56_320)), Ok(Kind::Jpeg));
        assert_eq!(check(&jpeg_of(1_048_576)), Ok(Kind::Jpeg));
        assert_eq!(check(&jpeg_of(1_048_577)), Err(No::FileTooLarge));
        assert_eq!(read_image(&"A".repeat(2_796_203), Limits::default()), Err(No::FileTooLarge));
    }

    #[test]
    fn text_then_magic_then_size_then_structure() {
        let read = |text: &str| read_image(text, Limits::default()).unwrap_err();
        for wrong in ["!!!!", " ", "====", "/9j/4AAQSkZJRh==", "_9j_4AAQ", "data:image/jpg;base64,/9j/", "A"] {
            assert_eq!(read(wrong), No::FileData, "{wrong}");
        }
        assert_eq!(check(b"\x89PNG\r\n\x1a\n\0\0"), Err(No::FileFormat));
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        png.resize(60_000, 0);
        assert_eq!(check(&png), Err(No::FileFormat));
        assert_eq!(check(b"\xff\xd8\xff\xe0\0\x10JFIF"), Err(No::FileTooSmall));
        let whole = jpeg_of(60_000);
        assert_eq!(check(&whole[..59_998]), Err(No::FileData), "no end");
        for (at, byte) in [(9, 0xc4), (14, 0), (3, 0xd9)] {
            let mut broken = whole.clone();
            broken[at] = byte;
            assert_eq!(check(&broken), Err(No::FileData), "{at}");
        }
        let sideless = [b"\xff\xd8\xff\xc0\0\x02\xff\xda\0\x02", &whole[..]].concat();
        assert_eq!(check(&sideless), Err(No::FileData), "a frame without its sides");
        let mut bmp = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x40\0\0\0\x30\0\0\0".to_vec();
        bmp.resize(60_000, 0);
        assert_eq!(check(&bmp), Ok(Kind::Bmp));
        for (at, byte) in [(14, 41), (18, 0), (22, 0), (5, 1), (13, 1)] {
            let mut broken = bmp.clone();
            broken[at] = byte;
            assert_eq!(check(&broken), Err(No::FileData), "{at}");
        }
    }

    #[test]
    fn line_breaks_and_missing_padding_are_tolerated() {
        let text = STANDARD.encode(jpeg_of(56_321));
        let text = text.trim_end_matches('=').as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap());
        assert!(read_image(&text.collect::<Vec<_>>().join("\r\n"), Limits::default()).is_ok());
    }

    #[test]
    fn numbers_and_kinds_have_the_rules_of_the_document() {
        for good in ["11010519491231002X", "91350100M000100Y43", "H12(3)-4"] {
            assert!(is_number(good), "{good}");
        }
        for wrong in ["123", "１２３４", "12 34", "张三张三", &"1".repeat(65)] {
            assert!(!is_number(wrong), "{wrong}");
        }
        for document in Document::ALL {
            assert_eq!(Document::find(document.word()), Some(document));
        }
        assert_eq!(Document::find("sfz"), None);
    }

    #[test]
    fn every_recorded_submission_is_read() {
        let mut seen = 0;
        for vector in vectors().iter().filter(|vector| vector.sidecar.expect == Expect::Accepted) {
            let request = vector.request.as_request();
            let opened = Opened::read(&request).unwrap();
            let call = Unverified::parse(&opened, Switches::default()).unwrap();
            let timely = call.within(vector.sidecar.clock, Window::FIFTEEN_MINUTES).unwrap();
            let key = Key { secret: vector.sidecar.caller.secret.as_ref().unwrap(), token: None, token_until: None };
            let admitted = timely.verify(&key).unwrap().admit(Nonce::Fresh).unwrap();
            let Some(read) = Submission::read(&admitted, Limits::default()) else { continue };
            let read = read.unwrap();
            let image = &vector.sidecar.facts["image"];
            assert_eq!((read.holder, image["bytes"].as_u64()), (Some(1_234_567), Some(read.image.len() as u64)));
            assert_eq!(read.kind == Kind::Bmp, image["format"] == "bmp");
            assert_eq!(read.document.is_some(), vector.name.starts_with("07"));
            seen += 1;
        }
        assert_eq!(seen, 7);
        assert!(vector("03").sidecar.facts.get("image").is_none());
    }

    proptest! {
        #[test]
        fn no_picture_panics(start in prop::sample::select(vec![&b"BM"[..], b"\xff\xd8\xff"]), rest in any::<Vec<u8>>()) {
            let limits = Limits { min_bytes: 0, max_bytes: 10_000 };
            let _ = read_image(&STANDARD.encode([start, &rest].concat()), limits);
        }
    }
}
