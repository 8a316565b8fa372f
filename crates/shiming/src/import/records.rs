//! From bytes to records: where one ends and the next begins, in bounded memory.
//!
//! A CSV record may run over several lines inside quotes. One stray quote would therefore make the rest of a file one
//! record; here a record longer than [`LONGEST`] is no record: its first line is given back as broken and reading goes
//! on with the next line.

use std::io::{self, Read};

/// The longest record in bytes: a portrait in base64 may be in it.
pub(crate) const LONGEST: usize = 512 * 1024;
/// Bytes that are read at a time.
const PORTION: usize = 64 * 1024;

/// Whether quotes hold line ends together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quotes {
    /// They do: CSV.
    Hold,
    /// They do not: one record a line.
    Plain,
}

/// A record and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    /// Its first line's number, from 1.
    pub(crate) line: u64,
    /// Its bytes without the line end, or what is wrong with it.
    pub(crate) bytes: Result<&'a [u8], Broken>,
}

/// Why a record cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// It is longer than [`LONGEST`].
    TooLong,
    /// A quote is opened and not closed.
    OpenQuote,
}

/// Reads records one after another.
#[derive(Debug)]
pub(crate) struct Records<R> {
    input: R,
    quotes: Quotes,
    buffer: Vec<u8>,
    start: usize,
    ended: bool,
    offset: u64,
    line: u64,
}

impl<R: Read> Records<R> {
    /// Reads on from a place in the source: `offset` bytes and `line` lines are done.
    pub(crate) fn new(input: R, quotes: Quotes, offset: u64, line: u64) -> Self {
        Self { input, quotes, buffer: Vec::with_capacity(LONGEST + 2 * PORTION), start: 0, ended: false, offset, line }
    }

    /// Bytes that are done: the next record begins here.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Lines that are done.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// The first bytes, without taking them.
    pub(crate) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.buffer.len() - self.start < count && !self.ended {
            self.fill()?;
        }
        Ok(self.rest().get(..count).unwrap_or(self.rest()))
    }

    /// Takes bytes that are no record: a byte order mark.
    pub(crate) fn skip(&mut self, count: usize) {
        self.start += count;
        self.offset += count as u64;
    }

    /// The next record; `None` at the end. Empty lines are passed over.
    pub(crate) fn next(&mut self) -> io::Result<Option<Record<'_>>> {
        loop {
            let line = self.line + 1;
            match self.find()? {
                Found::Nothing => return Ok(None),
                Found::Record { length, lines } => {
                    let from = self.start;
                    self.take(length, lines);
                    let bytes = trimmed(self.buffer.get(from..from + length).unwrap_or_default());
                    if bytes.is_empty() {
                        continue;
                    }
                    // Borrowed again because a borrow given back from a loop would last beyond `continue`.
                    let end = from + bytes.len();
                    return Ok(Some(Record { line, bytes: Ok(self.buffer.get(from..end).unwrap_or_default()) }));
                }
                Found::Broken(broken) => {
                    self.pass_line()?;
                    return Ok(Some(Record { line, bytes: Err(broken) }));
                }
            }
        }
    }

    /// Looks for the end of the record that begins at `start`.
    fn find(&mut self) -> io::Result<Found> {
        let (mut looked, mut lines, mut place) = (0, 0, Place::FieldStart);
        loop {
            let Some(rest) = self.rest().get(looked..) else { return Ok(Found::Nothing) };
            for (at, byte) in rest.iter().enumerate() {
                if self.quotes == Quotes::Hold {
                    place = place.after(*byte);
                }
                if *byte == b'\n' {
                    lines += 1;
                    if place != Place::Quoted {
                        return Ok(Found::fit(looked + at + 1, lines, Broken::TooLong));
                    }
                }
            }
            looked += rest.len();
            let quoted = place == Place::Quoted;
            if looked > LONGEST + 1 {
                return Ok(Found::Broken(if quoted && lines > 0 { Broken::OpenQuote } else { Broken::TooLong }));
            }
            if self.ended {
                return Ok(match (looked, quoted) {
                    (0, _) => Found::Nothing,
                    (_, true) => Found::Broken(Broken::OpenQuote),
                    (length, false) => Found::fit(length, lines + 1, Broken::TooLong),
                });
            }
            self.fill()?;
        }
    }

    /// Passes over one line of any length.
    fn pass_line(&mut self) -> io::Result<()> {
        loop {
            let rest = self.rest();
            if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                self.take(end + 1, 1);
                return Ok(());
            }
            let length = rest.len();
            self.take(length, 0);
            if self.ended {
                self.line += 1;
                return Ok(());
            }
            self.fill()?;
        }
    }

    fn take(&mut self, length: usize, lines: u64) {
        self.start += length;
        self.offset += length as u64;
        self.line += lines;
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Reads a portion more, after what is done has been let go.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let length = self.buffer.len();
        self.buffer.resize(length + PORTION, 0);
        let read = loop {
            match self.input.read(self.buffer.get_mut(length..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(length + *read.as_ref().unwrap_or(&0));
        self.ended = read? == 0;
        Ok(())
    }
}

/// Where in a CSV record a byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    FieldStart,
    Unquoted,
    Quoted,
    /// Behind a quote inside quotes: the end of them, or the first of two that stand for one.
    QuoteInQuotes,
}

impl Place {
    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::QuoteInQuotes,
            (Self::FieldStart | Self::QuoteInQuotes, b'"') | (Self::Quoted, _) => Self::Quoted,
            (_, b',' | b'\n') => Self::FieldStart,
            _ => Self::Unquoted,
        }
    }
}

enum Found {
    Nothing,
    Record { length: usize, lines: u64 },
    Broken(Broken),
}

impl Found {
    fn fit(length: usize, lines: u64, otherwise: Broken) -> Self {
        if length <= LONGEST + 2 { Self::Record { length, lines } } else { Self::Broken(otherwise) }
    }
}

/// Without the line end.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives a few bytes at a time, as a pipe does.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            let (now, later) = self.0.split_at(count);
            buffer[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    type Seen = Vec<(u64, Result<Vec<u8>, Broken>)>;

    fn all(text: &[u8], quotes: Quotes, portion: usize) -> (Seen, u64, u64) {
        let mut records = Records::new(Slow(text, portion), quotes, 0, 0);
        let mut seen = Vec::new();
        while let Some(record) = records.next().unwrap() {
            seen.push((record.line, record.bytes.map(<[u8]>::to_vec)));
        }
        (seen, records.offset(), records.line())
    }

    #[test]
    fn records_are_found_whatever_the_line_ends_and_portions() {
        for portion in [1, 3, 1000] {
            let (seen, offset, line) = all(b"a,b\r\n\r\n\"c\n\"\"d\",e\nf", Quotes::Hold, portion);
            let expected = [(1, Ok(b"a,b".to_vec())), (3, Ok(b"\"c\n\"\"d\",e".to_vec())), (5, Ok(b"f".to_vec()))];
            assert_eq!((seen.as_slice(), offset, line), (&expected[..], 18, 5));
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_in_bounded_memory() {
        let text = [b"ok\n".as_slice(), &vec![b'x'; 3 << 20], b"\nafter\n"].concat();
        let mut records = Records::new(&text[..], Quotes::Plain, 0, 0);
        assert_eq!(records.next().unwrap().unwrap().line, 1);
        assert_eq!(records.next().unwrap().unwrap(), Record { line: 2, bytes: Err(Broken::TooLong) });
        assert_eq!(records.next().unwrap().unwrap(), Record { line: 3, bytes: Ok(b"after") });
        assert!(records.next().unwrap().is_none());
        assert_eq!(records.offset(), text.len() as u64);
        assert!(records.buffer.capacity() < 8 * LONGEST, "{}", records.buffer.capacity());
    }

    #[test]
    fn a_stray_quote_costs_one_line() {
        let text = [b"a,\"b\n".as_slice(), &b"c,d\n".repeat(30_000)].concat();
        let (seen, ..) = all(&text, Quotes::Hold, 10_000);
        assert_eq!(seen[0], (1, Err(Broken::OpenQuote)));
        assert_eq!(
            (seen.len(), &seen[1], &seen[30_000]),
            (30_001, &(2, Ok(b"c,d".to_vec())), &(30_001, Ok(b"c,d".to_vec())))
        );
        let (seen, ..) = all(b"a,b\"c\nc,d", Quotes::Hold, 10_000);
        assert_eq!(seen.len(), 2, "a quote within a field is a character");
        let (seen, ..) = all(b"a,\"b\nc,d", Quotes::Hold, 10_000);
        assert_eq!(seen, [(1, Err(Broken::OpenQuote)), (2, Ok(b"c,d".to_vec()))]);
    }

    #[test]
    fn the_longest_record_fits() {
        let text = [vec![b'x'; LONGEST].as_slice(), b"\r\n", &vec![b'x'; LONGEST + 3], b"\n"].concat();
        let (seen, ..) = all(&text, Quotes::Plain, 5000);
        assert_eq!(seen[0].1.as_ref().map(Vec::len), Ok(LONGEST));
        assert_eq!(seen[1].1, Err(Broken::TooLong));
    }

    proptest! {
        /// What a resumed import stands on: a place between two records is enough to go on from.
        #[test]
        fn reading_on_from_between_two_records_gives_the_rest(
            text in "([a\",\r]{0,4}\n){0,12}[a\",]{0,4}",
            portion in 1..9usize,
            quotes in prop_oneof![Just(Quotes::Hold), Just(Quotes::Plain)],
        ) {
            let (whole, ..) = all(text.as_bytes(), quotes, 1000);
            let mut records = Records::new(Slow(text.as_bytes(), portion), quotes, 0, 0);
            for seen in 0..=whole.len() {
                let from = usize::try_from(records.offset()).unwrap();
                let mut rest = Records::new(&text.as_bytes()[from..], quotes, records.offset(), records.line());
                for (line, bytes) in &whole[seen..] {
                    let record = rest.next().unwrap().unwrap();
                    prop_assert_eq!((record.line, record.bytes.map(<[u8]>::to_vec)), (*line, bytes.clone()));
                }
                prop_assert_eq!(rest.next().unwrap(), None);
                prop_assert_eq!(rest.offset(), text.len() as u64);
                records.next().unwrap();
            }
        }

        #[test]
        fn no_bytes_panic(bytes in any::<Vec<u8>>(), portion in 1..9usize) {
            let _ = all(&bytes, Quotes::Hold, portion);
        }
    }
}
