//! The body: what may stand for its hash, and which other bodies the client may have signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Change, Tries, Unverified, shared, words};
use crate::diagnosis::canonical::line_ends;
use crate::diagnosis::reserialise::{self, Escapes, Layout};
use crate::hex::unhex;
use crate::jdcloud::canonical::{sha256_hex, text};
use crate::jdcloud::sign::CONTENT_SHA256;

/// What else may stand for the hash of the body.
pub(super) fn payload<'a>(tries: &mut Tries<'a>, call: &Unverified<'a>) {
    let request = call.request();
    let right = sha256_hex(request.body);
    if let Some(claimed) = request.headers.get(CONTENT_SHA256).and_then(|claimed| claimed.to_str().ok()) {
        tries.common(&words::BODY_CHANGED, "", Change::Payload(claimed.into()));
    }
    tries.common(&words::BODY_EMPTY_HASH, "sha256(\"\")", hashed(b""));
    tries.common(&words::BODY_EMPTY_HASH, "UNSIGNED-PAYLOAD", Change::Payload("UNSIGNED-PAYLOAD".into()));
    tries.common(&words::BODY_EMPTY_HASH, "\"\"", Change::Payload("".into()));
    tries.add(&words::BODY_EMPTY_HASH, "sha256(\"{}\")", hashed(b"{}"));
    tries.add(&words::BODY_EMPTY_HASH, "sha256(\"null\")", hashed(b"null"));
    tries.add(&shared::PAYLOAD_FORM, "SHA256 (ABCDEF)", Change::Payload(text(&right).to_ascii_uppercase().into()));
    if let Some(bytes) = unhex(&right) {
        tries.add(&shared::PAYLOAD_FORM, "base64(sha256)", Change::Payload(STANDARD.encode(bytes).into()));
    }
    if request.body.len() <= 4096
        && let Ok(body) = std::str::from_utf8(request.body)
    {
        tries.add(&words::BODY_EMPTY_HASH, "body", Change::Payload(body.into()));
    }
}

fn hashed(body: &[u8]) -> Change<'static> {
    Change::Payload(text(&sha256_hex(body)).to_owned().into())
}

/// Bodies that the client may have signed instead of the one that it sent.
pub(super) fn bodies<'a>(tries: &mut Tries<'a>, call: &Unverified<'a>) {
    let body = call.request().body;
    if body.is_empty() || body.len() > reserialise::LONGEST {
        return;
    }
    let unix = line_ends(tries, &words::BODY_LINE_END, body, &|text: &[u8]| hashed(text));
    tries.add(&words::BODY_LINE_END, "body + \"\\r\\n\"", hashed(&[body, b"\r\n"].concat()));
    if unix.contains(&b'\n') {
        let windows = unix.iter().flat_map(|&byte| if byte == b'\n' { vec![b'\r', b'\n'] } else { vec![byte] });
        tries.add(&words::BODY_LINE_END, "\\n -> \\r\\n", hashed(&windows.collect::<Vec<_>>()));
    }
    let Some(mut node) = reserialise::parse(body) else { return };
    for (sorted, without_nulls) in [(false, false), (true, false), (false, true), (true, true)] {
        if without_nulls && !sorted {
            // The members have been sorted by now; take the body apart again.
            let Some(again) = reserialise::parse(body) else { return };
            node = again;
        }
        if sorted {
            node.sort();
        }
        if without_nulls {
            node.drop_nulls();
        }
        let order = if sorted { ", sorted keys" } else { "" };
        let nulls = if without_nulls { ", without null" } else { "" };
        for (layout, escapes, spelling, again) in node.spellings() {
            let (detail, change) = (format!("{spelling}{order}{nulls}"), hashed(&again));
            if escapes == Escapes::Fewest && !without_nulls && !matches!(layout, Layout::Pretty(_)) {
                tries.common(&words::BODY_RESERIALISED, detail, change);
            } else {
                tries.add(&words::BODY_RESERIALISED, detail, change);
            }
        }
    }
}
