//! A canonical query with things done wrong in it: order, spelling, what is left out, what stands in place of a value.

use std::borrow::Cow;

use super::spelling::Spelling;

/// One parameter as it arrived and as it was meant.
pub(crate) struct Piece<'a> {
    /// Bytes of the wire.
    pub(crate) raw_name: Cow<'a, [u8]>,
    /// Bytes of the wire.
    pub(crate) raw_value: Cow<'a, [u8]>,
    /// Decoded.
    pub(crate) name: Cow<'a, [u8]>,
    /// Decoded.
    pub(crate) value: Cow<'a, [u8]>,
    /// Whether it stood in the body.
    pub(crate) in_body: bool,
}

/// In which order the parameters stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// By the bytes of the names.
    ByName,
    /// By the bytes of the names, then of the values.
    ByNameAndValue,
    /// As on the wire.
    AsSent,
    /// By name, capitals and small letters alike.
    CaseIgnored,
}

/// What is taken for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Values {
    /// The decoded one.
    Decoded,
    /// The bytes of the wire.
    Raw,
    /// The decoded one, decoded again: it was sent encoded twice.
    DecodedTwice,
    /// The decoded one with blanks turned to `+`: it was sent with a bare `+`.
    BlanksAsPlus,
    /// White space at both ends taken off.
    Trimmed,
    /// Line ends taken off.
    WithoutLineEnds,
}

/// What is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LeftOut {
    /// Parameters of this name.
    Name(String),
    /// Parameters of the body.
    Body,
    /// Parameters of the query.
    Query,
    /// Empty ones.
    Empty,
    /// All.
    All,
}

/// A canonical query in the making.
#[derive(Clone)]
pub(crate) struct Pairs<'a> {
    pub(crate) pieces: &'a [Piece<'a>],
    /// Whether parameters of the body belong to it.
    pub(crate) with_body: bool,
    pub(crate) order: Order,
    pub(crate) spelling: Spelling,
    /// How often names and values are encoded.
    pub(crate) times: u8,
    pub(crate) values: Values,
    pub(crate) left_out: Option<LeftOut>,
    /// Another value of a name.
    pub(crate) instead: Option<(Cow<'static, str>, String)>,
    /// A name with an empty value that the client did not send.
    pub(crate) added: Option<&'static str>,
    /// Whether an empty value has its `=`.
    pub(crate) equals: bool,
}

impl<'a> Pairs<'a> {
    /// The right one.
    pub(crate) const fn new(pieces: &'a [Piece<'a>], with_body: bool) -> Self {
        Self {
            pieces,
            with_body,
            order: Order::ByName,
            spelling: Spelling::Right,
            times: 1,
            values: Values::Decoded,
            left_out: None,
            instead: None,
            added: None,
            equals: true,
        }
    }

    /// Writes it.
    pub(crate) fn write(&self, put: &mut dyn FnMut(&[u8])) {
        let mut chosen: Vec<(&[u8], Cow<'_, [u8]>)> =
            self.pieces.iter().filter(|piece| self.takes(piece)).map(|piece| self.pair(piece)).collect();
        chosen.extend(self.added.map(|name| (name.as_bytes(), Cow::Borrowed(&b""[..]))));
        match self.order {
            Order::AsSent => {}
            Order::ByName => chosen.sort_by(|one, other| one.0.cmp(other.0)),
            Order::ByNameAndValue => chosen.sort(),
            Order::CaseIgnored => chosen.sort_by_key(|(name, _)| name.to_ascii_lowercase()),
        }
        for (index, (name, value)) in chosen.iter().enumerate() {
            if index > 0 {
                put(b"&");
            }
            self.spell(name, put);
            if self.equals || !value.is_empty() {
                put(b"=");
            }
            self.spell(value, put);
        }
    }

    fn takes(&self, piece: &Piece<'_>) -> bool {
        (self.with_body || !piece.in_body)
            && match &self.left_out {
                None => true,
                Some(LeftOut::Name(name)) => *piece.name != *name.as_bytes(),
                Some(LeftOut::Body) => !piece.in_body,
                Some(LeftOut::Query) => piece.in_body,
                Some(LeftOut::Empty) => !piece.value.is_empty(),
                Some(LeftOut::All) => false,
            }
    }

    fn pair<'p>(&'p self, piece: &'p Piece<'_>) -> (&'p [u8], Cow<'p, [u8]>) {
        if let Some((_, value)) = self.instead.as_ref().filter(|(name, _)| *piece.name == *name.as_bytes()) {
            return (&piece.name, Cow::Borrowed(value.as_bytes()));
        }
        let value: &[u8] = &piece.value;
        match self.values {
            Values::Decoded => (&piece.name, Cow::Borrowed(value)),
            Values::Raw => (&piece.raw_name, Cow::Borrowed(&piece.raw_value)),
            Values::DecodedTwice => (&piece.name, Cow::Owned(decoded(value))),
            Values::BlanksAsPlus => (&piece.name, Cow::Owned(replaced(value, b' ', b'+'))),
            Values::Trimmed => (&piece.name, Cow::Borrowed(value.trim_ascii())),
            Values::WithoutLineEnds => {
                (&piece.name, Cow::Owned(value.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect()))
            }
        }
    }

    fn spell(&self, text: &[u8], put: &mut dyn FnMut(&[u8])) {
        if self.values == Values::Raw {
            put(text);
            return;
        }
        match self.times {
            0 => put(text),
            1 => self.spelling.write(text, put),
            _ => self.spelling.write(text, &mut |piece| self.spelling.write(piece, put)),
        }
    }
}

fn replaced(text: &[u8], from: u8, to: u8) -> Vec<u8> {
    text.iter().map(|&byte| if byte == from { to } else { byte }).collect()
}

/// `%XX` once; what is no escape stays.
pub(crate) fn decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        rest = after;
        if let (b'%', [high, low, behind @ ..]) = (first, after)
            && let (Some(high), Some(low)) = (char::from(*high).to_digit(16), char::from(*low).to_digit(16))
        {
            // Two hexadecimal digits are a byte.
            out.push(u8::try_from(high * 16 + low).unwrap_or_default());
            rest = behind;
        } else {
            out.push(*first);
        }
    }
    out
}
