//! ACS3 with things done wrong in it.

use std::borrow::Cow;
use std::cell::OnceCell;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::header::HOST;
use zeroize::Zeroizing;

use super::rpc::{PairsChange, in_pairs, methods, unhex, wrong_spellings};
use super::{Candidate, Finding, came, pieces, words};
use crate::aliyun::call::Unverified;
use crate::aliyun::canonical::{hex, sha256_hex};
use crate::aliyun::sign::{CONTENT_SHA256, DATE, Hash, TOKEN, format_timestamp, parse_timestamp};
use crate::diagnosis::pairs::{LeftOut, Pairs, Piece};
use crate::diagnosis::search::{self, Tries};
use crate::diagnosis::spelling::Spelling;
use crate::diagnosis::{dates, hosts, secrets, words as shared};
use crate::request::Request;

/// The vendor's own endpoints of this product.
const PUBLIC_HOSTS: [&str; 3] = ["domain.aliyuncs.com", "domain-intl.aliyuncs.com", "domain.aliyuncs.com:443"];

/// Everything a header signature is computed from, each word free.
#[derive(Clone)]
struct Attempt<'a> {
    request: &'a Request<'a>,
    given: &'a [u8],
    hash: Hash,
    secret: Zeroizing<Vec<u8>>,
    behind_secret: &'static str,
    label: &'static str,
    hashed: Hashed,
    method: Cow<'a, str>,
    path: &'static str,
    pairs: Pairs<'a>,
    /// The names of the header lines, and those of the list line.
    lines: Cow<'a, str>,
    listed: Cow<'a, str>,
    host: Option<Cow<'a, [u8]>>,
    instead: Option<(&'static str, Vec<u8>)>,
    writing: Writing,
    empty_line: bool,
    payload: Cow<'a, str>,
    /// The length of the canonical request, and the hash of it as long as nothing in it is changed.
    length: usize,
    canonical: OnceCell<[u8; 32]>,
}

/// How the hash of the canonical request stands in the string to sign.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hashed {
    Lower,
    Upper,
    /// The canonical request itself, without a hash.
    Text,
}

/// How the header lines are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writing {
    Right,
    BlankInFront,
    NamesAsTitles,
    NullForEmpty,
}

enum Change {
    Secret(Zeroizing<Vec<u8>>),
    BehindSecret(&'static str),
    Hash(Hash),
    Label(&'static str),
    Hashed(Hashed),
    Method(String),
    Path(&'static str),
    Pairs(PairsChange),
    Spelling(Spelling),
    Lines(Option<String>, Option<String>),
    Host(String),
    Instead(&'static str, Vec<u8>),
    Writing(Writing),
    NoEmptyLine,
    Payload(String),
}

impl search::Attempt for Attempt<'_> {
    type Change = Change;

    fn apply(&mut self, change: &Change) {
        if !matches!(
            change,
            Change::Secret(_) | Change::BehindSecret(_) | Change::Hash(_) | Change::Label(_) | Change::Hashed(_)
        ) {
            self.canonical = OnceCell::new();
        }
        match change {
            Change::Secret(secret) => self.secret.clone_from(secret),
            Change::BehindSecret(text) => self.behind_secret = text,
            Change::Hash(hash) => self.hash = *hash,
            Change::Label(label) => self.label = label,
            Change::Hashed(hashed) => self.hashed = *hashed,
            Change::Method(method) => self.method = Cow::Owned(method.clone()),
            Change::Path(path) => self.path = path,
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

    fn gives(&self) -> bool {
        let mut text = Vec::from(self.label);
        match self.hashed {
            Hashed::Text => self.write(&mut |piece| text.extend_from_slice(piece)),
            Hashed::Lower => text.extend_from_slice(hex(self.hash()).as_bytes()),
            Hashed::Upper => text.extend_from_slice(hex(self.hash()).to_ascii_uppercase().as_bytes()),
        }
        let key = Zeroizing::new([self.secret.as_slice(), self.behind_secret.as_bytes()].concat());
        verify_slices_are_equal(hmac::sign(&self.hash.key(&key), &text).as_ref(), self.given).is_ok()
    }

    fn cost(&self) -> usize {
        if self.canonical.get().is_some() { 0 } else { self.length }
    }
}

impl Attempt<'_> {
    fn hash(&self) -> &[u8; 32] {
        self.canonical.get_or_init(|| {
            let mut hash = digest::Context::new(&digest::SHA256);
            self.write(&mut |piece| hash.update(piece));
            let mut out = [0; 32];
            out.copy_from_slice(hash.finish().as_ref());
            out
        })
    }

    fn write(&self, put: &mut dyn FnMut(&[u8])) {
        for piece in [&self.method, "\n", self.path, "\n"] {
            put(piece.as_bytes());
        }
        self.pairs.write(put);
        put(b"\n");
        for name in self.lines.split(';').filter(|name| !name.is_empty()) {
            let lower = name.to_ascii_lowercase();
            let name = if self.writing == Writing::NamesAsTitles { title(&lower) } else { lower };
            put(name.as_bytes());
            put(if self.writing == Writing::BlankInFront { b": " } else { b":" });
            let value = self.value(&name);
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

    fn value(&self, name: &str) -> Vec<u8> {
        if let Some((_, value)) = self.instead.as_ref().filter(|(instead, _)| name.eq_ignore_ascii_case(instead)) {
            return value.clone();
        }
        if let Some(host) = self.host.as_ref().filter(|_| name.eq_ignore_ascii_case(HOST.as_str())) {
            return host.trim_ascii().to_vec();
        }
        let trimmed = |value: &HeaderValue| value.as_bytes().trim_ascii().to_vec();
        let mut values: Vec<Vec<u8>> = self.request.headers.get_all(name).iter().map(trimmed).collect();
        values.sort_unstable();
        values.join(&b',')
    }
}

/// `Xxxx-Xxxx`.
fn title(name: &str) -> String {
    let mut first = true;
    let letters = name.chars().map(|letter| {
        let letter = if first { letter.to_ascii_uppercase() } else { letter };
        first = letter == '-';
        letter
    });
    letters.collect()
}

/// Looks for the mistakes that give the client's signature.
pub(super) fn search(
    call: &Unverified<'_>,
    signed_headers: &str,
    signature: &str,
    own: &Candidate<'_>,
    candidates: &[Candidate<'_>],
) -> Option<Vec<Finding>> {
    let opened = call.opened();
    let (given, form) = given(signature)?;
    let pieces = pieces(opened);
    let mut plain = Attempt {
        request: opened.request(),
        given: &given,
        hash: if given.len() == 20 { Hash::Sha1 } else { Hash::Sha256 },
        secret: Zeroizing::new(own.secret.expose().as_bytes().to_vec()),
        behind_secret: "",
        label: LABEL,
        hashed: Hashed::Lower,
        method: Cow::Borrowed(opened.request().method),
        path: "/",
        pairs: Pairs::new(&pieces, false),
        lines: Cow::Borrowed(signed_headers),
        listed: Cow::Borrowed(signed_headers),
        host: opened.stand_in_host().map(Cow::Borrowed),
        instead: None,
        writing: Writing::Right,
        empty_line: true,
        payload: Cow::Owned(sha256_hex(opened.request().body)),
        length: 0,
        canonical: OnceCell::new(),
    };
    let mut length = 0;
    plain.write(&mut |piece| length += piece.len());
    plain.length = length;
    plain.hash();
    let mut found = disagreements(call, signed_headers);
    found.extend(form);
    if plain.hash == Hash::Sha1 {
        found.push(words::ANOTHER_HASH.found(Hash::Sha1.method()));
    }
    if search::Attempt::gives(&plain) {
        return stale_hash(call, &plain.payload)
            .map_or_else(|| Some(found.clone()), |stale| Some(found.iter().cloned().chain([stale]).collect()));
    }
    let tries = tries(call, signed_headers, own, candidates, &pieces);
    found.extend(search::search(&plain, &tries)?);
    Some(found)
}

const LABEL: &str = "ACS3-HMAC-SHA256\n";

/// 64 hexadecimal digits, or something else that is a hash.
fn given(signature: &str) -> Option<(Vec<u8>, Option<Finding>)> {
    let fit = |bytes: &Vec<u8>| matches!(bytes.len(), 20 | 32);
    if let Some(bytes) = unhex(signature.as_bytes()).filter(fit) {
        return Some((bytes, None));
    }
    let bytes = STANDARD.decode(signature).ok()?;
    let twice = unhex(&bytes).filter(fit).map(|bytes| (bytes, "base64(hexadecimal)"));
    let (bytes, detail) = twice.or_else(|| fit(&bytes).then_some((bytes, "base64")))?;
    Some((bytes, Some(words::ACS3_FORM.found(detail))))
}

/// The signature is right over the body that arrived, and the header still has another hash.
fn stale_hash(call: &Unverified<'_>, payload: &str) -> Option<Finding> {
    let claimed = call.opened().header(CONTENT_SHA256);
    (!claimed.eq_ignore_ascii_case(payload)).then(|| shared::BODY_CHANGED.found(""))
}

/// What is wrong with the list of headers, whatever the signature.
fn disagreements(call: &Unverified<'_>, signed_headers: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    let (token, others): (Vec<&str>, Vec<&str>) = call.unlisted(signed_headers).partition(|name| *name == TOKEN);
    if !others.is_empty() {
        found.push(shared::HEADER_NOT_LISTED.found(shown(&others)));
    }
    if !token.is_empty() {
        found.push(shared::TOKEN_NOT_SIGNED.found(TOKEN));
    }
    found
}

/// Header names of a stranger's as they may be shown.
fn shown(names: &[&str]) -> String {
    names.iter().take(8).map(|name| name.chars().take(64).collect::<String>()).collect::<Vec<_>>().join(", ")
}

fn tries(
    call: &Unverified<'_>,
    signed_headers: &str,
    own: &Candidate<'_>,
    candidates: &[Candidate<'_>],
    pieces: &[Piece<'_>],
) -> Tries<Change> {
    let mut tries = Tries::new();
    bodies(&mut tries, call);
    tries.common(&words::AMPERSAND, "", Change::BehindSecret("&"));
    secrets::tries(&mut tries, own, candidates, Change::Secret);
    let opened = call.opened();
    if signed_headers.split(';').any(|name| name.eq_ignore_ascii_case(HOST.as_str())) {
        for (mistake, host, common) in hosts::others(opened.request(), opened.stand_in_host(), &PUBLIC_HOSTS) {
            let detail = hosts::shown(&host);
            if common {
                tries.common(mistake, detail, Change::Host(host));
            } else {
                tries.add(mistake, detail, Change::Host(host));
            }
        }
    }
    methods(&mut tries, opened.request().method, Change::Method);
    query(&mut tries, pieces);
    if let Some(signed_at) = parse_timestamp(call.timestamp()) {
        for (mistake, detail, moment) in dates::others(signed_at) {
            tries.add(mistake, detail, Change::Instead(DATE, format_timestamp(moment).into_bytes()));
        }
    }
    lines(&mut tries, call, signed_headers);
    tries.add(&words::PATH_PLAIN, "%2F", Change::Path("%2F"));
    tries.add(&words::PATH_PLAIN, "\"\"", Change::Path(""));
    tries.add(&words::ANOTHER_HASH, Hash::Sha1.method(), Change::Hash(Hash::Sha1));
    for (label, detail) in [
        ("", "\"\""),
        ("ACS3-HMAC-SHA256", "ACS3-HMAC-SHA256, without \"\\n\""),
        ("HMAC-SHA256\n", "HMAC-SHA256"),
        ("ACS3-HMAC-SHA256\r\n", "ACS3-HMAC-SHA256\\r\\n"),
    ] {
        tries.add(&shared::LABEL, detail, Change::Label(label));
    }
    tries.add(&shared::HASH_FORM, "SHA256 (ABCDEF)", Change::Hashed(Hashed::Upper));
    tries.add(&shared::HASH_FORM, "canonical request", Change::Hashed(Hashed::Text));
    tries
}

fn bodies(tries: &mut Tries<Change>, call: &Unverified<'_>) {
    let body = call.opened().request().body;
    let right = sha256_hex(body);
    let claimed = call.opened().header(CONTENT_SHA256);
    if !claimed.is_empty() && !claimed.eq_ignore_ascii_case(&right) {
        tries.common(&shared::BODY_CHANGED, "", Change::Payload(claimed.to_owned()));
    }
    let mut add = |mistake, detail: &'static str, payload: String| {
        tries.common(mistake, detail, Change::Payload(payload));
    };
    if !body.is_empty() {
        add(&shared::BODY_LEFT_OUT, "sha256(\"\")", sha256_hex(b""));
        add(&shared::BODY_LINE_END, "body + \"\\n\"", sha256_hex(&[body, b"\n"].concat()));
        if body.trim_ascii_end().len() < body.len() {
            add(&shared::BODY_LINE_END, "trim(body)", sha256_hex(body.trim_ascii_end()));
        }
    }
    add(&shared::BODY_LEFT_OUT, "\"\"", String::new());
    let mut add = |mistake, detail: &'static str, payload: String| tries.add(mistake, detail, Change::Payload(payload));
    add(&shared::BODY_LEFT_OUT, "UNSIGNED-PAYLOAD", "UNSIGNED-PAYLOAD".to_owned());
    add(&shared::PAYLOAD_FORM, "SHA256 (ABCDEF)", right.to_ascii_uppercase());
    add(&shared::PAYLOAD_FORM, "sha256 + \"\\n\"", format!("{right}\n"));
    if let Some(bytes) = unhex(right.as_bytes()) {
        add(&shared::PAYLOAD_FORM, "base64(sha256)", STANDARD.encode(bytes));
    }
    if !body.is_empty() && body.len() <= 4096 {
        add(&shared::BODY_LEFT_OUT, "body", String::from_utf8_lossy(body).into_owned());
    }
}

fn query(tries: &mut Tries<Change>, pieces: &[Piece<'_>]) {
    if pieces.iter().any(|piece| piece.in_body) {
        tries.common(&words::BODY_IN_QUERY, "", Change::Pairs(PairsChange::WithBody));
    }
    if pieces.iter().all(|piece| piece.in_body) {
        return;
    }
    tries.common(&shared::QUERY_LEFT_OUT, "", Change::Pairs(PairsChange::LeftOut(LeftOut::All)));
    for (mistake, detail, spelling) in wrong_spellings(pieces) {
        tries.common(mistake, detail, Change::Spelling(spelling));
    }
    in_pairs(tries, pieces, "SecurityToken", Change::Pairs);
    // The query as it stands in the URL is raw and in its order at once.
    if pieces.iter().any(|piece| piece.raw_value != piece.value) {
        tries.common(&shared::SIGNED_RAW, "", Change::Pairs(PairsChange::RawAsSent));
    }
}

fn lines(tries: &mut Tries<Change>, call: &Unverified<'_>, signed_headers: &str) {
    let headers = call.opened().request().headers;
    tries.common(&shared::EMPTY_LINE, "", Change::NoEmptyLine);
    tries.add(&shared::VALUES_BLANK, "name: value", Change::Writing(Writing::BlankInFront));
    tries.add(&shared::NAMES_CASE, "Xxxx-Xxxx", Change::Writing(Writing::NamesAsTitles));
    tries.add(&words::NULL_VALUE, "", Change::Writing(Writing::NullForEmpty));
    let names: Vec<&str> = signed_headers.split(';').collect();
    let mut sorted = names.clone();
    sorted.sort_unstable_by_key(|name| name.to_ascii_lowercase());
    let sorted = sorted.join(";");
    if sorted != signed_headers {
        for (lines, listed) in [(true, true), (true, false), (false, true)] {
            let change = Change::Lines(lines.then(|| sorted.clone()), listed.then(|| sorted.clone()));
            tries.add(&shared::LIST_ORDER, "a;b;c", change);
        }
    }
    let lower = signed_headers.to_ascii_lowercase();
    if lower != signed_headers {
        tries.add(&shared::NAMES_CASE, "xxxx-xxxx", Change::Lines(None, Some(lower)));
    }
    for name in names.iter().filter(|name| !came(headers, name) && !name.is_empty()).take(8) {
        // It may be listed without a line, or be a header that the client set and something took off.
        let without = names.iter().filter(|other| *other != name).copied().collect::<Vec<_>>().join(";");
        tries.add(&shared::HEADER_ABSENT, shown(&[name]), Change::Lines(Some(without), None));
    }
    values(tries, &names);
}

/// Values of signed headers that a proxy or a library is known to rewrite.
fn values(tries: &mut Tries<Change>, names: &[&str]) {
    const USUAL: &[(&str, &[&str])] = &[
        (
            "content-type",
            &[
                "application/x-www-form-urlencoded",
                "application/x-www-form-urlencoded; charset=utf-8",
                "application/x-www-form-urlencoded;charset=utf-8",
                "application/x-www-form-urlencoded; charset=UTF-8",
                "application/json",
                "application/json; charset=utf-8",
                "application/json;charset=utf-8",
                "application/json; charset=UTF-8",
                "",
            ],
        ),
        ("accept", &["application/json", "*/*", ""]),
        ("accept-encoding", &["gzip", "gzip, deflate", "identity", ""]),
        ("connection", &["keep-alive", "close", ""]),
        ("user-agent", &[""]),
    ];
    for (name, values) in USUAL.iter().filter(|(name, _)| names.iter().any(|listed| listed.eq_ignore_ascii_case(name)))
    {
        for value in *values {
            tries.add(
                &shared::HEADER_ALTERED,
                format!("{name}:{value}"),
                Change::Instead(name, value.as_bytes().to_vec()),
            );
        }
    }
}
