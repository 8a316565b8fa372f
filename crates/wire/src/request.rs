//! A request as the wire gave it: borrowed for the doors, owned when read from a recorded `.http` file.

use std::fmt;

use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};

/// One HTTP request, borrowed. `target` is the raw request target of the request line; nothing is decoded.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The method as sent; methods are case-sensitive.
    pub method: &'a str,
    /// Origin form (`/path?query`) or absolute form (`http://host/path?query`), raw.
    pub target: &'a str,
    /// The header fields, names case-insensitive, repeated ones kept in order.
    pub headers: &'a HeaderMap,
    /// The body after any transfer coding.
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// The raw path: the target without scheme, authority and query. Empty when the target has none.
    pub fn path(&self) -> &'a str {
        self.split().0
    }

    /// The raw query, without the question mark. `None` when there is no question mark.
    pub fn query(&self) -> Option<&'a str> {
        self.split().1
    }

    fn split(&self) -> (&'a str, Option<&'a str>) {
        let (path, query) = match self.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (self.target, None),
        };
        if path.starts_with('/') {
            return (path, query);
        }
        // Absolute form (RFC 9112, 3.2.2): what follows the authority, which ends at the next slash.
        let path = match path.split_once("://") {
            Some((scheme, rest)) if !scheme.contains('/') => rest.find('/').map_or("", |slash| &rest[slash..]),
            _ => path,
        };
        (path, query)
    }

    /// The value of a header that must not be repeated: `None` when it is absent *or* there are several.
    pub fn single(&self, name: &str) -> Option<&'a HeaderValue> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next()?;
        values.next().is_none().then_some(first)
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (headers, body) = (self.headers.len(), self.body.len());
        write!(f, "Request({} {}, {headers} headers, {body} bytes)", self.method, self.path())
    }
}

/// A request read from the bytes of a recorded `.http` file.
#[derive(Clone)]
pub struct RawRequest {
    method: String,
    target: String,
    headers: HeaderMap,
    body: Vec<u8>,
    notes: Vec<Note>,
}

/// What is unusual about a recorded request, though it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// A line of the head ends in a bare LF: an editor or a tool may have touched the file.
    BareLineFeed,
    /// Bytes follow the end of the body that the head declares; they are left out.
    BytesAfterBody(usize),
    /// The head declares no body, but bytes follow it; they are taken as the body.
    BodyWithoutLength,
    /// Both Content-Length and a chunked coding are there; the coding decides.
    LengthAndChunked,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BareLineFeed => f.write_str("a header line ends in a bare LF instead of CR LF"),
            Self::BytesAfterBody(count) => write!(f, "{count} bytes after the declared end of the body are left out"),
            Self::BodyWithoutLength => f.write_str("no Content-Length: everything after the head is taken as the body"),
            Self::LengthAndChunked => f.write_str("both Content-Length and a chunked coding: the coding decides"),
        }
    }
}

/// Why bytes are not one HTTP/1.1 request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RawRequestError {
    /// The head is malformed.
    #[error("the head cannot be read: {0}")]
    Head(httparse::Error),
    /// No empty line ends the head.
    #[error("the head does not end: there is no empty line")]
    HeadUnfinished,
    /// More header fields than any client sends.
    #[error("more than {MAX_HEADERS} header fields")]
    TooManyHeaders,
    /// The target is longer than any door takes.
    #[error("the request target is longer than {MAX_TARGET} bytes")]
    TargetTooLong,
    /// Content-Length is no number, or repeated with another number.
    #[error("Content-Length is not one number")]
    ContentLength,
    /// The body ends early.
    #[error("the body ends early: {declared} bytes declared, {found} there")]
    BodyShort {
        /// What Content-Length says.
        declared: u64,
        /// What is there.
        found: usize,
    },
    /// The chunked coding is broken.
    #[error("the chunked body is malformed or ends early")]
    Chunked,
}

/// No client sends more fields than this.
pub const MAX_HEADERS: usize = 512;
/// Four of six SDKs of another vendor put a picture into the request line: up to 6 MiB is legal.
pub const MAX_TARGET: usize = 6 * 1024 * 1024;

impl RawRequest {
    /// Reads one request exactly as the bytes have it.
    pub fn parse(bytes: &[u8]) -> Result<Self, RawRequestError> {
        let mut fields = [httparse::EMPTY_HEADER; 64];
        let mut many;
        let mut head = httparse::Request::new(&mut fields);
        let mut parsed = head.parse(bytes);
        if parsed == Err(httparse::Error::TooManyHeaders) {
            many = vec![httparse::EMPTY_HEADER; MAX_HEADERS];
            head = httparse::Request::new(&mut many);
            parsed = head.parse(bytes);
        }
        let end = match parsed {
            Ok(httparse::Status::Complete(end)) => end,
            Ok(httparse::Status::Partial) => return Err(RawRequestError::HeadUnfinished),
            Err(httparse::Error::TooManyHeaders) => return Err(RawRequestError::TooManyHeaders),
            Err(error) => return Err(RawRequestError::Head(error)),
        };
        let (head_bytes, rest) = bytes.split_at_checked(end).ok_or(RawRequestError::HeadUnfinished)?;
        let method = head.method.ok_or(RawRequestError::HeadUnfinished)?.to_owned();
        let target = head.path.ok_or(RawRequestError::HeadUnfinished)?;
        if target.len() > MAX_TARGET {
            return Err(RawRequestError::TargetTooLong);
        }
        let target = target.to_owned();
        let mut headers = HeaderMap::with_capacity(head.headers.len());
        for field in head.headers.iter() {
            let name = HeaderName::from_bytes(field.name.as_bytes())
                .map_err(|_| RawRequestError::Head(httparse::Error::HeaderName))?;
            let value = HeaderValue::from_bytes(field.value)
                .map_err(|_| RawRequestError::Head(httparse::Error::HeaderValue))?;
            headers.try_append(name, value).map_err(|_| RawRequestError::TooManyHeaders)?;
        }
        let mut notes = Vec::new();
        if has_bare_line_feed(head_bytes) {
            notes.push(Note::BareLineFeed);
        }
        let body = body(&headers, rest, &mut notes)?;
        Ok(Self { method, target, headers, body, notes })
    }

    /// The request, borrowed for a door.
    pub fn as_request(&self) -> Request<'_> {
        Request { method: &self.method, target: &self.target, headers: &self.headers, body: &self.body }
    }

    /// What is unusual about the file.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }
}

impl fmt::Debug for RawRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_request().fmt(f)
    }
}

fn has_bare_line_feed(head: &[u8]) -> bool {
    let mut before = 0;
    head.iter().any(|&byte| {
        let bare = byte == b'\n' && before != b'\r';
        before = byte;
        bare
    })
}

fn body(headers: &HeaderMap, rest: &[u8], notes: &mut Vec<Note>) -> Result<Vec<u8>, RawRequestError> {
    let length = content_length(headers)?;
    let chunked = headers
        .get_all(TRANSFER_ENCODING)
        .iter()
        .next_back()
        .is_some_and(|value| value.as_bytes().trim_ascii_end().to_ascii_lowercase().ends_with(b"chunked"));
    let (body, left) = if chunked {
        if length.is_some() {
            notes.push(Note::LengthAndChunked);
        }
        unchunk(rest).ok_or(RawRequestError::Chunked)?
    } else if let Some(declared) = length {
        let short = || RawRequestError::BodyShort { declared, found: rest.len() };
        let (body, left) =
            usize::try_from(declared).ok().and_then(|length| rest.split_at_checked(length)).ok_or_else(short)?;
        (body.to_vec(), left)
    } else {
        if !rest.is_empty() {
            notes.push(Note::BodyWithoutLength);
        }
        (rest.to_vec(), &rest[..0])
    };
    if !left.is_empty() {
        notes.push(Note::BytesAfterBody(left.len()));
    }
    Ok(body)
}

fn content_length(headers: &HeaderMap) -> Result<Option<u64>, RawRequestError> {
    let mut length = None;
    for value in headers.get_all(CONTENT_LENGTH) {
        let text = value.to_str().map_err(|_| RawRequestError::ContentLength)?;
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(RawRequestError::ContentLength);
        }
        let number = text.parse().map_err(|_| RawRequestError::ContentLength)?;
        if length.is_some_and(|before| before != number) {
            return Err(RawRequestError::ContentLength);
        }
        length = Some(number);
    }
    Ok(length)
}

/// Undoes the chunked coding (RFC 9112, 7.1): the body and what follows its trailer section.
fn unchunk(mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut body = Vec::new();
    loop {
        let Ok(httparse::Status::Complete((head, size))) = httparse::parse_chunk_size(rest) else { return None };
        rest = rest.get(head..)?;
        if size == 0 {
            break;
        }
        let (chunk, after) = rest.split_at_checked(usize::try_from(size).ok()?)?;
        body.extend_from_slice(chunk);
        rest = after.strip_prefix(b"\r\n").or_else(|| after.strip_prefix(b"\n"))?;
    }
    loop {
        let end = rest.iter().position(|&byte| byte == b'\n')?;
        let (line, after) = rest.split_at(end);
        rest = after.get(1..)?;
        if line.is_empty() || line == b"\r" {
            return Some((body, rest));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<RawRequest, RawRequestError> {
        RawRequest::parse(text.as_bytes())
    }

    #[test]
    fn a_request_is_read_exactly() {
        let raw =
            parse("POST /v1/personal?a=%20 HTTP/1.1\r\nHost: a:1\r\nX-A:  b  c \r\nContent-Length: 3\r\n\r\na\nb")
                .unwrap();
        let request = raw.as_request();
        assert_eq!((request.method, request.target), ("POST", "/v1/personal?a=%20"));
        assert_eq!((request.path(), request.query()), ("/v1/personal", Some("a=%20")));
        assert_eq!(request.headers["x-a"], "b  c");
        assert_eq!(request.body, b"a\nb");
        assert!(raw.notes().is_empty());
    }

    #[test]
    fn bare_line_feeds_are_tolerated_and_noted() {
        let raw = parse("GET / HTTP/1.1\nHost: a\n\n").unwrap();
        assert_eq!(raw.notes(), [Note::BareLineFeed]);
    }

    #[test]
    fn a_chunked_body_is_put_together() {
        let raw = parse(
            "GET / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nT: v\r\n\r\n",
        )
        .unwrap();
        assert_eq!(raw.as_request().body, b"abcd");
        assert!(raw.notes().is_empty());
        for broken in
            ["", "3\r\nab", "3\r\nabcd\r\n0\r\n\r\n", "3\r\nabc\r\n", "0\r\n", "x\r\n", "ffffffffffffffff\r\na"]
        {
            let text = format!("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{broken}");
            assert_eq!(parse(&text).unwrap_err(), RawRequestError::Chunked, "{broken:?}");
        }
    }

    #[test]
    fn the_length_of_the_body_is_held_to() {
        let with =
            |length: &str, body: &str| parse(&format!("POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}"));
        assert_eq!(with("3", "ab").unwrap_err(), RawRequestError::BodyShort { declared: 3, found: 2 });
        assert_eq!(
            with("18446744073709551615", "ab").unwrap_err().to_string(),
            "the body ends early: 18446744073709551615 bytes declared, 2 there"
        );
        assert_eq!(with("2", "abc").unwrap().notes(), [Note::BytesAfterBody(1)]);
        for wrong in ["-1", "+1", "1,1", "x", "18446744073709551616"] {
            assert_eq!(with(wrong, "a").unwrap_err(), RawRequestError::ContentLength, "{wrong}");
        }
        assert_eq!(
            parse("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab").unwrap_err(),
            RawRequestError::ContentLength
        );
        let free = parse("POST / HTTP/1.1\r\n\r\nabc").unwrap();
        assert_eq!((free.as_request().body, free.notes()), (&b"abc"[..], &[Note::BodyWithoutLength][..]));
    }

    #[test]
    fn a_head_that_is_none_says_why() {
        assert_eq!(parse("POST / HTTP/1.1\r\nHost: a\r\n").unwrap_err(), RawRequestError::HeadUnfinished);
        assert_eq!(
            parse("POST / HTTP/1.1\r\nno colon\r\n\r\n").unwrap_err(),
            RawRequestError::Head(httparse::Error::HeaderName)
        );
        assert_eq!(parse("hello\r\n\r\n").unwrap_err(), RawRequestError::Head(httparse::Error::Token));
    }

    #[test]
    fn many_headers_and_a_long_target_are_read() {
        let fields = |count| (0..count).map(|n| format!("x-{n}: {n}\r\n")).collect::<Vec<_>>().concat();
        let target = "/?".to_owned() + &"a".repeat(MAX_TARGET - 2);
        let raw = parse(&format!("POST {target} HTTP/1.1\r\n{}\r\n", fields(500))).unwrap();
        assert_eq!((raw.as_request().headers.len(), raw.as_request().target.len()), (500, MAX_TARGET));
        assert_eq!(parse(&format!("POST {target}a HTTP/1.1\r\n\r\n")).unwrap_err(), RawRequestError::TargetTooLong);
        assert_eq!(
            parse(&format!("GET / HTTP/1.1\r\n{}\r\n", fields(MAX_HEADERS + 1))).unwrap_err(),
            RawRequestError::TooManyHeaders
        );
    }

    #[test]
    fn the_path_of_an_absolute_target_is_what_follows_the_authority() {
        let headers = HeaderMap::new();
        for (target, path, query) in [
            ("http://h:1/v1/personal?x", "/v1/personal", Some("x")),
            ("http://h", "", None),
            ("/a://b", "/a://b", None),
            ("/a?http://b/c", "/a", Some("http://b/c")),
            ("*", "*", None),
            ("", "", None),
        ] {
            let request = Request { method: "GET", target, headers: &headers, body: b"" };
            assert_eq!((request.path(), request.query()), (path, query), "{target}");
        }
    }

    #[test]
    fn debug_shows_no_query_no_header_and_no_body() {
        let raw = parse("POST /p?q=hidden HTTP/1.1\r\nA: hidden\r\nContent-Length: 6\r\n\r\nhidden").unwrap();
        assert_eq!(format!("{raw:?}"), "Request(POST /p, 2 headers, 6 bytes)");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in any::<Vec<u8>>()) {
            let _ = RawRequest::parse(&bytes);
            let mut framed = b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
            framed.extend(bytes);
            let _ = RawRequest::parse(&framed);
        }
    }
}
