//! The same JSON as other libraries write it: separators, order of members, escapes.

use std::borrow::Cow;

use crate::json::{Found, JsonError, MAX_DEPTH, Reader, Value};

/// Longest body that is written anew.
pub(crate) const LONGEST: usize = 256 * 1024;

/// How the values are set apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// No blanks: Go, Node, Java.
    Compact,
    /// `", "` and `": "`: Python.
    Spaced,
    /// One member a line, indented by so many blanks.
    Pretty(usize),
}

/// How strings are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escapes {
    /// As UTF-8: Node, Python with `ensure_ascii=False`.
    Fewest,
    /// `\uXXXX` beyond ASCII: Python.
    Ascii,
    /// `<`, `>`, `&` escaped: Go.
    Html,
    /// `<`, `>`, `&`, `=`, `'` escaped: Gson.
    Gson,
}

/// A JSON text taken apart. Scalars other than strings stay as written.
pub(crate) enum Node<'a> {
    Scalar(&'a str),
    Text(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

/// Takes a body apart; `None` when it is no JSON, or too long.
pub(crate) fn parse(body: &[u8]) -> Option<Node<'_>> {
    if body.len() > LONGEST {
        return None;
    }
    let mut reader = Reader::new(body).ok()?;
    let node = node(&mut reader, MAX_DEPTH).ok()?;
    reader.end().ok()?;
    Some(node)
}

fn node<'a>(reader: &mut Reader<'a>, depth: u32) -> Result<Node<'a>, JsonError> {
    let depth = depth.checked_sub(1).ok_or(JsonError::TooDeep)?;
    if reader.is_object() {
        let mut members = Vec::new();
        let found = reader.object(|reader, name| {
            let name = name.decode().unwrap_or_default();
            members.push((name, node(reader, depth)?));
            Ok(())
        })?;
        return Ok(match found {
            Found::Object(()) => Node::Object(members),
            _ => Node::Scalar("null"),
        });
    }
    if reader.is_array() {
        let mut items = Vec::new();
        reader.array(|reader| {
            items.push(node(reader, depth)?);
            Ok(())
        })?;
        return Ok(Node::Array(items));
    }
    Ok(match reader.value()? {
        Value::Bool(true) => Node::Scalar("true"),
        Value::Bool(false) => Node::Scalar("false"),
        Value::Number(number) => Node::Scalar(number),
        Value::Text(text) => Node::Text(text.decode().unwrap_or_default()),
        Value::Null | Value::Array | Value::Object => Node::Scalar("null"),
    })
}

impl Node<'_> {
    /// Orders the members of every object by name.
    pub(crate) fn sort(&mut self) {
        match self {
            Self::Object(members) => {
                members.sort_by(|one, other| one.0.cmp(&other.0));
                for (_, value) in members {
                    value.sort();
                }
            }
            Self::Array(items) => items.iter_mut().for_each(Self::sort),
            Self::Scalar(_) | Self::Text(_) => {}
        }
    }

    /// Takes out the members that are null.
    pub(crate) fn drop_nulls(&mut self) {
        match self {
            Self::Object(members) => {
                members.retain(|(_, value)| !matches!(value, Self::Scalar("null")));
                for (_, value) in members {
                    value.drop_nulls();
                }
            }
            Self::Array(items) => items.iter_mut().for_each(Self::drop_nulls),
            Self::Scalar(_) | Self::Text(_) => {}
        }
    }

    /// The text in every layout with every kind of escapes, and what each is called.
    pub(crate) fn spellings(&self) -> impl Iterator<Item = (Layout, Escapes, String, Vec<u8>)> {
        const LAYOUTS: [(Layout, &str); 4] = [
            (Layout::Compact, "compact"),
            (Layout::Spaced, "\", \" \": \""),
            (Layout::Pretty(2), "indent 2"),
            (Layout::Pretty(4), "indent 4"),
        ];
        const ESCAPES: [(Escapes, &str); 4] = [
            (Escapes::Fewest, "UTF-8"),
            (Escapes::Ascii, "\\uXXXX"),
            (Escapes::Html, "\\u003c"),
            (Escapes::Gson, "\\u003d"),
        ];
        LAYOUTS.into_iter().flat_map(move |(layout, spacing)| {
            ESCAPES.into_iter().map(move |(escapes, escaping)| {
                (layout, escapes, format!("{spacing}, {escaping}"), self.write(layout, escapes))
            })
        })
    }

    /// Writes the text.
    pub(crate) fn write(&self, layout: Layout, escapes: Escapes) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_to(&mut out, layout, escapes, 0);
        out
    }

    fn write_to(&self, out: &mut Vec<u8>, layout: Layout, escapes: Escapes, level: usize) {
        match self {
            Self::Scalar(text) => out.extend_from_slice(text.as_bytes()),
            Self::Text(text) => write_text(out, text, escapes),
            Self::Array(items) => {
                out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    separate(out, layout, index, level);
                    item.write_to(out, layout, escapes, level + 1);
                }
                close(out, layout, items.is_empty(), level, b']');
            }
            Self::Object(members) => {
                out.push(b'{');
                for (index, (name, value)) in members.iter().enumerate() {
                    separate(out, layout, index, level);
                    write_text(out, name, escapes);
                    out.extend_from_slice(if layout == Layout::Compact { b":" } else { b": " });
                    value.write_to(out, layout, escapes, level + 1);
                }
                close(out, layout, members.is_empty(), level, b'}');
            }
        }
    }
}

fn separate(out: &mut Vec<u8>, layout: Layout, index: usize, level: usize) {
    if index > 0 {
        out.push(b',');
    }
    match layout {
        Layout::Pretty(width) => line(out, width * (level + 1)),
        Layout::Spaced if index > 0 => out.push(b' '),
        _ => {}
    }
}

fn close(out: &mut Vec<u8>, layout: Layout, empty: bool, level: usize, bracket: u8) {
    if let Layout::Pretty(width) = layout
        && !empty
    {
        line(out, width * level);
    }
    out.push(bracket);
}

fn line(out: &mut Vec<u8>, indent: usize) {
    out.push(b'\n');
    out.resize(out.len() + indent, b' ');
}

fn write_text(out: &mut Vec<u8>, text: &str, escapes: Escapes) {
    out.push(b'"');
    for letter in text.chars() {
        let escape = match (letter, escapes) {
            ('"', _) => "\\\"",
            ('\\', _) => "\\\\",
            ('\n', _) => "\\n",
            ('\r', _) => "\\r",
            ('\t', _) => "\\t",
            ('\u{8}', _) => "\\b",
            ('\u{c}', _) => "\\f",
            ('\0'..' ', _)
            | ('<' | '>' | '&' | '\u{2028}' | '\u{2029}', Escapes::Html | Escapes::Gson)
            | ('=' | '\'', Escapes::Gson) => {
                write_unit(out, letter as u16);
                continue;
            }
            (letter, Escapes::Ascii) if !letter.is_ascii() => {
                letter.encode_utf16(&mut [0; 2]).iter().for_each(|&unit| write_unit(out, unit));
                continue;
            }
            _ => {
                out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
        };
        out.extend_from_slice(escape.as_bytes());
    }
    out.push(b'"');
}

fn write_unit(out: &mut Vec<u8>, unit: u16) {
    out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
}
