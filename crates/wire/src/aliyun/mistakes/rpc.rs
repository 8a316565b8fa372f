//! The RPC signature with things done wrong in it.

use std::borrow::Cow;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::{Candidate, Finding, pieces, words};
use crate::aliyun::call::Unverified;
use crate::aliyun::sign::{Hash, format_timestamp, parse_timestamp};
use crate::diagnosis::pairs::{LeftOut, Order, Pairs, Piece, Values, decoded};
use crate::diagnosis::search::{self, Tries};
use crate::diagnosis::spelling::Spelling;
use crate::diagnosis::{Mistake, dates, secrets, words as shared};

/// Everything an RPC signature is computed from, each word free.
#[derive(Clone)]
struct Attempt<'a> {
    given: &'a Given,
    hash: Hash,
    secret: Zeroizing<Vec<u8>>,
    behind_secret: &'static str,
    method: Cow<'a, str>,
    path: &'static str,
    pairs: Pairs<'a>,
    /// How the joined parameters are encoded, and how often.
    outer: Spelling,
    outer_times: u8,
    length: usize,
}

/// The signature that the client sent, however it wrote it.
struct Given {
    bytes: Vec<u8>,
    finding: Option<Finding>,
}

pub(super) enum Change {
    Secret(Zeroizing<Vec<u8>>),
    BehindSecret(&'static str),
    Method(String),
    Path(&'static str),
    Pairs(PairsChange),
    /// The joined parameters in the same wrong spelling as the values.
    Spelling(Spelling, Spelling),
    OuterTimes(u8),
}

/// What is done wrong in a canonical query, for both signatures.
#[derive(Clone)]
pub(super) enum PairsChange {
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
    pub(super) fn apply(&self, pairs: &mut Pairs<'_>) {
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

impl search::Attempt for Attempt<'_> {
    type Change = Change;

    fn apply(&mut self, change: &Change) {
        match change {
            Change::Secret(secret) => self.secret.clone_from(secret),
            Change::BehindSecret(text) => self.behind_secret = text,
            Change::Method(method) => self.method = Cow::Owned(method.clone()),
            Change::Path(path) => self.path = path,
            Change::Pairs(change) => change.apply(&mut self.pairs),
            Change::Spelling(inner, outer) => {
                self.pairs.spelling = *inner;
                self.outer = *outer;
            }
            Change::OuterTimes(times) => self.outer_times = *times,
        }
    }

    fn gives(&self) -> bool {
        let key = Zeroizing::new([self.secret.as_slice(), self.behind_secret.as_bytes()].concat());
        let mut context = hmac::Context::with_key(&self.hash.key(&key));
        self.write(&mut |piece| context.update(piece));
        verify_slices_are_equal(context.sign().as_ref(), &self.given.bytes).is_ok()
    }

    fn cost(&self) -> usize {
        self.length
    }
}

impl Attempt<'_> {
    fn write(&self, put: &mut dyn FnMut(&[u8])) {
        put(self.method.as_bytes());
        put(b"&");
        put(self.path.as_bytes());
        put(b"&");
        match self.outer_times {
            0 => self.pairs.write(put),
            1 => self.pairs.write(&mut |piece| self.outer.write(piece, put)),
            _ => self.pairs.write(&mut |piece| self.outer.write(piece, &mut |piece| self.outer.write(piece, put))),
        }
    }
}

/// Looks for the mistakes that give the client's signature.
pub(super) fn search(
    call: &Unverified<'_>,
    hash: Hash,
    signature: &str,
    own: &Candidate<'_>,
    candidates: &[Candidate<'_>],
) -> Option<Vec<Finding>> {
    let given = given(signature)?;
    let pieces = pieces(call.opened());
    let mut plain = Attempt {
        given: &given,
        hash: if given.bytes.len() == 32 { Hash::Sha256 } else { Hash::Sha1 },
        secret: Zeroizing::new(own.secret.expose().as_bytes().to_vec()),
        behind_secret: "&",
        method: Cow::Borrowed(call.opened().request().method),
        path: "%2F",
        pairs: Pairs::new(&pieces, true),
        outer: Spelling::Right,
        outer_times: 1,
        length: 0,
    };
    let mut length = 0;
    plain.write(&mut |piece| length += piece.len());
    plain.length = length;
    let mut found: Vec<Finding> = given.finding.clone().into_iter().collect();
    if plain.hash != hash {
        found.push(words::ANOTHER_HASH.found(plain.hash.method()));
    }
    if !found.is_empty() && search::Attempt::gives(&plain) {
        return Some(found);
    }
    let tries = tries(call, &pieces, own, candidates);
    found.extend(search::search(&plain, &tries)?);
    Some(found)
}

/// A signature is as many bytes as its hash has; the form is what gives so many.
fn given(signature: &str) -> Option<Given> {
    let fit = |bytes: &Vec<u8>| matches!(bytes.len(), 20 | 32);
    let form = |detail: &'static str| Some(words::RPC_FORM.found(detail));
    let plain = STANDARD.decode(signature).ok();
    if let Some(bytes) = plain.clone().filter(fit) {
        return Some(Given { bytes, finding: None });
    }
    let decoded = decoded(signature.as_bytes());
    let unpadded = signature.trim_end_matches('=');
    let others: [(Option<Vec<u8>>, &'static str); 7] = [
        (unhex(signature.as_bytes()), "hexadecimal"),
        (plain.as_deref().and_then(unhex), "base64(hexadecimal)"),
        (STANDARD_NO_PAD.decode(unpadded).ok(), "base64 without ="),
        (URL_SAFE.decode(signature).or_else(|_| URL_SAFE_NO_PAD.decode(unpadded)).ok(), "base64 with - and _"),
        (STANDARD.decode(signature.replace(' ', "+")).ok(), "base64 with + sent as it is, which arrives as a blank"),
        (STANDARD.decode(&decoded).ok(), "percent-encoded twice"),
        (STANDARD.decode(signature.trim()).ok(), "base64 with white space around it"),
    ];
    others.into_iter().find_map(|(bytes, detail)| {
        let bytes = bytes.filter(fit)?;
        Some(Given { bytes, finding: form(detail) })
    })
}

pub(super) fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    pairs.collect()
}

fn tries(
    call: &Unverified<'_>,
    pieces: &[Piece<'_>],
    own: &Candidate<'_>,
    candidates: &[Candidate<'_>],
) -> Tries<Change> {
    let mut tries = Tries::new();
    tries.common(&words::NO_AMPERSAND, "", Change::BehindSecret(""));
    methods(&mut tries, call.opened().request().method, Change::Method);
    if pieces.iter().any(|piece| piece.in_body) {
        let body = Change::Pairs(PairsChange::LeftOut(LeftOut::Body));
        tries.common(&words::BODY_NOT_SIGNED, "", body);
        if pieces.iter().any(|piece| !piece.in_body) {
            let query = Change::Pairs(PairsChange::LeftOut(LeftOut::Query));
            tries.add(&shared::QUERY_LEFT_OUT, "", query);
        }
    }
    spellings(&mut tries, pieces);
    in_pairs(&mut tries, pieces, "SecurityToken", Change::Pairs);
    secrets::tries(&mut tries, own, candidates, Change::Secret);
    tries.common(&words::ONCE, "", Change::OuterTimes(0));
    tries.add(&words::THRICE, "", Change::OuterTimes(2));
    tries.common(&words::PATH_PLAIN, "/", Change::Path("/"));
    tries.add(&words::PATH_PLAIN, "\"\"", Change::Path(""));
    tries.add(&words::PATH_PLAIN, "%252F", Change::Path("%252F"));
    tries.add(&words::PATH_PLAIN, "%2f", Change::Path("%2f"));
    let signature = Change::Pairs(PairsChange::Added("Signature"));
    tries.add(&words::SIGNATURE_SIGNED, "", signature);
    for (text, detail) in [("%26", "secret%26"), ("&&", "secret&&"), ("& ", "secret& "), ("&\n", "secret&\\n")] {
        tries.add(&words::AMPERSAND_FORM, detail, Change::BehindSecret(text));
    }
    if let Some(signed_at) = parse_timestamp(call.timestamp()) {
        for (mistake, detail, moment) in dates::others(signed_at) {
            let change = PairsChange::Instead("Timestamp", format_timestamp(moment));
            tries.add(mistake, detail, Change::Pairs(change));
        }
    }
    tries
}

/// Other methods than the one that came.
pub(super) fn methods<C>(tries: &mut Tries<C>, method: &str, change: impl Fn(String) -> C) {
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
pub(super) fn wrong_spellings(pieces: &[Piece<'_>]) -> Vec<(&'static Mistake, &'static str, Spelling)> {
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

fn spellings(tries: &mut Tries<Change>, pieces: &[Piece<'_>]) {
    for (index, (mistake, detail, spelling)) in wrong_spellings(pieces).into_iter().enumerate() {
        let (inner, both) = (Change::Spelling(spelling, Spelling::Right), Change::Spelling(spelling, spelling));
        // The same function encodes the values and then all of it, or a right one does the second.
        if index < 4 {
            tries.common(mistake, detail, both);
            tries.common(mistake, detail, inner);
        } else {
            tries.add(mistake, detail, both);
            tries.add(mistake, detail, inner);
        }
    }
    tries.add(&shared::LOWER_ESCAPES, "", Change::Spelling(Spelling::Right, Spelling::Lower));
}

/// What is done wrong in a canonical query, whatever it is for. `token` is the parameter with the token.
pub(super) fn in_pairs<C>(
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
            tries.add(&shared::NOT_SIGNED, shown(&name), change(PairsChange::LeftOut(LeftOut::Name(name.clone()))));
        }
    }
}

/// Most parameters of which each is left out once.
const MOST_NAMES: usize = 48;

/// A stranger's name as it may be shown.
fn shown(name: &str) -> String {
    let fit = (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if fit { name.to_owned() } else { "(…)".to_owned() }
}
