//! The canonical request that both header signatures are made of, with things done wrong in it: method, path, query, header lines,
//! list, hash of the body.

use std::borrow::Cow;
use std::cell::OnceCell;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::header::HOST;

use super::pairs::{LeftOut, Pairs};
use super::query::{PairsChange, in_pairs, methods, wrong_spellings};
use super::reserialise;
use super::search::Tries;
use super::spelling::Spelling;
use super::{Mistake, hosts, words};
use crate::hex::{sha256_hex, unhex_all};
use crate::request::Request;

/// Where the vendors differ.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// Whether names in the header lines are in lower case, or as SignedHeaders has them.
    pub(crate) lower_names: bool,
    /// Whether several values of a header are sorted, or in the order of the wire.
    pub(crate) sorted_values: bool,
    /// The header with the hash of the body.
    pub(crate) body_hash: &'static str,
    /// The parameter with the token, and the vendor's own endpoints.
    pub(crate) token: &'static str,
    pub(crate) hosts: &'static [&'static str],
}

/// A canonical request in the making.
#[derive(Clone)]
pub(crate) struct Canonical<'a> {
    pub(crate) dialect: &'static Dialect,
    pub(crate) request: &'a Request<'a>,
    pub(crate) method: Cow<'a, str>,
    pub(crate) path: Cow<'a, str>,
    pub(crate) pairs: Pairs<'a>,
    /// The names of the header lines, and those of the list line.
    pub(crate) lines: Cow<'a, str>,
    pub(crate) listed: Cow<'a, str>,
    /// Stands in for the value of `host`.
    pub(crate) host: Option<Cow<'a, [u8]>>,
    instead: Option<(&'static str, Vec<u8>)>,
    writing: Writing,
    empty_line: bool,
    pub(crate) payload: Cow<'a, str>,
    /// The length of it, and its hash as long as nothing is changed.
    length: usize,
    hash: OnceCell<[u8; 32]>,
}

/// How the header lines are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writing {
    Right,
    BlankInFront,
    Titles,
    Upper,
    Lower,
    /// Runs of white space in a value as one blank.
    Collapsed,
    /// The word `null` for an empty value.
    NullForEmpty,
}

/// One thing done wrong.
pub(crate) enum Change {
    Method(String),
    Path(&'static str),
    Pairs(PairsChange),
    Spelling(Spelling),
    /// Other names in the lines, and in the list line.
    Lines(Option<String>, Option<String>),
    Host(String),
    Instead(&'static str, Vec<u8>),
    Writing(Writing),
    NoEmptyLine,
    Payload(String),
}

impl<'a> Canonical<'a> {
    /// The right one: query and list as they are.
    pub(crate) fn new(
        dialect: &'static Dialect,
        request: &'a Request<'a>,
        pairs: Pairs<'a>,
        signed_headers: &'a str,
        host: Option<&'a [u8]>,
        payload: String,
    ) -> Self {
        let mut right = Self {
            dialect,
            request,
            method: Cow::Borrowed(request.method),
            path: Cow::Borrowed("/"),
            pairs,
            lines: Cow::Borrowed(signed_headers),
            listed: Cow::Borrowed(signed_headers),
            host: host.map(Cow::Borrowed),
            instead: None,
            writing: Writing::Right,
            empty_line: true,
            payload: Cow::Owned(payload),
            length: 0,
            hash: OnceCell::new(),
        };
        let mut length = 0;
        right.write(&mut |piece| length += piece.len());
        right.length = length;
        right.hash();
        right
    }

    pub(crate) fn apply(&mut self, change: &Change) {
        self.hash = OnceCell::new();
        match change {
            Change::Method(method) => self.method = Cow::Owned(method.clone()),
            Change::Path(path) => self.path = Cow::Borrowed(path),
            Change::Pairs(change) => change.apply(&mut self.pairs),
            Change::Spelling(spelling) => self.pairs.spelling = *spelling,
            Change::Lines(lines, listed) => {
                if let Some(lines) = lines {
                    self.lines = Cow::Owned(lines.clone());
                }
                if let Some(listed) = listed {
                    self.listed = Cow::Owned(listed.clone());
                }
            }
            Change::Host(host) => self.host = Some(Cow::Owned(host.clone().into_bytes())),
            Change::Instead(name, value) => self.instead = Some((name, value.clone())),
            Change::Writing(writing) => self.writing = *writing,
            Change::NoEmptyLine => self.empty_line = false,
            Change::Payload(payload) => self.payload = Cow::Owned(payload.clone()),
        }
    }

    /// The SHA-256 of it.
    pub(crate) fn hash(&self) -> &[u8; 32] {
        self.hash.get_or_init(|| {
            let mut hash = digest::Context::new(&digest::SHA256);
            self.write(&mut |piece| hash.update(piece));
            let mut out = [0; 32];
            out.copy_from_slice(hash.finish().as_ref());
            out
        })
    }

    /// About how many bytes it costs to know the hash.
    pub(crate) fn cost(&self) -> usize {
        if self.hash.get().is_some() { 0 } else { self.length }
    }

    /// How long it is.
    pub(crate) const fn length(&self) -> usize {
        self.length
    }

    pub(crate) fn write(&self, put: &mut dyn FnMut(&[u8])) {
        for piece in [&self.method, "\n", &self.path, "\n"] {
            put(piece.as_bytes());
        }
        self.pairs.write(put);
        put(b"\n");
        // An empty list is an empty line: in a presigned call only.
        if self.lines.is_empty() {
            put(b"\n");
        }
        for name in self.lines.split(';').filter(|name| !name.is_empty()) {
            put(self.name(name).as_bytes());
            put(if self.writing == Writing::BlankInFront { b": " } else { b":" });
            let value = self.value(name);
            put(if value.is_empty() && self.writing == Writing::NullForEmpty { b"null" } else { &value });
            put(b"\n");
        }
        if self.empty_line {
            put(b"\n");
        }
        put(self.listed.as_bytes());
        put(b"\n");
        put(self.payload.as_bytes());
    }

    fn name<'n>(&self, name: &'n str) -> Cow<'n, str> {
        match self.writing {
            Writing::Titles => Cow::Owned(title(name)),
            Writing::Upper => Cow::Owned(name.to_ascii_uppercase()),
            Writing::Lower => Cow::Owned(name.to_ascii_lowercase()),
            _ if self.dialect.lower_names => Cow::Owned(name.to_ascii_lowercase()),
            _ => Cow::Borrowed(name),
        }
    }

    fn value(&self, name: &str) -> Vec<u8> {
        if let Some((_, value)) = self.instead.as_ref().filter(|(instead, _)| name.eq_ignore_ascii_case(instead)) {
            return value.clone();
        }
        if let Some(host) = self.host.as_ref().filter(|_| name.eq_ignore_ascii_case(HOST.as_str())) {
            return host.trim_ascii().to_vec();
        }
        let trimmed = |value: &HeaderValue| value.as_bytes().trim_ascii().to_vec();
        let mut values: Vec<Vec<u8>> = self.request.headers.get_all(name).iter().map(trimmed).collect();
        if self.dialect.sorted_values {
            values.sort_unstable();
        }
        let value = values.join(&b',');
        if self.writing != Writing::Collapsed {
            return value;
        }
        value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(&b' ')
    }
}

/// `Xxxx-Xxxx`.
fn title(name: &str) -> String {
    let mut first = true;
    let letters = name.chars().map(|letter| {
        let letter = if first { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
        first = letter == '-';
        letter
    });
    letters.collect()
}

/// Everything that is known to be done wrong in a canonical request, the likely ones first.
pub(crate) fn tries<C>(
    tries: &mut Tries<C>,
    right: &Canonical<'_>,
    stands_in: Option<&[u8]>,
    change: impl Fn(Change) -> C,
) {
    bodies(tries, right, &change);
    let listed = |name: &str| right.listed.split(';').any(|listed| listed.eq_ignore_ascii_case(name));
    if listed(HOST.as_str()) {
        for (mistake, host, common) in hosts::others(right.request, stands_in, right.dialect.hosts) {
            let detail = hosts::shown(&host);
            if common {
                tries.common(mistake, detail, change(Change::Host(host)));
            } else {
                tries.add(mistake, detail, change(Change::Host(host)));
            }
        }
    }
    methods(tries, right.request.method, |method| change(Change::Method(method)));
    query(tries, right, &change);
    lines(tries, right, &change);
    values(tries, &listed, &change);
}

/// So many bytes of a body are hashed again and again.
const MOST_BODY: usize = 1 << 20;

fn bodies<C>(tries: &mut Tries<C>, right: &Canonical<'_>, change: &impl Fn(Change) -> C) {
    let body = right.request.body;
    let hash = &*right.payload;
    let claimed = right.request.headers.get(right.dialect.body_hash).and_then(|claimed| claimed.to_str().ok());
    let payload = |text: &str| change(Change::Payload(text.to_owned()));
    if let Some(claimed) = claimed.map(str::trim_ascii).filter(|claimed| *claimed != hash) {
        tries.common(&words::BODY_CHANGED, "", payload(claimed));
    }
    let hashed = |text: &[u8]| payload(&sha256_hex(text));
    if hash != sha256_hex(b"") {
        tries.common(&words::BODY_LEFT_OUT, "sha256(\"\")", hashed(b""));
    }
    tries.common(&words::BODY_LEFT_OUT, "\"\"", payload(""));
    tries.common(&words::BODY_LEFT_OUT, "UNSIGNED-PAYLOAD", payload("UNSIGNED-PAYLOAD"));
    tries.add(&words::BODY_LEFT_OUT, "sha256(\"{}\")", hashed(b"{}"));
    tries.add(&words::PAYLOAD_FORM, "SHA256 (ABCDEF)", payload(&hash.to_ascii_uppercase()));
    tries.common(&words::PAYLOAD_FORM, "sha256 + \"\\n\"", payload(&format!("{hash}\n")));
    if let Some(bytes) = unhex_all(hash.as_bytes()) {
        tries.add(&words::PAYLOAD_FORM, "base64(sha256)", payload(&STANDARD.encode(bytes)));
    }
    if body.is_empty() || body.len() > MOST_BODY {
        return;
    }
    if body.len() <= 4096 {
        tries.add(&words::BODY_LEFT_OUT, "body", payload(&String::from_utf8_lossy(body)));
    }
    line_ends(tries, &words::BODY_LINE_END, body, &hashed);
    reserialised(tries, body, &hashed);
}

/// A body with other line ends; gives the one that has bare line feeds.
pub(crate) fn line_ends<C>(
    tries: &mut Tries<C>,
    mistake: &'static Mistake,
    body: &[u8],
    hashed: &impl Fn(&[u8]) -> C,
) -> Vec<u8> {
    tries.common(mistake, "body + \"\\n\"", hashed(&[body, b"\n"].concat()));
    let bare = body.trim_ascii_end();
    if bare.len() < body.len() {
        tries.common(mistake, "trim(body)", hashed(bare));
    }
    let unix: Vec<u8> = body.iter().copied().filter(|&byte| byte != b'\r').collect();
    if unix.len() < body.len() {
        tries.add(mistake, "\\r\\n -> \\n", hashed(&unix));
    }
    unix
}

/// A JSON body as other libraries write it. Only a short one is written again.
fn reserialised<C>(tries: &mut Tries<C>, body: &[u8], hashed: &impl Fn(&[u8]) -> C) {
    for (sorted, order) in [(false, ""), (true, ", sorted keys")] {
        let Some(mut node) = reserialise::parse(body) else { return };
        if sorted {
            node.sort();
        }
        for (_, _, spelling, again) in node.spellings() {
            if again != body {
                tries.add(&words::BODY_RESERIALISED, format!("{spelling}{order}"), hashed(&again));
            }
        }
    }
}

fn query<C>(tries: &mut Tries<C>, right: &Canonical<'_>, change: &impl Fn(Change) -> C) {
    let pieces = right.pairs.pieces;
    let pairs = |pairs: PairsChange| change(Change::Pairs(pairs));
    if pieces.iter().all(|piece| piece.in_body) {
        return;
    }
    tries.common(&words::QUERY_LEFT_OUT, "", pairs(PairsChange::LeftOut(LeftOut::All)));
    for (mistake, detail, spelling) in wrong_spellings(pieces) {
        tries.common(mistake, detail, change(Change::Spelling(spelling)));
    }
    in_pairs(tries, pieces, right.dialect.token, pairs);
    // The query as it stands in the URL is raw and in its order at once.
    if pieces.iter().any(|piece| piece.raw_value != piece.value) {
        tries.common(&words::SIGNED_RAW, "", pairs(PairsChange::RawAsSent));
    }
}

fn lines<C>(tries: &mut Tries<C>, right: &Canonical<'_>, change: &impl Fn(Change) -> C) {
    let signed_headers = &*right.listed;
    if signed_headers.is_empty() {
        return;
    }
    tries.common(&words::EMPTY_LINE, "", change(Change::NoEmptyLine));
    tries.add(&words::VALUES_BLANK, "name: value", change(Change::Writing(Writing::BlankInFront)));
    for (detail, writing) in
        [("Xxxx-Xxxx", Writing::Titles), ("XXXX-XXXX", Writing::Upper), ("xxxx-xxxx", Writing::Lower)]
    {
        tries.add(&words::NAMES_CASE, detail, change(Change::Writing(writing)));
    }
    let names: Vec<&str> = signed_headers.split(';').collect();
    let mut sorted = names.clone();
    sorted.sort_unstable_by_key(|name| name.to_ascii_lowercase());
    let sorted = sorted.join(";");
    if sorted != signed_headers {
        for (lines, listed) in [(true, true), (true, false), (false, true)] {
            let lines = Change::Lines(lines.then(|| sorted.clone()), listed.then(|| sorted.clone()));
            tries.add(&words::LIST_ORDER, "a;b;c", change(lines));
        }
    }
    let lower = signed_headers.to_ascii_lowercase();
    if lower != signed_headers {
        for lines in [None, Some(lower.clone())] {
            tries.add(&words::NAMES_CASE, "xxxx-xxxx", change(Change::Lines(lines, Some(lower.clone()))));
        }
    }
    let absent = |name: &&&str| !name.is_empty() && !right.request.headers.contains_key(**name);
    for name in names.iter().filter(absent).take(8) {
        // It may be listed without a line, or be a header that the client set and something took off.
        let without = names.iter().filter(|other| *other != name).copied().collect::<Vec<_>>().join(";");
        tries.add(&words::HEADER_ABSENT, shown(&[name]), change(Change::Lines(Some(without), None)));
    }
}

/// Values of signed headers that a proxy or a library is known to rewrite.
fn values<C>(tries: &mut Tries<C>, listed: &impl Fn(&str) -> bool, change: &impl Fn(Change) -> C) {
    const USUAL: &[(&str, &[&str])] = &[
        (
            "content-type",
            &[
                "application/json",
                "application/json; charset=utf-8",
                "application/json;charset=utf-8",
                "application/json; charset=UTF-8",
                "application/json;charset=UTF-8",
                "application/x-www-form-urlencoded",
                "application/x-www-form-urlencoded; charset=utf-8",
                "application/x-www-form-urlencoded;charset=utf-8",
                "application/x-www-form-urlencoded; charset=UTF-8",
                "",
            ],
        ),
        ("accept", &["application/json", "*/*", ""]),
        ("accept-encoding", &["gzip", "gzip, deflate", "identity", ""]),
        ("connection", &["keep-alive", "close", ""]),
        ("user-agent", &[""]),
    ];
    for (name, values) in USUAL.iter().filter(|(name, _)| listed(name)) {
        for value in *values {
            let detail = format!("{name}:{value}");
            tries.add(&words::HEADER_ALTERED, detail, change(Change::Instead(name, value.as_bytes().to_vec())));
        }
    }
}

/// Header names of a stranger's as they may be shown.
pub(crate) fn shown(names: &[&str]) -> String {
    names.iter().take(8).map(|name| name.chars().take(64).collect::<String>()).collect::<Vec<_>>().join(", ")
}
