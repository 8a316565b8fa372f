//! What is done wrong in a canonical query and in a method, whatever the signature.

use std::borrow::Cow;

use super::pairs::{LeftOut, Order, Pairs, Piece, Values};
use super::search::Tries;
use super::spelling::Spelling;
use super::{Mistake, shown_name, words as shared};

/// What is done wrong in a canonical query.
#[derive(Clone)]
pub(crate) enum PairsChange {
    Order(Order),
    Times(u8),
    Values(Values),
    LeftOut(LeftOut),
    Instead(&'static str, String),
    Added(&'static str),
    NoEquals,
    WithBody,
    /// The text of the URL.
    RawAsSent,
}

impl PairsChange {
    pub(crate) fn apply(&self, pairs: &mut Pairs<'_>) {
        match self {
            Self::Order(order) => pairs.order = *order,
            Self::Times(times) => pairs.times = *times,
            Self::Values(values) => pairs.values = *values,
            Self::LeftOut(left_out) => pairs.left_out = Some(left_out.clone()),
            Self::Instead(name, value) => pairs.instead = Some((Cow::Borrowed(name), value.clone())),
            Self::Added(name) => pairs.added = Some(name),
            Self::NoEquals => pairs.equals = false,
            Self::WithBody => pairs.with_body = true,
            Self::RawAsSent => {
                pairs.values = Values::Raw;
                pairs.order = Order::AsSent;
            }
        }
    }
}

/// Other methods than the one that came.
pub(crate) fn methods<C>(tries: &mut Tries<C>, method: &str, change: impl Fn(String) -> C) {
    for (index, other) in ["GET", "POST"].into_iter().filter(|other| *other != method).enumerate() {
        if index == 0 {
            tries.common(&shared::METHOD, other, change(other.to_owned()));
        } else {
            tries.add(&shared::METHOD, other, change(other.to_owned()));
        }
    }
    for other in [method.to_ascii_lowercase(), "get".to_owned(), "post".to_owned()] {
        if other != method {
            tries.add(&shared::METHOD, other.clone(), change(other));
        }
    }
}

/// The wrong spellings that show in these parameters, with the libraries that have them.
pub(crate) fn wrong_spellings(pieces: &[Piece<'_>]) -> Vec<(&'static Mistake, &'static str, Spelling)> {
    const ALL: [(&Mistake, &str, Spelling); 9] = [
        (&shared::FORM_ENCODED, "URLEncoder.encode", Spelling::Form),
        (&shared::BLANK_PLUS, "quote_plus, QueryEscape", Spelling::BlankAsPlus),
        (&shared::MARKS_KEPT, "encodeURIComponent", Spelling::Script),
        (&shared::SLASH_KEPT, "", Spelling::SlashKept),
        (&shared::STAR_KEPT, "URLEncoder", Spelling::StarKept),
        (&shared::TILDE_ENCODED, "URLEncoder, urlencode", Spelling::TildeEncoded),
        (&shared::FORM_ENCODED, "urlencode", Spelling::Php),
        (&shared::LOWER_ESCAPES, "", Spelling::Lower),
        (&shared::FORM_ENCODED, "HttpUtility.UrlEncode", Spelling::DotNet),
    ];
    let texts = || pieces.iter().flat_map(|piece| [&*piece.name, &*piece.value]);
    let has = |byte: u8| texts().any(|text| text.contains(&byte));
    let (blank, star, tilde) = (has(b' '), has(b'*'), has(b'~'));
    let marks = b"!'()".iter().any(|&mark| has(mark));
    ALL.into_iter()
        .filter(|(_, _, spelling)| texts().any(|text| spelling.differs_for(text)))
        // A spelling that shows in one character only is told by that character.
        .map(|(mistake, detail, spelling)| match spelling {
            Spelling::Form | Spelling::Php if blank && !tilde && !(star && spelling == Spelling::Form) => {
                (&shared::BLANK_PLUS, detail, spelling)
            }
            Spelling::Form | Spelling::Php if tilde && !blank && !(star && spelling == Spelling::Form) => {
                (&shared::TILDE_ENCODED, detail, spelling)
            }
            Spelling::Form if star && !blank && !tilde => (&shared::STAR_KEPT, detail, spelling),
            Spelling::Script if !marks => (&shared::STAR_KEPT, detail, spelling),
            _ => (mistake, detail, spelling),
        })
        .collect()
}

/// What is done wrong in a canonical query, whatever it is for. `token` is the parameter with the token.
pub(crate) fn in_pairs<C>(
    tries: &mut Tries<C>,
    pieces: &[Piece<'_>],
    token: &'static str,
    change: impl Fn(PairsChange) -> C,
) {
    let any = |test: &dyn Fn(&Piece<'_>) -> bool| pieces.iter().any(test);
    if any(&|piece| piece.raw_value != piece.value || piece.raw_name != piece.name) {
        tries.common(&shared::SIGNED_RAW, "", change(PairsChange::Values(Values::Raw)));
    }
    // Before the next: a value that was sent encoded twice is signed as it stands here without encoding.
    if any(&|piece| piece.value.contains(&b'%')) {
        tries.common(&shared::SENT_TWICE, "", change(PairsChange::Values(Values::DecodedTwice)));
    }
    if any(&|piece| Spelling::Nothing.differs_for(&piece.value)) {
        tries.common(&shared::NOT_ENCODED, "", change(PairsChange::Times(0)));
        tries.common(&shared::ENCODED_TWICE, "", change(PairsChange::Times(2)));
    }
    if any(&|piece| piece.value.contains(&b' ')) {
        tries.common(&shared::PLUS_LOST, "", change(PairsChange::Values(Values::BlanksAsPlus)));
    }
    if any(&|piece| piece.value.is_empty()) {
        tries.common(&shared::EMPTY_DROPPED, "", change(PairsChange::LeftOut(LeftOut::Empty)));
        tries.add(&shared::EMPTY_BARE, "", change(PairsChange::NoEquals));
    }
    if any(&|piece| *piece.name == *token.as_bytes()) {
        let left_out = LeftOut::Name(token.to_owned());
        tries.common(&shared::TOKEN_NOT_SIGNED, token, change(PairsChange::LeftOut(left_out)));
    }
    if !pieces.is_sorted_by(|one, other| one.name <= other.name) {
        tries.common(&shared::NOT_SORTED, "as sent", change(PairsChange::Order(Order::AsSent)));
    }
    tries.add(&shared::NOT_SORTED, "a = A", change(PairsChange::Order(Order::CaseIgnored)));
    if any(&|piece| piece.value.trim_ascii().len() < piece.value.len()) {
        tries.add(&shared::VALUES_TRIMMED, "at the ends", change(PairsChange::Values(Values::Trimmed)));
    }
    if any(&|piece| piece.value.contains(&b'\n')) {
        tries.add(&shared::VALUES_TRIMMED, "\\r \\n", change(PairsChange::Values(Values::WithoutLineEnds)));
    }
    for piece in pieces.iter().take(MOST_NAMES) {
        let name = String::from_utf8_lossy(&piece.name).into_owned();
        if name != token {
            tries.add(
                &shared::NOT_SIGNED,
                shown_name(&piece.name).to_owned(),
                change(PairsChange::LeftOut(LeftOut::Name(name.clone()))),
            );
        }
    }
}

/// Most parameters of which each is left out once.
const MOST_NAMES: usize = 48;
