//! `multipart/form-data`. Docs: Alipay gateway specification, section 1.10; Alipay v3 specification, section 1.4.
//!
//! Nothing in a part is decoded. Parts with a file name are files; they are never signed.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// One part.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// The name of the field.
    pub name: &'a [u8],
    /// The bytes.
    pub value: &'a [u8],
    /// Whether it is a file.
    pub is_file: bool,
}

/// The body is not what its Content-Type says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the multipart body is malformed")]
pub struct Malformed;

/// More parts than any client sends.
const MAX_PARTS: usize = 256;

/// The boundary, when the Content-Type is `multipart/form-data`. `Some(Err(..))` when it is but names no usable boundary.
pub fn boundary(headers: &HeaderMap) -> Option<Result<&[u8], Malformed>> {
    let value = headers.get(CONTENT_TYPE)?.as_bytes();
    let kind = value.split(|&byte| byte == b';').next()?.trim_ascii();
    if !kind.eq_ignore_ascii_case(b"multipart/form-data") {
        return None;
    }
    let boundary = parameter(value, b"boundary=");
    Some(boundary.filter(|boundary| (1..=200).contains(&boundary.len())).ok_or(Malformed))
}

/// Takes a body apart. What stands before the first boundary (Java sends a CRLF) and behind the last is passed over.
pub fn parts<'a>(body: &'a [u8], boundary: &[u8]) -> Result<Vec<Part<'a>>, Malformed> {
    let mut delimiter = b"--".to_vec();
    delimiter.extend_from_slice(boundary);
    let mut rest = if body.starts_with(&delimiter) {
        body.get(delimiter.len()..).ok_or(Malformed)?
    } else {
        delimiter.splice(..0, *b"\r\n");
        split(body, &delimiter).ok_or(Malformed)?.1
    };
    if !delimiter.starts_with(b"\r\n") {
        delimiter.splice(..0, *b"\r\n");
    }
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        // Blanks may stand behind a boundary (RFC 2046).
        let line_end = rest.iter().position(|&byte| byte == b'\n').ok_or(Malformed)?;
        let (line, after) = rest.split_at_checked(line_end + 1).ok_or(Malformed)?;
        if !line.trim_ascii().is_empty() || parts.len() == MAX_PARTS {
            return Err(Malformed);
        }
        let (content, behind) = split(after, &delimiter).ok_or(Malformed)?;
        parts.push(part(content)?);
        rest = behind;
    }
}

fn part(content: &[u8]) -> Result<Part<'_>, Malformed> {
    let (head, value) = split(content, b"\r\n\r\n").ok_or(Malformed)?;
    let disposition = head
        .split(|&byte| byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .find_map(|line| {
            let (name, value) = line.split_at_checked(20)?;
            name.eq_ignore_ascii_case(b"content-disposition:").then_some(value)
        })
        .ok_or(Malformed)?;
    let name = parameter(disposition, b"name=").ok_or(Malformed)?;
    let is_file = parameter(disposition, b"filename=").is_some() || parameter(disposition, b"filename*=").is_some();
    Ok(Part { name, value, is_file })
}

/// A parameter of a header, quoted or not. A semicolon inside quotation marks does not end it.
fn parameter<'a>(disposition: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    let mut rest = disposition;
    while let Some(at) = rest.iter().position(|&byte| byte == b';') {
        rest = rest.get(at + 1..)?.trim_ascii_start();
        let equals = rest.iter().position(|&byte| byte == b'=')?;
        let (name, value) = rest.split_at_checked(equals + 1)?;
        let end = match value {
            [b'"', inside @ ..] => inside.iter().position(|&byte| byte == b'"')? + 2,
            _ => value.iter().position(|&byte| byte == b';').unwrap_or(value.len()),
        };
        let (value, behind) = value.split_at_checked(end)?;
        if name.eq_ignore_ascii_case(wanted) {
            return Some(unquoted(value));
        }
        rest = behind;
    }
    None
}

fn unquoted(value: &[u8]) -> &[u8] {
    let value = value.trim_ascii();
    value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value)
}

fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let mut from = 0;
    let &first = at.first()?;
    loop {
        let next = bytes.get(from..)?.iter().position(|&byte| byte == first)? + from;
        let rest = bytes.get(next..)?;
        if let Some(behind) = rest.strip_prefix(at) {
            return Some((bytes.get(..next)?, behind));
        }
        from = next + 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_TYPE, value.parse().unwrap())])
    }

    #[test]
    fn the_boundary_is_found_in_every_sdks_header() {
        for (value, expected) in [
            ("multipart/form-data; boundary=abc", Some(Ok(&b"abc"[..]))),
            ("multipart/form-data;boundary=17;charset=GBK", Some(Ok(b"17"))),
            ("Multipart/Form-Data; BOUNDARY=\"a b\"", Some(Ok(b"a b"))),
            ("multipart/form-data; charset=\"a;boundary=x\"; boundary=\"a;b\"", Some(Ok(b"a;b"))),
            ("multipart/form-data", Some(Err(Malformed))),
            ("application/x-www-form-urlencoded;charset=utf-8", None),
        ] {
            assert_eq!(boundary(&headers(value)), expected, "{value}");
        }
    }

    #[test]
    fn the_bodies_of_node_python_and_java_are_read() {
        let node = b"--b\r\nContent-Disposition: form-data; name=\"biz_content\"\r\n\r\n{\"a\":1}\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a;b.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n\xff\r\n--b--\r\n";
        let java = b"\r\n--b\r\nContent-Disposition:form-data;name=\"biz_content\"\r\nContent-Type:text/plain\r\n\r\n{\"a\":1}\r\n--b\r\nContent-Disposition:form-data;name=\"file\";filename=\"x\"\r\nContent-Type:image/jpeg\r\n\r\n\xff\r\n--b--\r\n";
        for body in [&node[..], java] {
            let parts = parts(body, b"b").unwrap();
            assert_eq!(
                (parts[0].name, parts[0].value, parts[0].is_file),
                (&b"biz_content"[..], &b"{\"a\":1}"[..], false)
            );
            assert_eq!(
                (parts[1].name, parts[1].value, parts[1].is_file, parts.len()),
                (&b"file"[..], &b"\xff"[..], true, 2)
            );
        }
    }

    #[test]
    fn a_broken_body_is_said_to_be_so() {
        for body in [
            "",
            "--b",
            "--b\r\n",
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx",
            "--b\r\n\r\n\r\n--b--",
            "--c\r\n--c--",
        ] {
            assert_eq!(parts(body.as_bytes(), b"b").err(), Some(Malformed), "{body:?}");
        }
        assert_eq!(parts(b"--b--", b"b").map(|parts| parts.len()), Ok(0));
    }

    proptest! {
        #[test]
        fn no_body_panics(body in any::<Vec<u8>>(), text in "(--b(--)?(\r\n)?|Content-Disposition: form-data; name=|\"|;|filename=|\r\n\r\n|x){0,20}") {
            let _ = parts(&body, b"b");
            let _ = parts(text.as_bytes(), b"b");
        }
    }
}
