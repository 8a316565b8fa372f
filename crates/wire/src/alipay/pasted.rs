//! What an operator pasted: a PEM or bare base64 or DER text, taken apart and told what it is, before anyone uses it as a key.
//!
//! Docs: Alipay gateway specification, section 1.6. Real consoles, SDKs and key tools hand out eight forms of the same pair, and most
//! trouble with this vendor begins with one of them in the wrong place; so the answer is never "invalid key" but what it is instead.

mod kind;

use std::fmt;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::der::{self, SEQUENCE};
use kind::{banner_fits, kind};

pub use kind::Kind;

/// What is unusual about a paste, though it could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// The banner says another thing than the content.
    WrongBanner,
    /// The text was itself in base64 once more.
    EncodedTwice,
    /// Line ends stood there as the two characters `\n`.
    EscapedLineEnds,
    /// The text stood in quotation marks.
    Quoted,
    /// Hexadecimal instead of base64.
    Hexadecimal,
    /// The URL-safe alphabet of base64.
    UrlSafe,
}

impl Oddity {
    /// What to say of it.
    pub const fn english(self) -> &'static str {
        match self {
            Self::WrongBanner => {
                "its BEGIN line names another kind of key than the content is; some libraries refuse that"
            }
            Self::EncodedTwice => "it was wrapped in base64 once too often",
            Self::EscapedLineEnds => "its line ends are the two characters \\n instead of line ends",
            Self::Quoted => "it stands in quotation marks",
            Self::Hexadecimal => "it is written in hexadecimal instead of base64",
            Self::UrlSafe => "it is written in the URL-safe alphabet of base64, which the vendor's SDKs do not read",
        }
    }

    /// The same in Chinese.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::WrongBanner => "BEGIN 行写的密钥类型与内容不符，有些库会拒绝",
            Self::EncodedTwice => "多做了一层 base64 编码",
            Self::EscapedLineEnds => "换行写成了 \\n 两个字符",
            Self::Quoted => "外面多了引号",
            Self::Hexadecimal => "写成了十六进制，而不是 base64",
            Self::UrlSafe => "用了 URL 安全的 base64 字母表，官方 SDK 读不了",
        }
    }
}

/// Why a paste holds nothing that can be told apart. Never repeats what was pasted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasteError {
    /// Nothing is there.
    #[error("nothing was pasted")]
    Empty,
    /// The text is UTF-16, as some editors save it.
    #[error("the file is saved as UTF-16; save it as UTF-8 or plain ASCII")]
    Utf16,
    /// A PEM text without its last line.
    #[error("the PEM text has a BEGIN line but no END line: it is cut off")]
    NoEnd,
    /// Not base64, not PEM, not DER.
    #[error("this is neither PEM nor base64 nor DER")]
    NotBase64,
    /// The length field and the bytes disagree.
    #[error("the key is cut off: {found} bytes are there, {declared} are declared")]
    Truncated {
        /// How many bytes the first length field declares.
        declared: usize,
        /// How many are there.
        found: usize,
    },
    /// Bytes behind the end.
    #[error("{0} bytes stand behind the end of the key: two keys pasted together, or a damaged copy")]
    Trailing(usize),
    /// DER of a kind that is none of [`Kind`].
    #[error("this is DER data, but neither a key nor a certificate")]
    Unknown,
    /// More than any key or chain needs.
    #[error("this is larger than any key or certificate chain")]
    TooLarge,
}

/// One block of a paste.
pub struct Block {
    /// What it is.
    pub kind: Kind,
    /// What is unusual about it.
    pub oddities: Vec<Oddity>,
    der: Zeroizing<Vec<u8>>,
}

impl Block {
    /// The DER bytes (for an AES key the key). A private key's are secret.
    pub fn expose(&self) -> &[u8] {
        &self.der
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Block({:?})", self.kind)
    }
}

const LARGEST: usize = 256 * 1024;

/// Takes a paste apart: one block for a bare key, several for a PEM bundle. Order is kept.
pub fn blocks(pasted: &[u8]) -> Result<Vec<Block>, PasteError> {
    if pasted.len() > LARGEST {
        return Err(PasteError::TooLarge);
    }
    if matches!(pasted, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return Err(PasteError::Utf16);
    }
    // DER with a long length: its second byte is no ASCII, so this cannot be a text.
    if matches!(pasted, [SEQUENCE, 0x80..=0xff, ..]) {
        return Ok(vec![block(Zeroizing::new(pasted.to_vec()), Vec::new())?]);
    }
    let text = std::str::from_utf8(pasted).map_err(|_| PasteError::NotBase64)?;
    text_blocks(text, Vec::new())
}

fn text_blocks(text: &str, mut oddities: Vec<Oddity>) -> Result<Vec<Block>, PasteError> {
    let mut text = text.trim_start_matches('\u{feff}').trim();
    for quote in ['"', '\''] {
        if let Some(inside) = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote)) {
            oddities.push(Oddity::Quoted);
            text = inside.trim();
        }
    }
    if text.is_empty() {
        return Err(PasteError::Empty);
    }
    let unescaped;
    if text.contains("\\n") {
        oddities.push(Oddity::EscapedLineEnds);
        unescaped = Zeroizing::new(text.replace("\\r", "").replace("\\n", "\n"));
        text = unescaped.trim();
    }
    if text.contains("-----BEGIN ") {
        return pem_blocks(text, &oddities);
    }
    if let Some(kind) = ssh(text) {
        return Ok(vec![Block { kind, oddities, der: Zeroizing::default() }]);
    }
    let joined = Zeroizing::new(text.split_ascii_whitespace().collect::<String>());
    if joined.starts_with("308")
        && joined.bytes().all(|byte| byte.is_ascii_hexdigit())
        && joined.len().is_multiple_of(2)
    {
        oddities.push(Oddity::Hexadecimal);
        let der = joined.as_bytes().chunks_exact(2).map(|pair| {
            std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or_default()
        });
        return Ok(vec![block(Zeroizing::new(der.collect()), oddities)?]);
    }
    let decoded = base64(&joined, &mut oddities)?;
    if decoded.starts_with(b"-----BEGIN ") && !oddities.contains(&Oddity::EncodedTwice) {
        oddities.push(Oddity::EncodedTwice);
        let text = std::str::from_utf8(&decoded).map_err(|_| PasteError::NotBase64)?;
        return text_blocks(text, oddities);
    }
    if decoded.starts_with(b"MI") && !oddities.contains(&Oddity::EncodedTwice) {
        oddities.push(Oddity::EncodedTwice);
        let text = std::str::from_utf8(&decoded).map_err(|_| PasteError::NotBase64)?;
        return text_blocks(text, oddities);
    }
    Ok(vec![block(decoded, oddities)?])
}

/// A key in one of SSH's own forms.
fn ssh(text: &str) -> Option<Kind> {
    let begins = |fronts: &[&str]| fronts.iter().any(|front| text.starts_with(front));
    if begins(&["ssh-", "ecdsa-sha2-", "---- BEGIN SSH2 PUBLIC"]) {
        Some(Kind::SshPublic)
    } else {
        begins(&["PuTTY-User-Key-File", "---- BEGIN SSH2"]).then_some(Kind::SshPrivate)
    }
}

fn pem_blocks(mut text: &str, oddities: &[Oddity]) -> Result<Vec<Block>, PasteError> {
    let mut blocks = Vec::new();
    while let Some((_, rest)) = text.split_once("-----BEGIN ") {
        let (label, rest) = rest.split_once("-----").ok_or(PasteError::NoEnd)?;
        let (body, rest) = rest.split_once("-----END ").ok_or(PasteError::NoEnd)?;
        let (_, rest) = rest.split_once("-----").ok_or(PasteError::NoEnd)?;
        text = rest;
        let mut oddities = oddities.to_vec();
        // OpenSSL's old way to lock a key: two header lines in front of the base64.
        if body.contains("ENCRYPTED") {
            blocks.push(Block { kind: Kind::EncryptedPrivateKey, oddities, der: Zeroizing::default() });
            continue;
        }
        if label.contains("OPENSSH") || label.contains("SSH2") {
            let kind = if label.contains("PRIVATE") { Kind::SshPrivate } else { Kind::SshPublic };
            blocks.push(Block { kind, oddities, der: Zeroizing::default() });
            continue;
        }
        // OpenSSL writes the curve's name in front of the key.
        if label == "EC PARAMETERS" && text.contains("-----BEGIN ") {
            continue;
        }
        let joined = Zeroizing::new(body.split_ascii_whitespace().collect::<String>());
        if joined.is_empty() {
            return Err(PasteError::Empty);
        }
        let der = base64(&joined, &mut oddities)?;
        if der.starts_with(b"-----BEGIN ") {
            oddities.push(Oddity::EncodedTwice);
            let inner = std::str::from_utf8(&der).map_err(|_| PasteError::NotBase64)?;
            // Once only: the inner text is a plain PEM or it is nothing.
            if inner.matches("-----BEGIN ").count() == 1 && blocks.len() < 64 {
                let (_, inner) = inner.split_once("-----BEGIN ").ok_or(PasteError::NoEnd)?;
                let inner = inner
                    .split_once("-----")
                    .and_then(|(_, body)| body.split_once("-----END "))
                    .ok_or(PasteError::NoEnd)?
                    .0;
                let joined = Zeroizing::new(inner.split_ascii_whitespace().collect::<String>());
                let der = base64(&joined, &mut oddities)?;
                blocks.push(block(der, oddities)?);
                continue;
            }
            return Err(PasteError::NotBase64);
        }
        let mut found = block(der, oddities)?;
        if !banner_fits(label, found.kind) {
            found.oddities.push(Oddity::WrongBanner);
        }
        blocks.push(found);
    }
    if blocks.is_empty() { Err(PasteError::Empty) } else { Ok(blocks) }
}

fn base64(joined: &str, oddities: &mut Vec<Oddity>) -> Result<Zeroizing<Vec<u8>>, PasteError> {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    static PLAIN: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);
    static URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, CONFIG);
    let url = joined.contains(['-', '_']);
    if url {
        oddities.push(Oddity::UrlSafe);
    }
    let joined = joined.trim_end_matches('=');
    // One symbol over: the last characters were lost, but what is there still tells what it was.
    let whole = if joined.len() % 4 == 1 { joined.get(..joined.len() - 1) } else { Some(joined) };
    let decoded = if url { &URL } else { &PLAIN }.decode(whole.ok_or(PasteError::NotBase64)?);
    decoded.map(Zeroizing::new).map_err(|_| PasteError::NotBase64)
}

fn block(der: Zeroizing<Vec<u8>>, oddities: Vec<Oddity>) -> Result<Block, PasteError> {
    // Keys of the content come without any frame.
    if matches!(der.len(), 16 | 24 | 32) {
        return Ok(Block { kind: Kind::ContentKey, oddities, der });
    }
    let Some((SEQUENCE, length, header)) = der::header(&der) else { return Err(PasteError::Unknown) };
    let declared = header + length;
    match der.len().checked_sub(declared) {
        None => return Err(PasteError::Truncated { declared, found: der.len() }),
        Some(0) => {}
        Some(behind) => return Err(PasteError::Trailing(behind)),
    }
    let kind = kind(&der).ok_or(PasteError::Unknown)?;
    Ok(Block { kind, oddities, der })
}
