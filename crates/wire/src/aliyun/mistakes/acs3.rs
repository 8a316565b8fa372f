//! ACS3 with things done wrong in it.

use std::mem::discriminant;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{Candidate, Finding, pieces, words};
use crate::aliyun::call::Unverified;
use crate::aliyun::sign::{CONTENT_SHA256, DATE, Hash, TOKEN, format_timestamp, parse_timestamp};
use crate::diagnosis::canonical::{self, Canonical, Dialect, Writing, shown};
use crate::diagnosis::pairs::Pairs;
use crate::diagnosis::query::PairsChange;
use crate::diagnosis::search::{self, Tries};
use crate::diagnosis::{dates, secrets, words as shared};
use crate::hex::{hex, sha256_hex, unhex_all};

static DIALECT: Dialect = Dialect {
    lower_names: true,
    sorted_values: true,
    body_hash: CONTENT_SHA256,
    token: "SecurityToken",
    hosts: &["domain.aliyuncs.com", "domain-intl.aliyuncs.com", "domain.aliyuncs.com:443"],
};

/// Everything a header signature is computed from, each word free.
#[derive(Clone)]
struct Attempt<'a> {
    given: &'a [u8],
    hash: Hash,
    secret: Zeroizing<Vec<u8>>,
    behind_secret: &'static str,
    label: &'static str,
    hashed: Hashed,
    canonical: Canonical<'a>,
}

/// How the hash of the canonical request stands in the string to sign.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hashed {
    Lower,
    Upper,
    /// The canonical request itself, without a hash.
    Text,
}

enum Change {
    Secret(Zeroizing<Vec<u8>>),
    BehindSecret(&'static str),
    Hash(Hash),
    Label(&'static str),
    Hashed(Hashed),
    Canonical(canonical::Change),
}

impl search::Attempt<'_> for Attempt<'_> {
    type Change = Change;

    fn apply(&mut self, change: &Change) {
        match change {
            Change::Secret(secret) => self.secret.clone_from(secret),
            Change::BehindSecret(text) => self.behind_secret = text,
            Change::Hash(hash) => self.hash = *hash,
            Change::Label(label) => self.label = label,
            Change::Hashed(hashed) => self.hashed = *hashed,
            Change::Canonical(change) => self.canonical.apply(change),
        }
    }

    fn gives(&self) -> bool {
        let mut text = Vec::from(self.label);
        match self.hashed {
            Hashed::Text => self.canonical.write(&mut |piece| text.extend_from_slice(piece)),
            Hashed::Lower => text.extend_from_slice(hex(self.canonical.hash()).as_bytes()),
            Hashed::Upper => text.extend_from_slice(hex(self.canonical.hash()).to_ascii_uppercase().as_bytes()),
        }
        let key = Zeroizing::new([self.secret.as_slice(), self.behind_secret.as_bytes()].concat());
        verify_slices_are_equal(hmac::sign(&self.hash.key(&key), &text).as_ref(), self.given).is_ok()
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
            _ => discriminant(one) == discriminant(other),
        }
    }
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
    let payload = sha256_hex(opened.request().body);
    let (pairs, host) = (Pairs::new(&pieces, false), opened.stand_in_host());
    let plain = Attempt {
        given: &given,
        hash: if given.len() == 20 { Hash::Sha1 } else { Hash::Sha256 },
        secret: Zeroizing::new(own.secret.expose().as_bytes().to_vec()),
        behind_secret: "",
        label: LABEL,
        hashed: Hashed::Lower,
        canonical: Canonical::new(&DIALECT, opened.request(), pairs, signed_headers, host, payload),
    };
    let mut found = disagreements(call, signed_headers);
    found.extend(form);
    if plain.hash == Hash::Sha1 {
        found.push(words::ANOTHER_HASH.found(Hash::Sha1.method()));
    }
    if search::Attempt::gives(&plain) {
        let claimed = opened.header(CONTENT_SHA256);
        // The signature is right over the body that arrived, and the header still has another hash.
        let stale = !claimed.eq_ignore_ascii_case(&plain.canonical.payload);
        found.extend(stale.then(|| shared::BODY_CHANGED.found("")));
        return Some(found);
    }
    let tries = tries(call, &plain, own, candidates);
    found.extend(search::search(&plain, &tries)?);
    Some(found)
}

const LABEL: &str = "ACS3-HMAC-SHA256\n";

/// 64 hexadecimal digits, or something else that is a hash.
fn given(signature: &str) -> Option<(Vec<u8>, Option<Finding>)> {
    let fit = |bytes: &Vec<u8>| matches!(bytes.len(), 20 | 32);
    if let Some(bytes) = unhex_all(signature.as_bytes()).filter(fit) {
        return Some((bytes, None));
    }
    let bytes = STANDARD.decode(signature).ok()?;
    let twice = unhex_all(&bytes).filter(fit).map(|bytes| (bytes, "base64(hexadecimal)"));
    let (bytes, detail) = twice.or_else(|| fit(&bytes).then_some((bytes, "base64")))?;
    Some((bytes, Some(words::ACS3_FORM.found(detail))))
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

fn tries(
    call: &Unverified<'_>,
    plain: &Attempt<'_>,
    own: &Candidate<'_>,
    candidates: &[Candidate<'_>],
) -> Tries<Change> {
    let mut tries = Tries::new();
    tries.common(&words::AMPERSAND, "", Change::BehindSecret("&"));
    secrets::tries(&mut tries, own, candidates, Change::Secret);
    if plain.canonical.pairs.pieces.iter().any(|piece| piece.in_body) {
        let with_body = canonical::Change::Pairs(PairsChange::WithBody);
        tries.common(&words::BODY_IN_QUERY, "", Change::Canonical(with_body));
    }
    canonical::tries(&mut tries, &plain.canonical, call.opened().stand_in_host(), Change::Canonical);
    if let Some(signed_at) = parse_timestamp(call.timestamp()) {
        for (mistake, detail, moment) in dates::others(signed_at) {
            let instead = canonical::Change::Instead(DATE, format_timestamp(moment).into_bytes());
            tries.add(mistake, detail, Change::Canonical(instead));
        }
    }
    let null = canonical::Change::Writing(Writing::NullForEmpty);
    tries.add(&words::NULL_VALUE, "", Change::Canonical(null));
    for (path, detail) in [("%2F", "%2F"), ("", "\"\"")] {
        tries.add(&words::PATH_PLAIN, detail, Change::Canonical(canonical::Change::Path(path)));
    }
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
