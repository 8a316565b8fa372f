//! v3's recorded answers. Docs: Alipay v3 specification, sections 2.1 to 2.6.

use jiff::Timestamp;
use shiming_wire::{
    alipay::{aes::ContentKey, fields::Fields, keys::Algorithm},
    alipay_v3::{Platform, Refusal, Reply, Stamp, codes::ROWS, reply::refuse, sign::answer_text},
};

use super::{super::saved::Saved, Recorded, Signer, Unwritten};

/// Writes an answer again.
pub(super) fn write(recorded: &Recorded, bytes: &[u8], signers: &[Signer]) -> Result<String, Unwritten> {
    let answer = Saved::parse(bytes).ok_or_else(|| Unwritten::otherwise("not one HTTP answer"))?;
    let content_key = recorded.content_key();
    let mut unwritten = Unwritten::otherwise("the platform's key cannot be used");
    for signer in signers {
        let Some(key) = signer.key() else { continue };
        let ours = signed_text(&answer).and_then(|text| key.sign_base64(Algorithm::Rsa2, &text).ok());
        let signed_by_us = ours.is_some() && ours.as_deref() == answer.header("alipay-signature");
        let platform = Platform { key, certificate_sn: signer.certificate_sn() };
        let again = again(&answer, content_key.as_ref(), &platform);
        let Err(why) = again.and_then(|reply| same(&answer, &reply)) else {
            let how = if ours.is_some() { signer.name } else { "unsigned" };
            return Ok(format!("written byte for byte, {how}"));
        };
        if signed_by_us || !unwritten.signed_by_us {
            unwritten = Unwritten { signed_by_us, why };
        }
        if signed_by_us {
            break;
        }
    }
    Err(unwritten)
}

fn signed_text(answer: &Saved<'_>) -> Option<Vec<u8>> {
    answer.header("alipay-signature")?;
    Some(answer_text(answer.header("alipay-timestamp")?, answer.header("alipay-nonce")?, answer.body))
}

/// The answer as this server would write it, or why it would not.
fn again(answer: &Saved<'_>, content_key: Option<&ContentKey>, platform: &Platform) -> Result<Reply, String> {
    let trace_id = answer.header("alipay-trace-id").unwrap_or_default();
    let moment = answer.header("alipay-timestamp").and_then(|at| Timestamp::from_millisecond(at.parse().ok()?).ok());
    let stamp = moment.map(|at| Stamp { trace_id, at, nonce: answer.header("alipay-nonce").unwrap_or_default() });
    let not_signed = "the key could not sign";
    if answer.status == 200 {
        let stamp = stamp.ok_or("a 200 without a moment, so without a signature")?;
        let opened = content_key.and_then(|key| key.decrypt(answer.body).ok());
        let body = opened.as_ref().map_or(answer.body, |plain| plain.as_slice());
        let value: serde_json::Value = serde_json::from_slice(body).map_err(|_| "a 200 that is no JSON object")?;
        let members = value.as_object().ok_or("a 200 that is no JSON object")?;
        if members.values().any(serde_json::Value::is_null) {
            return Err("a member that is null: absent members are left out".into());
        }
        let certificate_mode = answer.header("alipay-sn").is_some();
        return platform
            .success(body.to_vec(), content_key, certificate_mode, &stamp)
            .sign()
            .map_err(|_| not_signed.into());
    }
    let text = std::str::from_utf8(answer.body).map_err(|_| "a refusal that is no JSON")?;
    let fields = Fields::parse(text).map_err(|_| "a refusal that is no JSON")?;
    let member = |name: &str| fields.text(name).ok().flatten();
    let (code, message) = (member("code").ok_or("no code")?, member("message").ok_or("no message")?);
    let row = ROWS.iter().find(|row| row.code == code && row.status == answer.status);
    let refusal = match row {
        Some(row) => Refusal::with_text(row.no, message),
        None => business(&code, &message)?,
    };
    match stamp.filter(|_| answer.header("alipay-signature").is_some()) {
        Some(stamp) => platform
            .refuse_signed(&refusal, answer.header("alipay-sn").is_some(), &stamp)
            .sign()
            .map_err(|_| not_signed.into()),
        None => Ok(refuse(&refusal, trace_id)),
    }
}

/// A refusal of the business, which has no row in the table of the door.
fn business(code: &str, message: &str) -> Result<Refusal, String> {
    use shiming_wire::alipay_gateway::codes::BUSINESS_ROWS;
    let row = BUSINESS_ROWS.iter().find(|row| row.sub_code == code).ok_or("a code that this server never says")?;
    Ok(Refusal::with_text(row.business, message))
}

/// Whether two answers are the same to the byte, but for what the server adds below: connection and length.
fn same(theirs: &Saved<'_>, ours: &Reply) -> Result<(), String> {
    if theirs.status != ours.status {
        return Err(format!("this server answers {}", ours.status));
    }
    let framing =
        |name: &str| ["connection", "content-length", "date"].iter().any(|skip| name.eq_ignore_ascii_case(skip));
    let headers: Vec<_> = theirs.headers.iter().filter(|(name, _)| !framing(name)).collect();
    for (name, value) in &ours.headers {
        match headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            None => return Err(format!("this server writes {name} too")),
            // Clients compare these names letter by letter.
            Some((known, _)) if name.starts_with("alipay-") && known != name => {
                return Err(format!("this server writes {name}, in lower case"));
            }
            Some((_, known)) if *known != value && *name != "alipay-signature" => {
                return Err(format!("{name} is another: this server writes {value}"));
            }
            Some(_) => {}
        }
    }
    if let Some((name, _)) =
        headers.iter().find(|(name, _)| !ours.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)))
    {
        return Err(format!("this server does not write {name}"));
    }
    if theirs.body != ours.body {
        let refused = ours.status != 200;
        return Err(if refused {
            "a refusal here is code and message alone"
        } else {
            "the body is written in another way"
        }
        .into());
    }
    let signature = ours.headers.iter().find(|(name, _)| *name == "alipay-signature").map(|(_, value)| value.as_str());
    if theirs.header("alipay-signature") == signature {
        Ok(())
    } else {
        Err("its signature is not the platform's over what is sent".into())
    }
}
