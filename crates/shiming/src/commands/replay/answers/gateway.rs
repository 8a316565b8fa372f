//! The gateway's recorded answers. Docs: Alipay gateway specification, sections 2.1 to 2.7.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use shiming_wire::{
    alipay::{fields::Fields, keys::Algorithm, text::Charset},
    alipay_gateway::{
        Platform,
        call::{Frame, Verifies},
        operations::node_key,
        reply::{GbkAnswers, Signed},
    },
};

use super::{Recorded, Signer, Unwritten};

/// Writes an answer again: the node as it stands there, sealed by the platform.
pub(super) fn write(recorded: &Recorded, body: &str, signers: &[Signer]) -> Result<String, Unwritten> {
    let body = STANDARD.decode(body).map_err(|_| Unwritten::otherwise("body_base64 is not base64"))?;
    let charset_name = recorded.request_charset.as_deref().unwrap_or("utf-8");
    let charset = Charset::parse(charset_name.as_bytes())
        .ok_or_else(|| Unwritten::otherwise(format!("no such charset: {charset_name}")))?;
    let text = charset.decode(&body).ok_or_else(|| Unwritten::otherwise("not of the request's charset"))?;
    let fields = Fields::parse(text.trim_ascii()).map_err(|_| Unwritten::otherwise("not a JSON object"))?;
    let named = node_key(&recorded.method).filter(|key| fields.raw(key).is_some());
    let node = fields
        .raw(named.as_deref().unwrap_or("error_response"))
        .ok_or_else(|| Unwritten::otherwise("no node of this method"))?;
    let sign = fields.text("sign").ok().flatten();
    if sign.is_none() && code(node).as_deref() == Some("10000") {
        return Err(Unwritten::otherwise("a success without a signature"));
    }
    let node = charset.encode(node).ok_or_else(|| Unwritten::otherwise("not of the request's charset"))?;
    let algorithm = recorded.request_sign_type.as_deref().unwrap_or("RSA2");
    let frame = Frame {
        node_key: named,
        charset,
        charset_name: charset_name.to_owned(),
        algorithm: Algorithm::parse(algorithm.as_bytes()).unwrap_or(Algorithm::Rsa2),
        certificate_mode: recorded.mode.as_deref() == Some("cert"),
        java: false,
        verifies: Verifies::Bytes,
    };
    let mut why = Unwritten::otherwise("its signature is not the platform's over the node as it stands there");
    for signer in signers {
        let Some(key) = signer.key() else { continue };
        let ours = key.sign_base64(frame.algorithm, &node).unwrap_or_default();
        let platform = Platform { key, chain: signer.chain(), gbk: GbkAnswers::Suited };
        let signed = if sign.is_some() { Signed::Yes } else { Signed::No };
        let Ok(reply) = platform.seal(&frame, &node, signed, "").sign() else { continue };
        let content_type =
            reply.headers.iter().find(|(name, _)| *name == "content-type").map(|(_, value)| value.as_str());
        let head_fits = recorded.http_status.as_deref().is_none_or(|status| status.starts_with("200"))
            && recorded.content_type.as_deref().is_none_or(|recorded| Some(recorded) == content_type);
        if reply.body == body && head_fits {
            reencrypted(recorded, &text, &node)?;
            let how = if sign.is_some() { signer.name } else { "unsigned" };
            return Ok(format!("written byte for byte, {how}"));
        }
        if sign.as_deref().is_none_or(|sign| sign == ours) {
            why = Unwritten::signed(difference(recorded, &body, &reply.body, head_fits));
        }
    }
    Err(why)
}

/// An encrypted node is what this server would make of its content.
fn reencrypted(recorded: &Recorded, text: &str, node: &[u8]) -> Result<(), Unwritten> {
    let Some(cipher) = node.strip_prefix(b"\"").and_then(|node| node.strip_suffix(b"\"")) else { return Ok(()) };
    let Some(key) = recorded.content_key() else { return Ok(()) };
    let plain = key.decrypt(cipher).map_err(|_| Unwritten::otherwise("its content does not open with the AES key"))?;
    if key.encrypt(&plain).as_bytes() == cipher && !text.is_empty() {
        Ok(())
    } else {
        Err(Unwritten::otherwise("its content is encrypted in another way"))
    }
}

fn code(node: &str) -> Option<String> {
    Fields::parse(node).ok()?.text("code").ok().flatten().map(std::borrow::Cow::into_owned)
}

/// How an answer with our signature differs from the one that is written here.
fn difference(recorded: &Recorded, theirs: &[u8], ours: &[u8], head_fits: bool) -> String {
    if !head_fits {
        let status = recorded.http_status.as_deref().unwrap_or_default();
        let kind = recorded.content_type.as_deref().unwrap_or_default();
        return format!("this server never answers {status} {kind} to such a request");
    }
    let theirs = String::from_utf8_lossy(theirs);
    let place = |what: &str| theirs.find(what);
    let (sign, sn) = (place("\"sign\":"), place("\"alipay_cert_sn\":"));
    let certified = recorded.mode.as_deref() == Some("cert");
    let why = if theirs.as_bytes().trim_ascii() == ours {
        "a line end behind the answer"
    } else if sn.is_some() && !certified {
        "alipay_cert_sn to a client in public-key mode"
    } else if sn.is_some() && sn > sign {
        "alipay_cert_sn stands behind sign"
    } else if sign.is_some_and(|sign| sign < 2) {
        "sign stands before the node"
    } else if ours.strip_suffix(b"}").is_some_and(|ours| theirs.as_bytes().starts_with(ours)) {
        "a member behind sign"
    } else if theirs.split_once("\"sign\":").is_some_and(|(_, sign)| sign.contains("\\/")) {
        "the slashes of sign are escaped"
    } else {
        "blanks around the node"
    };
    format!("the same signature, but {why}")
}
