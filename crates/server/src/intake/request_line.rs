//! The one form of a long request line that is taken.

/// `METHOD SP target SP HTTP/1.x CR LF`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RequestLine<'a> {
    pub(super) method: &'a str,
    pub(super) target: &'a str,
    pub(super) version: &'a str,
}

/// Reads a whole line, its end included; `None` if it is anything but the exact form.
pub(super) fn read(line: &[u8]) -> Option<RequestLine<'_>> {
    let line = std::str::from_utf8(line.strip_suffix(b"\r\n")?).ok()?;
    let (method, rest) = line.split_once(' ')?;
    let (target, version) = rest.rsplit_once(' ')?;
    let exact = is_method(method) && is_target(target) && matches!(version, "HTTP/1.1" | "HTTP/1.0");
    exact.then_some(RequestLine { method, target, version })
}

/// Whether these bytes can be the beginning of such a line, so that it is worth waiting for its end.
pub(super) fn may_begin(bytes: &[u8]) -> bool {
    let Some(space) = bytes.iter().take(LONGEST_METHOD + 1).position(|byte| *byte == b' ') else { return false };
    let (method, target) = (bytes.get(..space), bytes.get(space + 1..));
    method.and_then(|method| std::str::from_utf8(method).ok()).is_some_and(is_method)
        && target.is_some_and(|target| target.starts_with(b"/") || is_absolute(target))
}

/// The longest registered method has 17 letters.
const LONGEST_METHOD: usize = 24;

/// A token (RFC 9110, section 5.6.2).
fn is_method(method: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (1..=LONGEST_METHOD).contains(&method.len()) && method.bytes().all(token)
}

/// Origin form or absolute form (RFC 9112, section 3.2), in visible ASCII, and the query in UTF-8: some clients leave Chinese text
/// in it as it is, and hyper takes that in a short line. A fragment is never sent.
fn is_target(target: &str) -> bool {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let unfit = |byte: u8| !byte.is_ascii_graphic() || byte == b'#';
    // A thousand are looked at before it is asked whether one was unfit: there may be megabytes of them.
    let any_unfit = |some: &[u8]| some.iter().fold(false, |any, &byte| any | (unfit(byte) & byte.is_ascii()));
    (target.starts_with('/') || is_absolute(target.as_bytes()))
        && !path.bytes().any(unfit)
        && !query.as_bytes().chunks(1024).any(any_unfit)
}

fn is_absolute(target: &[u8]) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_form_is_taken() {
        for line in ["POST /a?b=c HTTP/1.1\r\n", "POST /a?b=c HTTP/1.0\r\n", "POST HTTPS://h/a?b=c HTTP/1.1\r\n"] {
            assert!(read(line.as_bytes()).is_some(), "{line}");
            assert!(may_begin(line.as_bytes()), "{line}");
        }
        let line = read(b"GET /x?y=%20+ HTTP/1.1\r\n").unwrap();
        assert_eq!((line.method, line.target, line.version), ("GET", "/x?y=%20+", "HTTP/1.1"));
        assert_eq!(read("GET /x?y=张😀 HTTP/1.1\r\n".as_bytes()).unwrap().target, "/x?y=张😀");
    }

    #[test]
    fn nothing_else_is() {
        for line in [
            &b"GET /a HTTP/1.1\n"[..],
            b"GET /a HTTP/1.1",
            b"GET /a\r\n",
            b"GET  /a HTTP/1.1\r\n",
            b"GET /a  HTTP/1.1\r\n",
            b"GET /a b HTTP/1.1\r\n",
            b"GET /a HTTP/1.1 \r\n",
            b" GET /a HTTP/1.1\r\n",
            b"GET /a\0 HTTP/1.1\r\n",
            b"GET /a\r HTTP/1.1\r\n",
            b"GET /a\rX: y HTTP/1.1\r\n",
            b"GET /a\n HTTP/1.1\r\n",
            b"GET /a\x7f HTTP/1.1\r\n",
            b"GET /\xe7\x94\xb2 HTTP/1.1\r\n",
            b"GET /\xff HTTP/1.1\r\n",
            b"GET /?\xff HTTP/1.1\r\n",
            b"GET /?\xe7\x94\xb2# HTTP/1.1\r\n",
            b"GET\t/a HTTP/1.1\r\n",
            b"GET /a HTTP/2.0\r\n",
            b"GET /a http/1.1\r\n",
            b"GET /a HTTP/1.1\r\r\n",
            b"GET /a#b HTTP/1.1\r\n",
            b"GET a HTTP/1.1\r\n",
            b"CONNECT a:443 HTTP/1.1\r\n",
            b"OPTIONS * HTTP/1.1\r\n",
            b"G(T /a HTTP/1.1\r\n",
            b" /a HTTP/1.1\r\n",
            b"",
            b"\r\n",
        ] {
            assert_eq!(read(line), None, "{}", line.escape_ascii());
        }
    }
}
