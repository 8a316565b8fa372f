//! The stages of a signature as they may be shown: a parameter's value gives way to dots unless its name is the signature's own.

use crate::aliyun::call::{Proof, Unverified};
use crate::aliyun::opened::Opened;
use crate::aliyun::parameters::Place;
use crate::aliyun::sign::{CONTENT_SHA256, TOKEN};
use crate::diagnosis::Stage;
use crate::hex::sha256_hex;

/// Parameters whose values are nobody's: they say what is asked and how it is signed.
const SHOWN: [&str; 10] = [
    "Action",
    "Version",
    "Format",
    "SignatureMethod",
    "SignatureVersion",
    "SignatureType",
    "SignatureNonce",
    "Timestamp",
    "RegionId",
    "Lang",
];

/// Whether the value of a parameter may be shown.
pub(in crate::aliyun) fn is_shown(name: &str) -> bool {
    SHOWN.contains(&name)
}

/// Every stage of a call's signature as this server computes it, masked.
pub fn stages(call: &Unverified<'_>) -> Vec<Stage> {
    let opened = call.opened();
    let mut all = places(opened);
    match call.proof() {
        Proof::Rpc { hash, .. } => {
            all.push(Stage::new("string to sign, values masked", masked_rpc(opened)));
            all.push(Stage::new("SHA-256 of it, unmasked", sha256_hex(call.string_to_sign().as_bytes())));
            all.push(Stage::new("signature", format!("base64({}(secret + \"&\", string to sign))", hash.method())));
        }
        Proof::Acs3 { signed_headers, .. } => {
            let payload = sha256_hex(opened.request().body);
            let canonical = call.canonical_request().unwrap_or_default();
            all.push(Stage::new("SignedHeaders", signed_headers));
            all.push(Stage::new("SHA-256 of the body", payload));
            all.push(Stage::new("x-acs-content-sha256", opened.header(CONTENT_SHA256)));
            all.push(Stage::new("canonical request", masked_canonical(&canonical)));
            all.push(Stage::new("string to sign", call.string_to_sign()));
            let missing: Vec<&str> = signed_headers
                .split(';')
                .filter(|name| !name.is_empty() && !opened.request().headers.contains_key(*name))
                .collect();
            if !missing.is_empty() {
                all.push(Stage::new("listed in SignedHeaders and not sent", missing.join(", ")));
            }
        }
    }
    all
}

/// What is odd about a call though it is taken.
pub fn notes(call: &Unverified<'_>) -> Vec<&'static str> {
    let mut notes = Vec::new();
    if let Proof::Acs3 { signed_headers, .. } = call.proof()
        && !signed_headers.split(';').any(|name| name.eq_ignore_ascii_case("host"))
    {
        notes.push("host is not in SignedHeaders, as the Java core has it; it is accepted");
    }
    if call.opened().request().target.len() > 64 * 1024 {
        notes.push("the request line is longer than 64 KiB; the vendor's own gateway has refused such a one with 414");
    }
    notes
}

/// Which parameters stood where, with the lengths of their values.
fn places(opened: &Opened<'_>) -> Vec<Stage> {
    let parameters = opened.parameters();
    let list = |place: Place| {
        let there = parameters.iter().filter(|(name, _)| parameters.place(name) == Some(place));
        let told = there.map(|(name, value)| format!("{} ({})", fit(name), value.len()));
        told.collect::<Vec<_>>().join(", ")
    };
    let places = [("in the query (bytes)", list(Place::Query)), ("in the body (bytes)", list(Place::Body))];
    places.into_iter().filter(|(_, names)| !names.is_empty()).map(|(name, names)| Stage::new(name, names)).collect()
}

fn masked_rpc(opened: &Opened<'_>) -> String {
    let pairs = opened.parameters().iter().filter(|(name, _)| *name != "Signature");
    let pairs =
        pairs.map(
            |(name, value)| {
                if is_shown(name) { format!("{name}%3D{}", twice(value)) } else { format!("{}%3D…", fit(name)) }
            },
        );
    format!("{}&%2F&{}", opened.request().method, pairs.collect::<Vec<_>>().join("%26"))
}

/// A value encoded twice, as it stands in the string to sign.
fn twice(value: &str) -> String {
    use crate::diagnosis::spelling::Spelling::Right;
    let mut out = Vec::new();
    Right.write(value.as_bytes(), &mut |piece| Right.write(piece, &mut |piece| out.extend_from_slice(piece)));
    String::from_utf8_lossy(&out).into_owned()
}

/// Values of the query (the third line) and of the token's header give way to dots.
pub(in crate::aliyun) fn masked_canonical(canonical: &str) -> String {
    let tokens = [format!("{TOKEN}:"), "x-acs-accesskey-id:".to_owned()];
    let lines = canonical.split('\n').enumerate().map(|(number, line)| {
        if number == 2 {
            return line.split('&').map(masked_pair).collect::<Vec<_>>().join("&");
        }
        match tokens.iter().find(|token| line.to_ascii_lowercase().starts_with(token.as_str())) {
            Some(token) => format!("{token}…"),
            None => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn masked_pair(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, _)) if !is_shown(name) => format!("{name}=…"),
        _ => pair.to_owned(),
    }
}

/// A stranger's name as it may be shown.
fn fit(name: &str) -> &str {
    let fit = (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if fit { name } else { "(…)" }
}
