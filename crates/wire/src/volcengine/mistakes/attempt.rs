//! The signature with things done wrong in it.

use std::borrow::Cow;
use std::mem::discriminant;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::header::HOST;
use jiff::SignedDuration;
use zeroize::Zeroizing;

use super::{CONTENT_SHA256, Candidate, Finding, pieces, words};
use crate::diagnosis::canonical::{self, Canonical, Dialect, Writing};
use crate::diagnosis::pairs::{Order, Pairs};
use crate::diagnosis::query::PairsChange;
use crate::diagnosis::search::{self, Tries};
use crate::diagnosis::{Mistake, dates, secrets, words as shared};
use crate::hex::{hex, unhex_all};
use crate::time::format_basic;
use crate::volcengine::authorization::Form;
use crate::volcengine::call::Unverified;
use crate::volcengine::sign::{ALGORITHM, DATE, SERVICE, TERMINATOR, TOKEN};

static DIALECT: Dialect = Dialect {
    lower_names: false,
    sorted_values: false,
    body_hash: CONTENT_SHA256,
    token: TOKEN,
    hosts: &["sms.volcengineapi.com", "open.volcengineapi.com", "sms.volcengineapi.com:443"],
};

/// Everything a signature is computed from, each word free.
#[derive(Clone)]
struct Attempt<'a> {
    given: &'a [u8],
    canonical: Canonical<'a>,
    label: &'static str,
    date: Cow<'a, str>,
    hashed: Hashed,
    /// The words of the scope in the string to sign: day, region, service, terminator.
    scope: [Cow<'a, str>; 4],
    /// The words of the key; a step that is left out has none.
    key: [Option<Cow<'a, str>>; 4],
    prefix: &'static str,
    secret: Zeroizing<Vec<u8>>,
    steps: Steps,
}

/// How the hash of the canonical request stands in the string to sign.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hashed {
    Lower,
    Upper,
    /// The canonical request itself.
    Text,
}

/// How the key is derived.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Steps {
    Bytes,
    /// Each step's result as hexadecimal text.
    Hexadecimal,
}

enum Change {
    Secret(Zeroizing<Vec<u8>>),
    Prefix(&'static str),
    Label(&'static str),
    Hashed(Hashed),
    Steps,
    /// No derivation at all.
    Bare,
    LeaveOut(usize),
    /// Another word in the key, in the string to sign, or in both.
    Word {
        index: usize,
        word: String,
        key: bool,
        scope: bool,
    },
    /// Another moment in the string to sign, and perhaps in the header.
    Date {
        signed: String,
        day: bool,
        in_header: bool,
    },
    Canonical(canonical::Change),
}

impl search::Attempt<'_> for Attempt<'_> {
    type Change = Change;

    fn apply(&mut self, change: &Change) {
        match change {
            Change::Secret(secret) => self.secret.clone_from(secret),
            Change::Prefix(prefix) => self.prefix = prefix,
            Change::Label(label) => self.label = label,
            Change::Hashed(hashed) => self.hashed = *hashed,
            Change::Steps => self.steps = Steps::Hexadecimal,
            Change::Bare => self.key = [None, None, None, None],
            Change::LeaveOut(index) => self.key.iter_mut().skip(*index).take(1).for_each(|word| *word = None),
            Change::Word { index, word, key, scope } => self.set(*index, word, *key, *scope),
            Change::Date { signed, day, in_header } => {
                self.date = Cow::Owned(signed.clone());
                if *day {
                    self.set(0, signed.get(..8).unwrap_or_default(), true, true);
                }
                if *in_header {
                    let instead = canonical::Change::Instead(DATE, signed.clone().into_bytes());
                    self.canonical.apply(&instead);
                }
            }
            Change::Canonical(change) => self.canonical.apply(change),
        }
    }

    fn gives(&self) -> bool {
        let mut last = Vec::new();
        match self.hashed {
            Hashed::Text => self.canonical.write(&mut |piece| last.extend_from_slice(piece)),
            Hashed::Lower => last.extend_from_slice(hex(self.canonical.hash()).as_bytes()),
            Hashed::Upper => last.extend_from_slice(hex(self.canonical.hash()).to_ascii_uppercase().as_bytes()),
        }
        let head = [self.label, "\n", &self.date, "\n", &self.scope.join("/"), "\n"].concat();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.derived());
        let tag = hmac::sign(&key, &[head.as_bytes(), &last].concat());
        verify_slices_are_equal(tag.as_ref(), self.given).is_ok()
    }

    fn cost(&self) -> usize {
        self.canonical.cost()
    }

    fn length(&self) -> usize {
        self.canonical.length()
    }

    fn in_one_place(one: &Change, other: &Change) -> bool {
        match (one, other) {
            (Change::Canonical(one), Change::Canonical(other)) => discriminant(one) == discriminant(other),
            (Change::Word { index: one, .. }, Change::Word { index: other, .. }) => one == other,
            _ => discriminant(one) == discriminant(other),
        }
    }
}

impl Attempt<'_> {
    fn set(&mut self, index: usize, word: &str, key: bool, scope: bool) {
        if key {
            self.key.iter_mut().skip(index).take(1).for_each(|place| *place = Some(Cow::Owned(word.to_owned())));
        }
        if scope {
            self.scope.iter_mut().skip(index).take(1).for_each(|place| *place = Cow::Owned(word.to_owned()));
        }
    }

    fn derived(&self) -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new([self.prefix.as_bytes(), self.secret.as_slice()].concat());
        for word in self.key.iter().flatten() {
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), word.as_bytes());
            key = Zeroizing::new(match self.steps {
                Steps::Bytes => tag.as_ref().to_vec(),
                Steps::Hexadecimal => hex(tag.as_ref()).into_bytes(),
            });
        }
        key
    }
}

/// Looks for the mistakes that give the client's signature.
pub(super) fn search(call: &Unverified<'_>, own: &Candidate<'_>, candidates: &[Candidate<'_>]) -> Option<Vec<Finding>> {
    let (given, form) = given(call.signature())?;
    let pieces = pieces(call);
    let scope = call.scope();
    let words = [scope.date, scope.region, scope.service, TERMINATOR].map(Cow::Borrowed);
    let host = call.hosts().into_iter().next().flatten();
    let canonical = Canonical::new(
        &DIALECT,
        call.request(),
        Pairs::new(&pieces, false),
        call.signed_headers(),
        host,
        call.payload(),
    );
    let plain = Attempt {
        given: &given,
        canonical,
        label: ALGORITHM,
        date: Cow::Borrowed(call.date()),
        hashed: Hashed::Lower,
        key: words.clone().map(Some),
        scope: words,
        prefix: "",
        secret: Zeroizing::new(own.secret.expose().as_bytes().to_vec()),
        steps: Steps::Bytes,
    };
    if search::Attempt::gives(&plain) {
        return form.map(|form| vec![form]);
    }
    let tries = tries(call, &plain, own, candidates, host);
    let mut found: Vec<Finding> = form.into_iter().collect();
    found.extend(search::search(&plain, &tries)?);
    Some(found)
}

/// 64 lower-case hexadecimal digits, or something else that is a hash.
fn given(signature: &str) -> Option<(Vec<u8>, Option<Finding>)> {
    let fit = |bytes: &Vec<u8>| bytes.len() == 32;
    if let Some(bytes) = unhex_all(signature.as_bytes()).filter(fit) {
        let upper = signature.bytes().any(|byte| byte.is_ascii_uppercase());
        return Some((bytes, upper.then(|| words::SIGNATURE_FORM.found("ABCDEF"))));
    }
    let bytes = STANDARD.decode(signature).ok()?;
    let twice = unhex_all(&bytes).filter(fit).map(|bytes| (bytes, "base64(hexadecimal)"));
    let (bytes, detail) = twice.or_else(|| fit(&bytes).then_some((bytes, "base64")))?;
    Some((bytes, Some(words::SIGNATURE_FORM.found(detail))))
}

fn tries(
    call: &Unverified<'_>,
    plain: &Attempt<'_>,
    own: &Candidate<'_>,
    candidates: &[Candidate<'_>],
    host: Option<&[u8]>,
) -> Tries<Change> {
    let mut tries = Tries::new();
    secrets::tries(&mut tries, own, candidates, Change::Secret);
    scopes(&mut tries, plain);
    keys(&mut tries);
    canonical::tries(&mut tries, &plain.canonical, host, Change::Canonical);
    more_lines(&mut tries, call);
    if call.form() == Form::Query {
        presigned(&mut tries);
    }
    moments(&mut tries, call);
    for (path, detail) in [("", "\"\""), ("//", "//"), ("%2F", "%2F")] {
        tries.add(&words::PATH, detail, Change::Canonical(canonical::Change::Path(path)));
    }
    for label in ["AWS4-HMAC-SHA256", "HMAC-SHA1", "VOLC-HMAC-SHA256", ""] {
        tries.add(&shared::LABEL, if label.is_empty() { "\"\"" } else { label }, Change::Label(label));
    }
    tries.add(&shared::HASH_FORM, "SHA256 (ABCDEF)", Change::Hashed(Hashed::Upper));
    tries.add(&shared::HASH_FORM, "canonical request", Change::Hashed(Hashed::Text));
    tries
}

fn scopes(tries: &mut Tries<Change>, plain: &Attempt<'_>) {
    const REGIONS: &[&str] =
        &["cn-north-1", "cn-beijing", "cn-shanghai", "cn-guangzhou", "ap-southeast-1", "ap-singapore-1", "cn-north-2"];
    const SERVICES: &[&str] = &[SERVICE, "volcsms", "sms", "VolcSMS", "VOLCSMS", "volc_sms", "SMS", "volcSms"];
    const TERMINATORS: &[&str] = &["aws4_request", "volc_request", "Request", "REQUEST"];
    let [_, region, ..] = &plain.scope;
    let upper = region.to_ascii_uppercase();
    let mut all = |mistake: &'static Mistake, index: usize, word: &str, common: bool| {
        if plain.scope.get(index).is_some_and(|own| own == word) {
            return;
        }
        let detail = if word.is_empty() { "\"\"".to_owned() } else { word.to_owned() };
        for (key, scope) in [(true, false), (true, true), (false, true)] {
            let change = Change::Word { index, word: word.to_owned(), key, scope };
            if common && scope == key {
                tries.common(mistake, detail.clone(), change);
            } else {
                tries.add(mistake, detail.clone(), change);
            }
        }
    };
    for (number, region) in REGIONS.iter().copied().chain([upper.as_str(), ""]).enumerate() {
        all(&words::REGION, 1, region, number < 2);
    }
    for (number, service) in SERVICES.iter().copied().chain([""]).enumerate() {
        all(&words::SERVICE_NAME, 2, service, number < 3);
    }
    for terminator in TERMINATORS.iter().copied().chain([""]) {
        all(&words::TERMINATOR, 3, terminator, false);
    }
}

fn keys(tries: &mut Tries<Change>) {
    tries.common(&words::NO_DERIVATION, "", Change::Bare);
    tries.common(&words::HEX_STEPS, "", Change::Steps);
    for (index, step) in ["YYYYMMDD", "region", "service", "request"].into_iter().enumerate() {
        tries.add(&words::STEP_LEFT_OUT, step, Change::LeaveOut(index));
    }
    for prefix in ["AWS4", "VOLC", "HMAC-SHA256", "JDCLOUD2"] {
        tries.add(&words::PREFIX, prefix, Change::Prefix(prefix));
    }
}

/// What this vendor's header lines have besides: a host without its port, white space inside of values, sorted values of one name. And what Node signs
/// of an empty list, and does not send.
fn more_lines(tries: &mut Tries<Change>, call: &Unverified<'_>) {
    let collapsed = canonical::Change::Writing(Writing::Collapsed);
    let detail = "values with runs of white space made one";
    tries.add(&shared::HEADER_ALTERED, detail, Change::Canonical(collapsed));
    if let Some(sent) = call.request().headers.get(HOST).map(HeaderValue::as_bytes) {
        let whole = canonical::Change::Host(String::from_utf8_lossy(sent).into_owned());
        tries.add(&shared::HOST_PORT, "the Host header with its port", Change::Canonical(whole));
    }
    let sorted = PairsChange::Order(Order::ByNameAndValue);
    tries.add(&shared::NOT_SORTED, "values too", Change::Canonical(canonical::Change::Pairs(sorted)));
    for list in ["ids", "status", "subAccounts", "signature", "effectSignatures", "uploadFileList"] {
        let added = canonical::Change::Pairs(PairsChange::Added(list));
        tries.add(&words::EMPTY_LIST, list, Change::Canonical(added));
    }
}

fn presigned(tries: &mut Tries<Change>) {
    let pairs = |pairs| Change::Canonical(canonical::Change::Pairs(pairs));
    tries.common(&words::PRESIGNED_LIST, "X-Signature", pairs(PairsChange::Added("X-Signature")));
    tries.add(&words::PRESIGNED_LIST, "X-SignedQueries", pairs(PairsChange::Added("X-SignedQueries")));
}

fn moments(tries: &mut Tries<Change>, call: &Unverified<'_>) {
    let listed = call.signed_headers().split(';').any(|name| name.eq_ignore_ascii_case(DATE));
    let own_day = call.date().get(..8).unwrap_or_default();
    for (mistake, detail, moment) in dates::others(call.signed_at()) {
        let signed = format_basic(moment);
        let days: &[bool] = if signed.get(..8) == Some(own_day) { &[false] } else { &[false, true] };
        let places: &[bool] = if listed { &[true, false] } else { &[false] };
        for &day in days {
            for &in_header in places {
                tries.add(mistake, detail.clone(), Change::Date { signed: signed.clone(), day, in_header });
            }
        }
    }
    for hours in [24, -24] {
        let Ok(moment) = call.signed_at().checked_add(SignedDuration::from_hours(hours)) else { continue };
        let day = format_basic(moment).get(..8).unwrap_or_default().to_owned();
        for (key, scope) in [(true, false), (true, true), (false, true)] {
            tries.add(&words::CREDENTIAL_DATE, "", Change::Word { index: 0, word: day.clone(), key, scope });
        }
    }
}
