//! SignAuthFile: a picture of a paper. Docs: Volcengine SMS specification, sections 3.1 and 3.2.

use std::fmt;

use super::codes::Refusal;
use super::field::{List, integer, missing, text};
use super::pdf;
use super::picture::{Flaw, whole};
use crate::base64_field::{Blanks, decode};
use crate::image_head::Kind;
use crate::json::{Found, JsonError, Reader, Value};

/// Which paper a file shows, by the vendor's numbers 0 to 19.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocType(u8);

impl DocType {
    /// Power of attorney (授权委托书).
    pub const POWER_OF_ATTORNEY: Self = Self(5);
    /// Something else (其他).
    pub const OTHER: Self = Self(6);

    /// The type of a number.
    pub fn of_number(number: i64) -> Option<Self> {
        u8::try_from(number).ok().filter(|number| *number <= 19).map(Self)
    }

    /// The number on the wire.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Whether a company may be known by it: 0, 1, 2, 3, 4, 6 and 7.
    pub const fn is_business_certificate(self) -> bool {
        matches!(self.0, 0..=4 | 6 | 7)
    }

    /// Which side of a resident ID card it is, where it is one.
    pub const fn side(self) -> Option<Side> {
        match self.0 {
            8 | 10 | 18 => Some(Side::Portrait),
            9 | 11 | 19 => Some(Side::Emblem),
            _ => None,
        }
    }
}

/// A side of a resident ID card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// With the portrait.
    Portrait,
    /// With the emblem.
    Emblem,
}

/// How large a picture may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureLimits {
    /// Most decoded bytes.
    pub max_bytes: usize,
    /// Whether a PDF is taken too.
    pub pdf: bool,
}

/// What a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A JPEG.
    Jpeg,
    /// A PNG.
    Png,
    /// A PDF, where those are taken.
    Pdf,
}

impl Default for PictureLimits {
    fn default() -> Self {
        Self { max_bytes: 2 * 1024 * 1024, pdf: false }
    }
}

/// A file that was sent: a whole picture of a known type; its pixels have not been looked at.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthFile {
    /// Which paper it shows.
    pub doc_type: DocType,
    /// What it is written in.
    pub kind: FileKind,
    /// The picture.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for AuthFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthFile({:?}, {:?}, {} bytes)", self.doc_type, self.kind, self.bytes.len())
    }
}

/// The members of a file as they stand.
pub(super) type RawFile<'a> = Found<[Value<'a>; 4]>;

/// Reads the next value as a file.
pub(super) fn raw<'a>(reader: &mut Reader<'a>) -> Result<RawFile<'a>, JsonError> {
    reader.fields(["fileType", "fileContent", "fileSuffix", "fileUrl"])
}

/// Reads the next value as a list of files.
pub(super) fn raw_list<'a>(reader: &mut Reader<'a>) -> Result<List<RawFile<'a>>, JsonError> {
    List::read(reader, raw)
}

/// Whether there is nothing in it: absent, `{}`, or Go's zero value.
pub(super) fn is_unset(file: &RawFile<'_>) -> bool {
    match file {
        Found::Nothing => true,
        Found::Object([_, content, suffix, url]) => content.is_unset() && suffix.is_unset() && url.is_unset(),
        Found::Other(_) => false,
    }
}

impl AuthFile {
    /// Checks a file, in this order: type, content, suffix, base64, size, picture, and that all agree on what it is.
    ///
    /// `fileUrl` is never fetched, and does not stand in for the content.
    pub(super) fn read(file: &RawFile<'_>, path: &str, limits: PictureLimits) -> Result<Self, Refusal> {
        let at = |member: &str| format!("{path}.{member}");
        let [doc_type, content, suffix, url] = match file {
            Found::Object(members) => *members,
            Found::Nothing => return Err(missing(path)),
            Found::Other(_) => return Err(Refusal::invalid(path, "必须是对象")),
        };
        let number = integer(doc_type, &at("fileType"))?.ok_or_else(|| missing(&at("fileType")))?;
        let doc_type = DocType::of_number(number).ok_or_else(|| Refusal::invalid(&at("fileType"), "不在取值范围内"))?;
        text(url, &at("fileUrl"), MAX_URL)?;
        let named = text(suffix, &at("fileSuffix"), MAX_SUFFIX)?.ok_or_else(|| missing(&at("fileSuffix")))?;
        let taken = if limits.pdf { "只支持jpg、jpeg、png、pdf" } else { "只支持jpg、jpeg、png" };
        let named = of_suffix(named.expose()).filter(|kind| limits.pdf || *kind != FileKind::Pdf);
        let named = named.ok_or_else(|| Refusal::invalid(&at("fileSuffix"), taken))?;
        let field = at("fileContent");
        let Value::Text(content) = content else {
            return Err(if content.is_unset() {
                missing(&field)
            } else {
                Refusal::invalid(&field, "必须是字符串")
            });
        };
        let content = content.decode().ok_or_else(|| Refusal::invalid(&field, "不是有效的Unicode文本"))?;
        if content.is_empty() {
            return Err(missing(&field));
        }
        let (kind, bytes) = picture(&content, &field, limits)?;
        if kind != named {
            return Err(Refusal::invalid(&at("fileSuffix"), "与文件内容不一致"));
        }
        Ok(Self { doc_type, kind, bytes })
    }

    /// Checks a list of at most so many files.
    pub(super) fn read_list(
        files: List<RawFile<'_>>,
        path: &str,
        most: usize,
        limits: PictureLimits,
    ) -> Result<Vec<Self>, Refusal> {
        let files = files.items(path, most)?.into_iter().enumerate();
        files.map(|(index, file)| Self::read(&file, &format!("{path}[{index}]"), limits)).collect()
    }
}

/// Longest address that is looked over.
const MAX_URL: usize = 4096;
/// Longer than any suffix.
const MAX_SUFFIX: usize = 16;

fn of_suffix(suffix: &str) -> Option<FileKind> {
    let suffix = suffix.trim();
    match suffix.strip_prefix('.').unwrap_or(suffix).to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => Some(FileKind::Jpeg),
        "png" => Some(FileKind::Png),
        "pdf" => Some(FileKind::Pdf),
        _ => None,
    }
}

/// `image/jpg` is the document's own, though nobody has registered it. A `data:` text without a type claims none.
fn of_media_type(media_type: &str) -> Option<FileKind> {
    let media_type = media_type.trim().to_ascii_lowercase();
    if media_type == "application/pdf" {
        return Some(FileKind::Pdf);
    }
    of_suffix(media_type.strip_prefix("image/")?).filter(|kind| *kind != FileKind::Pdf)
}

fn picture(content: &str, field: &str, limits: PictureLimits) -> Result<(FileKind, Vec<u8>), Refusal> {
    let too_large = || Refusal::invalid(field, &format!("解码后不能超过{}字节", limits.max_bytes));
    // Nothing that decodes to a legal size is twice as long as it must be, line breaks and all.
    if content.len() > limits.max_bytes.saturating_mul(8) / 3 + 1024 {
        return Err(too_large());
    }
    let decoded = decode(content, Blanks::Nothing).map_err(|_| Refusal::invalid(field, "不是有效的base64"))?;
    if decoded.bytes.len() > limits.max_bytes {
        return Err(too_large());
    }
    let kind = kind_of(&decoded.bytes, limits).map_err(|flaw| {
        let rule = match flaw {
            Flaw::Type if limits.pdf => "不是JPEG、PNG或PDF",
            Flaw::Type => "不是JPEG或PNG图片",
            Flaw::Broken => "图片不完整或已损坏",
            Flaw::TooManyPixels => "图片像素过大",
        };
        Refusal::invalid(field, rule)
    })?;
    let lies = |media_type: &str| !media_type.trim().is_empty() && of_media_type(media_type) != Some(kind);
    if decoded.media_type.is_some_and(lies) {
        return Err(Refusal::invalid(field, "data URI的类型与文件内容不一致"));
    }
    Ok((kind, decoded.bytes))
}

fn kind_of(bytes: &[u8], limits: PictureLimits) -> Result<FileKind, Flaw> {
    if limits.pdf && bytes.starts_with(pdf::MAGIC) {
        return pdf::whole(bytes).map(|()| FileKind::Pdf);
    }
    match whole(bytes)? {
        Kind::Jpeg => Ok(FileKind::Jpeg),
        Kind::Png => Ok(FileKind::Png),
        Kind::Bmp => Err(Flaw::Type),
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::volcengine::samples::{jpeg_of, pdf_of, png_of};

    fn read(json: &str) -> Result<AuthFile, String> {
        let file = raw(&mut Reader::new(json.as_bytes()).unwrap()).unwrap();
        AuthFile::read(&file, "f", PictureLimits::default()).map_err(|refusal| refusal.reason().unwrap().to_owned())
    }

    fn file(doc_type: &str, content: &str, suffix: &str) -> Result<AuthFile, String> {
        read(&format!(r#"{{"fileType":{doc_type},"fileContent":"{content}","fileSuffix":"{suffix}","fileUrl":""}}"#))
    }

    #[test]
    fn a_picture_is_taken_bare_and_as_a_data_uri_under_any_of_its_suffixes() {
        let (png, jpeg) = (STANDARD.encode(png_of(64)), STANDARD.encode(jpeg_of(64)));
        for suffix in ["jpg", "JPG", ".jpg", "jpeg", ".JPEG"] {
            for prefix in ["", "data:image/jpg;base64,", "DATA:image/JPEG;base64,", "data:;base64,"] {
                let read = file("5", &format!("{prefix}{jpeg}"), suffix).unwrap();
                assert_eq!((read.kind, read.doc_type), (FileKind::Jpeg, DocType::POWER_OF_ATTORNEY));
            }
        }
        assert_eq!(file("\"19\"", &png, ".Png").unwrap().bytes, png_of(64));
    }

    #[test]
    fn base64_in_lines_is_one_text() {
        let lines: Vec<_> = STANDARD.encode(png_of(300)).as_bytes().chunks(76).map(<[u8]>::to_vec).collect();
        let wrapped = String::from_utf8(lines.join(&b"\\r\\n"[..])).unwrap();
        assert_eq!(file("1", &wrapped, "png").unwrap().bytes, png_of(300));
    }

    #[test]
    fn suffix_media_type_and_content_must_agree() {
        let (png, jpeg) = (STANDARD.encode(png_of(64)), STANDARD.encode(jpeg_of(64)));
        assert_eq!(file("1", &png, "jpg").unwrap_err(), "f.fileSuffix 与文件内容不一致");
        assert_eq!(file("1", &jpeg, "png").unwrap_err(), "f.fileSuffix 与文件内容不一致");
        for lie in ["data:image/png;base64,", "data:text/html;base64,", "data:image/gif;base64,", "data:png;base64,"] {
            let told = file("1", &format!("{lie}{jpeg}"), "jpg").unwrap_err();
            assert_eq!(told, "f.fileContent data URI的类型与文件内容不一致", "{lie}");
        }
    }

    #[test]
    fn the_largest_size_is_inclusive() {
        let limit = PictureLimits::default().max_bytes;
        for suffix in ["png", "jpg"] {
            let of = |size| if suffix == "png" { png_of(size) } else { jpeg_of(size) };
            assert_eq!(file("1", &STANDARD.encode(of(limit)), suffix).unwrap().bytes.len(), limit);
            let told = file("1", &STANDARD.encode(of(limit + 1)), suffix).unwrap_err();
            assert_eq!(told, "f.fileContent 解码后不能超过2097152字节");
        }
        let told = file("1", &"A".repeat(limit * 3), "png").unwrap_err();
        assert_eq!(told, "f.fileContent 解码后不能超过2097152字节");
    }

    #[test]
    fn each_member_has_its_rule() {
        let png = STANDARD.encode(png_of(64));
        for (doc_type, content, suffix, told) in [
            ("20", png.as_str(), "png", "f.fileType 不在取值范围内"),
            ("-1", &png, "png", "f.fileType 不在取值范围内"),
            ("null", &png, "png", "f.fileType 必填"),
            ("1.5", &png, "png", "f.fileType 必须是整数"),
            ("\"x\"", &png, "png", "f.fileType 必须是整数"),
            ("1", "", "png", "f.fileContent 必填"),
            ("1", &png, "", "f.fileSuffix 必填"),
            ("1", &png, "pdf", "f.fileSuffix 只支持jpg、jpeg、png"),
            ("1", &png, "..png", "f.fileSuffix 只支持jpg、jpeg、png"),
            ("1", "!!!!", "png", "f.fileContent 不是有效的base64"),
            ("1", "data:image/png,AAAA", "png", "f.fileContent 不是有效的base64"),
            ("1", "R0lGODlh", "png", "f.fileContent 不是JPEG或PNG图片"),
            ("1", "iVBORw0KGgo=", "png", "f.fileContent 图片不完整或已损坏"),
        ] {
            assert_eq!(file(doc_type, content, suffix).unwrap_err(), told);
        }
        assert_eq!(
            read(r#"{"fileType":1,"fileContent":7,"fileSuffix":"png"}"#).unwrap_err(),
            "f.fileContent 必须是字符串"
        );
        assert_eq!(read("[]").unwrap_err(), "f 必须是对象");
        assert_eq!(read("null").unwrap_err(), "f 必填");
    }

    #[test]
    fn a_pdf_is_taken_where_the_operator_says_so_and_never_as_a_picture() {
        let limits = PictureLimits { pdf: true, ..PictureLimits::default() };
        let with = |bytes: &[u8], media_type: &str, suffix: &str, limits| {
            let content = format!("{media_type}{}", STANDARD.encode(bytes));
            let json = format!(r#"{{"fileType":5,"fileContent":"{content}","fileSuffix":"{suffix}"}}"#);
            let file = raw(&mut Reader::new(json.as_bytes()).unwrap()).unwrap();
            let read = AuthFile::read(&file, "f", limits);
            read.map(|file| file.kind).map_err(|refusal| refusal.reason().unwrap().to_owned())
        };
        let whole = pdf_of(600);
        for media_type in ["", "data:application/pdf;base64,", "data:;base64,"] {
            assert_eq!(with(&whole, media_type, ".PDF", limits), Ok(FileKind::Pdf), "{media_type}");
        }
        let told = |bytes: &[u8], media_type, suffix| with(bytes, media_type, suffix, limits).unwrap_err();
        assert_eq!(told(&whole, "", "png"), "f.fileSuffix 与文件内容不一致");
        assert_eq!(told(&png_of(64), "", "pdf"), "f.fileSuffix 与文件内容不一致");
        assert_eq!(told(&whole, "data:image/pdf;base64,", "pdf"), "f.fileContent data URI的类型与文件内容不一致");
        assert_eq!(told(&whole[..500], "", "pdf"), "f.fileContent 图片不完整或已损坏");
        assert_eq!(told(b"GIF89a", "", "pdf"), "f.fileContent 不是JPEG、PNG或PDF");
        let large = pdf_of(limits.max_bytes + 1);
        assert_eq!(told(&large, "", "pdf"), "f.fileContent 解码后不能超过2097152字节");
        assert_eq!(with(&pdf_of(limits.max_bytes), "", "pdf", limits), Ok(FileKind::Pdf));
        let off = PictureLimits::default();
        assert_eq!(with(&whole, "", "pdf", off).unwrap_err(), "f.fileSuffix 只支持jpg、jpeg、png");
        assert_eq!(with(&whole, "", "png", off).unwrap_err(), "f.fileContent 不是JPEG或PNG图片");
    }

    #[test]
    fn an_address_does_not_stand_in_for_the_content() {
        let told = read(r#"{"fileType":1,"fileSuffix":"png","fileUrl":"http://127.0.0.1/secret"}"#).unwrap_err();
        assert_eq!(told, "f.fileContent 必填");
    }

    #[test]
    fn debug_shows_no_byte_of_a_file() {
        let read = file("1", &STANDARD.encode(png_of(64)), "png").unwrap();
        assert_eq!(format!("{read:?}"), "AuthFile(DocType(1), Png, 64 bytes)");
    }
}
