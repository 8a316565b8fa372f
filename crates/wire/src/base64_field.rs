//! One tolerant reader for pictures in base64 fields, with exact rules. Docs: China identity specification, section 7.4.
//!
//! 1. Blanks in front are trimmed. If the text then begins with `data:` (any case), it needs a comma and `;base64` as its last
//!    parameter; what follows is taken. The media type is noted, not believed.
//! 2. Blanks in front are trimmed again; CR, LF and TAB are removed everywhere.
//! 3. What a blank inside means depends on the carrier: [`Blanks`].
//! 4. Nothing left is an error of its own.
//! 5. The alphabet is the standard or the URL-safe one, never both in one text.
//! 6. `=` stands only at the end, no more often than the length calls for; missing padding is fine.
//! 7. A length without padding of 1 modulo 4 is an error.
//! 8. Trailing bits that are not zero are fine, and recorded.

use std::sync::LazyLock;

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// What a blank (U+0020) inside the text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blanks {
    /// A `+` that form decoding damaged; behind the text only if that makes the length a multiple of 4, else nothing.
    LostPlus,
    /// Nothing: JSON does not damage a `+`, and JD Cloud's page tolerates white space (docs: JD Cloud specification, section 4.2).
    Nothing,
}

/// A decoded field.
#[derive(Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The media type of a `data:` text, as written; empty when it has none.
    pub media_type: Option<&'a str>,
    /// Whether the last symbol carried bits that belong to no byte.
    pub trailing_bits: bool,
}

impl std::fmt::Debug for Decoded<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Decoded({} bytes)", self.bytes.len())
    }
}

/// Why a text is no base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Base64Error {
    /// Nothing is there.
    #[error("is empty")]
    Empty,
    /// A `data:` text without a comma or without `;base64`.
    #[error("begins with data: but is not data:<type>;base64,<text>")]
    DataUrl,
    /// A character of neither alphabet.
    #[error("is not base64: a character of neither alphabet")]
    Character,
    /// `+` or `/` together with `-` or `_`.
    #[error("is not base64: the standard and the URL-safe alphabet are mixed")]
    Mixed,
    /// `=` inside, or too many of them.
    #[error("is not base64: '=' inside the text or too many of them")]
    Padding,
    /// One symbol too many or three too few.
    #[error("is not base64: the length leaves a single symbol over")]
    Length,
}

/// Decodes a field by the rules above, into one buffer.
pub fn decode(text: &str, blanks: Blanks) -> Result<Decoded<'_>, Base64Error> {
    let (media_type, text) = without_prefix(text.trim_ascii_start())?;
    let text = text.trim_ascii_start().as_bytes();
    // What nearly every client sends decodes at once; why another text does not is looked into only then.
    if let Some((symbols, padding)) = unpadded(text)
        && let Some(bytes) = decode_with(&*QUICK, symbols)
    {
        return decoded(bytes, symbols, padding, media_type);
    }
    let cleaned;
    let symbols = if text.iter().any(u8::is_ascii_whitespace) {
        cleaned = clean(text, blanks);
        cleaned.as_slice()
    } else {
        text
    };
    let (symbols, padding) = unpadded(symbols).ok_or(Base64Error::Empty)?;
    let engine = engine(symbols)?;
    if symbols.len() % 4 == 1 {
        return Err(Base64Error::Length);
    }
    decoded(decode_with(engine, symbols).ok_or(Base64Error::Character)?, symbols, padding, media_type)
}

/// Decodes symbols block by block, each while it is in the processor's cache: `Engine::decode` writes zeros over the whole
/// output first, which for a photo is one pass over a megabyte more.
fn decode_with(engine: &impl Engine, symbols: &[u8]) -> Option<Vec<u8>> {
    const BLOCK: usize = 4096;
    let mut block = [0; BLOCK / 4 * 3];
    let mut out = Vec::with_capacity(base64::decoded_len_estimate(symbols.len()));
    // Whole groups of four, so that only the last block may end in the middle of one.
    for symbols in symbols.chunks(BLOCK) {
        let len = engine.decode_slice(symbols, &mut block).ok()?;
        out.extend_from_slice(block.get(..len)?);
    }
    Some(out)
}

/// The symbols of a text, and how often `=` stands behind them; `None` where nothing stands at all.
fn unpadded(text: &[u8]) -> Option<(&[u8], usize)> {
    let padding = text.iter().rev().take_while(|&&byte| byte == b'=').count();
    if text.is_empty() { None } else { Some((text.get(..text.len() - padding)?, padding)) }
}

fn decoded<'a>(
    bytes: Vec<u8>,
    symbols: &[u8],
    padding: usize,
    media_type: Option<&'a str>,
) -> Result<Decoded<'a>, Base64Error> {
    let (most, loose_bits) = match symbols.len() % 4 {
        2 => (2, 4),
        3 => (1, 2),
        _ => (0, 0),
    };
    if padding > most {
        return Err(Base64Error::Padding);
    }
    let last = symbols.last().map_or(0, |&symbol| value(symbol));
    Ok(Decoded { bytes, media_type, trailing_bits: last & ((1 << loose_bits) - 1) != 0 })
}

fn without_prefix(text: &str) -> Result<(Option<&str>, &str), Base64Error> {
    let Some(rest) = text.get(..5).filter(|front| front.eq_ignore_ascii_case("data:")).and_then(|_| text.get(5..))
    else {
        return Ok((None, text));
    };
    let (head, data) = rest.split_once(',').ok_or(Base64Error::DataUrl)?;
    let (head, last) = head.rsplit_once(';').ok_or(Base64Error::DataUrl)?;
    if !last.eq_ignore_ascii_case("base64") {
        return Err(Base64Error::DataUrl);
    }
    Ok((Some(head.split(';').next().unwrap_or_default()), data))
}

/// Rules 2 and 3.
fn clean(text: &[u8], blanks: Blanks) -> Vec<u8> {
    let mut out: Vec<u8> = match blanks {
        Blanks::Nothing => text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n' | b'\t' | b' ')).collect(),
        Blanks::LostPlus => text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n' | b'\t')).collect(),
    };
    let ink = out.iter().rposition(|&byte| byte != b' ').map_or(0, |last| last + 1);
    // Behind an equals sign a plus can never be right.
    if !out.len().is_multiple_of(4) || out.get(..ink).is_some_and(|inked| inked.ends_with(b"=")) {
        out.truncate(ink);
    }
    for byte in &mut out {
        if *byte == b' ' {
            *byte = b'+';
        }
    }
    out
}

const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::RequireNone)
    .with_decode_allow_trailing_bits(true);
static PLAIN: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);
static URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, CONFIG);

/// As `PLAIN`, by vector instructions if the processor has them: a photo is decoded four times as fast.
static QUICK: LazyLock<quick::Engine> = LazyLock::new(quick::engine);

#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon")))]
mod quick {
    pub(super) use base64::engine::Simd as Engine;

    pub(super) fn engine() -> Engine {
        Engine::standard(super::CONFIG)
    }
}

/// Where `base64` has no such engine.
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon"))))]
mod quick {
    pub(super) use base64::engine::GeneralPurpose as Engine;

    pub(super) fn engine() -> Engine {
        super::PLAIN.clone()
    }
}

fn engine(symbols: &[u8]) -> Result<&'static GeneralPurpose, Base64Error> {
    let [mut plain, mut url, mut padding, mut other] = [false; 4];
    for &byte in symbols {
        plain |= byte == b'+' || byte == b'/';
        url |= byte == b'-' || byte == b'_';
        padding |= byte == b'=';
        other |= !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'='));
    }
    match (other, padding, plain, url) {
        (true, ..) => Err(Base64Error::Character),
        (_, true, ..) => Err(Base64Error::Padding),
        (_, _, true, true) => Err(Base64Error::Mixed),
        (_, _, _, true) => Ok(&URL),
        _ => Ok(&PLAIN),
    }
}

const fn value(symbol: u8) -> u8 {
    match symbol {
        b'A'..=b'Z' => symbol - b'A',
        b'a'..=b'z' => symbol - b'a' + 26,
        b'0'..=b'9' => symbol - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_of_the_specification_come_out_as_printed() {
        let ten = [0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46, 0x49, 0x46];
        for (text, trailing_bits) in [
            ("/9j/4AAQSkZJRg==", false),
            ("/9j/4AAQSkZJRg", false),
            ("_9j_4AAQSkZJRg", false),
            ("/9j/\r\n4AAQSkZJRg==", false),
            ("/9j/4AAQSkZJRh==", true),
            ("data:image/jpg;base64,/9j/4AAQSkZJRg==", false),
        ] {
            let decoded = decode(text, Blanks::LostPlus).unwrap();
            assert_eq!((decoded.bytes.as_slice(), decoded.trailing_bits), (&ten[..], trailing_bits), "{text}");
        }
        assert_eq!(decode("AA AAAA=", Blanks::LostPlus), decode("AA+AAAA=", Blanks::LostPlus));
        assert_eq!(decode("AA AAAA=", Blanks::LostPlus).unwrap().bytes.len(), 5);
        for (text, error) in [
            ("/9j/4AAQSkZJR", Base64Error::Length),
            ("A", Base64Error::Length),
            ("A===", Base64Error::Length),
            ("=", Base64Error::Padding),
            ("", Base64Error::Empty),
            ("_9j/4AAQSkZJRg==", Base64Error::Mixed),
            ("QQ===", Base64Error::Padding),
            ("QQ==QQ==", Base64Error::Padding),
            ("/9j/4AAQ%2BSkZ", Base64Error::Character),
            ("data:image/png,QQ==", Base64Error::DataUrl),
            ("image/jpg;base64,QQ==", Base64Error::Character),
        ] {
            assert_eq!(decode(text, Blanks::LostPlus), Err(error), "{text}");
            assert_eq!(decode(text, Blanks::Nothing), Err(error), "{text}");
        }
    }

    #[test]
    fn a_data_prefix_is_taken_off_in_any_case_and_its_type_noted() {
        let decoded = decode(" DATA:Image/PNG;charset=x;BASE64, QQ==", Blanks::Nothing).unwrap();
        assert_eq!((decoded.bytes.as_slice(), decoded.media_type), (&b"A"[..], Some("Image/PNG")));
        for wrong in ["data:", "data:,QQ==", "data:image/png;base64", "data:;base64x,QQ==", "data:base64,QQ=="] {
            assert_eq!(decode(wrong, Blanks::Nothing), Err(Base64Error::DataUrl), "{wrong}");
        }
        assert_eq!(decode("data:;base64,", Blanks::Nothing), Err(Base64Error::Empty));
    }

    #[test]
    fn blanks_behind_become_plus_only_where_that_fills_the_last_four() {
        assert_eq!(decode("QUI ", Blanks::LostPlus), decode("QUI+", Blanks::LostPlus));
        assert_eq!(decode("QUJD ", Blanks::LostPlus), decode("QUJD", Blanks::LostPlus));
        assert_eq!(decode("QQ= ", Blanks::LostPlus), decode("QQ==", Blanks::LostPlus));
        assert_eq!(decode("QUI ", Blanks::Nothing), decode("QUI", Blanks::Nothing));
        assert_eq!(decode("QU JD\r\n QUJD", Blanks::Nothing).unwrap().bytes, b"ABCABC");
    }

    #[test]
    fn debug_shows_only_the_size() {
        assert_eq!(format!("{:?}", decode("QUJD", Blanks::Nothing).unwrap()), "Decoded(3 bytes)");
    }

    proptest! {
        #[test]
        fn the_quick_way_and_the_plain_one_agree(
            // Around the border between two blocks as well.
            before in prop_oneof![Just(0_usize), 970_usize..1_030],
            symbols in "[A-Za-z0-9+/]{0,200}[-_=é A-Za-z0-9+/]{0,3}[A-Za-z0-9+/]{0,9}",
        ) {
            let symbols = "QUJD".repeat(before) + &symbols;
            prop_assert_eq!(decode_with(&*QUICK, symbols.as_bytes()), PLAIN.decode(&symbols).ok());
        }

        #[test]
        fn what_any_encoder_writes_is_read_back(bytes in prop::collection::vec(any::<u8>(), 1..200), url: bool, pad: bool, every in 1_usize..80) {
            let alphabet = if url { &URL_SAFE } else { &STANDARD };
            let text = GeneralPurpose::new(alphabet, GeneralPurposeConfig::new().with_encode_padding(pad)).encode(&bytes);
            let wrapped = text.as_bytes().chunks(every).map(|line| std::str::from_utf8(line).unwrap()).collect::<Vec<_>>().join("\r\n");
            for blanks in [Blanks::Nothing, Blanks::LostPlus] {
                let decoded = decode(&wrapped, blanks).unwrap();
                prop_assert_eq!(&decoded.bytes, &bytes);
                prop_assert!(!decoded.trailing_bits);
            }
        }

        #[test]
        fn every_lost_plus_is_found_again(bytes in prop::collection::vec(any::<u8>(), 1..200)) {
            let text = base64::engine::general_purpose::STANDARD.encode(&bytes);
            // In front of the text a blank cannot be told from a trimmed one.
            prop_assume!(!text.starts_with('+'));
            prop_assert_eq!(decode(&text.replace('+', " "), Blanks::LostPlus).unwrap().bytes, bytes);
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = decode(&text, Blanks::LostPlus);
            let _ = decode(&text, Blanks::Nothing);
        }
    }
}
