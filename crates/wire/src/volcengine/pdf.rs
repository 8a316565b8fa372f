//! Whether bytes are a whole PDF, without rendering any of it. Docs: Volcengine SMS specification, section 3.1 (switchable);
//! ISO 32000-1, section 7.5, for the file's structure.
//!
//! Header, the place that `startxref` names, a trailer with a root, the end: nothing in front and nothing behind, so that the same
//! bytes are no other file as well. What is on its pages a person sees, in a viewer of their own.

use super::picture::Flaw;

/// What every PDF begins with.
pub(super) const MAGIC: &[u8] = b"%PDF-";
const END: &[u8] = b"%%EOF";
/// So far back from the end `startxref` is looked for: viewers do the same.
const TAIL: usize = 1024;
/// A ZIP's directory ends within so much of the end; other readers look at the beginning for their words.
const OTHER_TAIL: usize = 65_557;
const OTHER_HEAD: usize = 1024;

/// Says why it is no PDF that is taken.
pub(super) fn whole(bytes: &[u8]) -> Result<(), Flaw> {
    if !bytes.starts_with(MAGIC) {
        return Err(Flaw::Type);
    }
    is_whole(bytes).filter(|()| !is_another_file(bytes)).ok_or(Flaw::Broken)
}

fn is_whole(bytes: &[u8]) -> Option<()> {
    let version = bytes.get(MAGIC.len()..MAGIC.len() + 4)?;
    if !matches!(version, [b'1', b'.', b'0'..=b'7', b'\r' | b'\n' | b' '] | [b'2', b'.', b'0', b'\r' | b'\n' | b' ']) {
        return None;
    }
    let content = bytes.trim_ascii_end().strip_suffix(END)?;
    let tail = content.get(content.len().saturating_sub(TAIL)..)?;
    let start = b"startxref";
    let at = tail.windows(start.len()).rposition(|window| window == start)?;
    let number = std::str::from_utf8(tail.get(at + start.len()..)?.trim_ascii()).ok()?;
    let at: usize = number.parse().ok().filter(|_| number.bytes().all(|byte| byte.is_ascii_digit()))?;
    let table = content.get(at..).filter(|_| at > MAGIC.len())?;
    let trailer = match table.strip_prefix(b"xref") {
        Some(entries) => behind(entries, b"trailer")?,
        None => dictionary_of_a_stream(table)?,
    };
    let dictionary = trailer.get(..find(trailer, b">>")?)?;
    // What is encrypted nobody here could look at.
    let has = |name: &[u8]| find(dictionary, name).is_some();
    (find(trailer, b"<<")? < dictionary.len() && has(b"/Root") && !has(b"/Encrypt")).then_some(())
}

/// `12 0 obj << /Type /XRef … >> stream`: newer files have their table in a stream.
fn dictionary_of_a_stream(table: &[u8]) -> Option<&[u8]> {
    let (object, rest) = table.split_at_checked(find(table, b"obj")?)?;
    let mut numbers = object.split(u8::is_ascii_whitespace).filter(|part| !part.is_empty());
    let is_number = |part: &[u8]| part.len() <= 10 && part.iter().all(u8::is_ascii_digit);
    let two = is_number(numbers.next()?) && is_number(numbers.next()?) && numbers.next().is_none();
    let end = find(rest, b"stream")?;
    let dictionary = rest.get(..end)?;
    (two && find(dictionary, b"/XRef").is_some()).then_some(dictionary)
}

/// Whether another reader would take the bytes for its own.
fn is_another_file(bytes: &[u8]) -> bool {
    let tail = bytes.get(bytes.len().saturating_sub(OTHER_TAIL)..).unwrap_or(bytes);
    let head = bytes.get(..OTHER_HEAD).unwrap_or(bytes).to_ascii_lowercase();
    let page = [&b"<html"[..], b"<script", b"<!doctype", b"<svg"];
    find(tail, b"PK\x05\x06").is_some() || page.iter().any(|word| find(&head, word).is_some())
}

fn behind<'a>(text: &'a [u8], word: &[u8]) -> Option<&'a [u8]> {
    text.get(find(text, word)? + word.len()..)
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window == word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::volcengine::samples::pdf_of;

    fn spoilt(from: &str, to: &str) -> Result<(), Flaw> {
        let text = String::from_utf8(pdf_of(600)).unwrap();
        assert!(text.contains(from), "{from}");
        whole(text.replacen(from, to, 1).as_bytes())
    }

    #[test]
    fn a_whole_one_is_taken_with_a_table_or_a_stream() {
        assert_eq!(whole(&pdf_of(600)), Ok(()));
        assert_eq!(whole(&[pdf_of(600), b"\r\n".to_vec()].concat()), Ok(()));
        let object = "7 0 obj\n<</Type /XRef /Root 1 0 R /Size 8>>\nstream\nxx\nendstream\nendobj\n";
        let front = "%PDF-1.7\n%\n";
        let file = format!("{front}{object}startxref\n{}\n%%EOF\n", front.len());
        assert_eq!(whole(file.as_bytes()), Ok(()));
    }

    #[test]
    fn what_is_cut_or_out_of_place_is_broken() {
        let file = pdf_of(600);
        assert_eq!(whole(b"GIF89a"), Err(Flaw::Type));
        assert_eq!(whole(&[b" ".as_slice(), &file].concat()), Err(Flaw::Type), "nothing stands in front");
        for cut in [file.len() - 3, file.len() / 2, 9, 5] {
            assert_eq!(whole(&file[..cut]), Err(Flaw::Broken), "{cut}");
        }
        for (from, to) in [
            ("%PDF-1.4", "%PDF-1.9"),
            ("%PDF-1.4\n", "%PDF-1.4x"),
            ("startxref", "startxxxx"),
            ("startxref\n", "startxref\n9"),
            ("startxref\n", "startxref\n-"),
            ("\nxref\n", "\nyref\n"),
            ("trailer", "trailxx"),
            ("/Root", "/Riot"),
            ("/Root", "/Encrypt 5 0 R /Root"),
        ] {
            assert_eq!(spoilt(from, to), Err(Flaw::Broken), "{from} {to}");
        }
    }

    #[test]
    fn what_is_another_file_too_is_broken() {
        let file = pdf_of(600);
        assert_eq!(whole(&[file.as_slice(), b"PK\x05\x06"].concat()), Err(Flaw::Broken), "something stands behind");
        // As much is put in place of the filling, so that everything else is where it was.
        let text = String::from_utf8(file).unwrap();
        let with = |word: &str| whole(text.replacen(&"%".repeat(word.len()), word, 1).as_bytes());
        assert_eq!(with("% harmless"), Ok(()));
        // A ZIP's comment may end as a PDF ends.
        for both in ["PK\u{5}\u{6}", "<HTML>", "<script>", "<!DOCTYPE html>", "<svg>"] {
            assert_eq!(with(both), Err(Flaw::Broken), "{both}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
            let mut file = pdf_of(600);
            let at = at.index(file.len());
            file[at] = byte;
            let _ = whole(&file);
            let _ = whole(&file[..cut.index(file.len())]);
        }
    }
}
