//! An answer as it was saved: status line, headers, empty line, body, as `curl -i` prints it.

/// The parts of a saved answer, as they stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands) struct Saved<'a> {
    /// HTTP status.
    pub(in crate::commands) status: u16,
    /// Names as they are written, and values without outer blanks.
    pub(in crate::commands) headers: Vec<(&'a str, &'a str)>,
    /// The body, not longer than Content-Length says.
    pub(in crate::commands) body: &'a [u8],
}

impl<'a> Saved<'a> {
    /// Takes an answer apart; `None` when it does not begin as one.
    pub(in crate::commands) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (end, behind) = [&b"\r\n\r\n"[..], b"\n\n"]
            .iter()
            .filter_map(|gap| Some((bytes.windows(gap.len()).position(|window| window == *gap)?, gap.len())))
            .min()?;
        let (head, rest) = bytes.split_at_checked(end)?;
        let mut lines = std::str::from_utf8(head).ok()?.lines();
        let first = lines.next().filter(|line| line.starts_with("HTTP/"))?;
        let status = first.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<_> =
            lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name, value.trim())).collect();
        let body = rest.get(behind..)?;
        if (100..200).contains(&status) {
            // What a server says before its answer: `curl -i` prints that too.
            return Self::parse(body);
        }
        let mut saved = Self { status, headers, body };
        let declared = saved.header("content-length").and_then(|length| length.parse::<usize>().ok());
        saved.body = declared.and_then(|length| body.get(..length)).unwrap_or(body);
        Some(saved)
    }

    /// The value of a header, whatever the case of its name.
    pub(in crate::commands) fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_apart() {
        let saved = Saved::parse(b"HTTP/1.1 200 OK\r\nA: b \r\ncontent-length: 2\r\n\r\n{}\n").unwrap();
        assert_eq!((saved.status, saved.header("a"), saved.body), (200, Some("b"), &b"{}"[..]));
        let saved = Saved::parse(b"HTTP/1.1 400\nX: y\n\n\n\nbody").unwrap();
        assert_eq!((saved.status, saved.body), (400, &b"\n\nbody"[..]));
        let saved = Saved::parse(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/2 200\r\nX: y\r\n\r\n{}").unwrap();
        assert_eq!((saved.status, saved.body), (200, &b"{}"[..]));
        for bytes in [&b"{}"[..], b"", b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 x\r\n\r\n"] {
            assert_eq!(Saved::parse(bytes), None);
        }
    }
}
