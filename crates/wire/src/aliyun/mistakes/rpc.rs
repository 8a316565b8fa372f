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
use crate::diagnosis::pairs::{LeftOut, Pairs, Piece, decoded};
use crate::diagnosis::query::{PairsChange, in_pairs, methods, wrong_spellings};
use crate::diagnosis::search::{self, Tries};
use crate::diagnosis::spelling::Spelling;
use crate::diagnosis::{dates, secrets, words as shared};
use crate::hex::unhex_all;

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

impl search::Attempt<'_> for Attempt<'_> {
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
        (unhex_all(signature.as_bytes()), "hexadecimal"),
        (plain.as_deref().and_then(unhex_all), "base64(hexadecimal)"),
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
