//! What a call shows when it is looked into: its parameters, the string to sign as this server builds it, its content with
//! values masked, and the mistake.

use jiff::Timestamp;
use shiming_wire::{
    alipay_gateway::{
        No, Refusal, Unverified,
        call::parse_timestamp,
        codes::Echo,
        mistakes::{charset_not_used, diagnose},
        sign::{Empties, Parameters, is_public},
    },
    alipay_v3::call::ExpiredSeconds,
    diagnosis::shown_name,
    request::Request,
};

use super::{Exchange, NAME};
use crate::{
    doors::alipay::{
        AlipayCaller, Knowledge, Refused, certificate_expired, content_stage, hex, key_of, key_stage, put_together,
        unread,
    },
    refusals::{Explained, Mistake, Stage},
};

/// Looks into a call with what is at hand: every stage of its signature, and the mistake that makes it verify.
pub fn explain(request: &Request<'_>, knowledge: &Knowledge<'_>) -> Explained {
    let call = match Unverified::parse(request) {
        Ok(call) => call,
        Err(turned) => {
            let (parameters, _) = Parameters::gather(request);
            return unread(&turned.refusal.to_string(), vec![received(&parameters, false)]);
        }
    };
    let app = knowledge.app(call.claimed_app_id());
    let key = key_of(app, call.claimed_certificate());
    let mut diagnosis = knowledge.diagnose(app, key, |known| diagnose(&call, known));
    if diagnosis.mistakes.is_empty() {
        diagnosis.mistakes.extend(charset_not_used(&call));
    }
    let refusal = app.and_then(|app| refusal(&call, app, knowledge));
    let found = refusal.as_ref().and_then(|refusal| found(&call, refusal, knowledge));
    let mut stages = stages(&call, app.is_some());
    stages.push(key_stage(key, call.claimed_certificate(), call.frame().algorithm));
    let content = call.parameters().value("biz_content").unwrap_or_default();
    let encrypted = call.parameters().value("encrypt_type").is_some();
    let text = |plain: &[u8]| call.frame().charset.decode(plain).map(std::borrow::Cow::into_owned);
    stages.push(content_stage(content, encrypted, app.and_then(|app| app.content_key.as_ref()), text));
    put_together(app, app.is_some() && refusal.is_none(), found, &diagnosis, stages)
}

/// Explains the call beside itself, and keeps what the operator may see of it.
pub(super) fn look_into(exchange: &Exchange<'_>, request: &Request<'_>, claimed: &str, refusal: &Refusal) {
    let refused = Refused {
        door: NAME,
        request,
        claimed,
        trace_id: &exchange.trace_id,
        refusal: refusal.to_string(),
        window: exchange.door.settings.window,
        expired: ExpiredSeconds::default(),
    };
    exchange.door.tools.look_into(refused, explain);
}

/// What the door would say to the call: steps 7 to 15 of the specification's section 3.5, but for tokens and contracts.
fn refusal(call: &Unverified<'_>, app: &AlipayCaller, knowledge: &Knowledge<'_>) -> Option<Refusal> {
    let own = || call.parameters().value("timestamp").and_then(parse_timestamp);
    let now = knowledge.now.or_else(own).unwrap_or(Timestamp::UNIX_EPOCH);
    let window = knowledge.now.and(knowledge.window);
    let keys = app.gateway_keys(call.claimed_certificate());
    let admitted = call.clone().verify(&keys, now, window, Echo::default());
    admitted.and_then(|admitted| admitted.open(app.content_key.as_ref())).err().map(|turned| turned.refusal)
}

/// The mistakes that no signature shows.
fn found(call: &Unverified<'_>, refusal: &Refusal, knowledge: &Knowledge<'_>) -> Option<Mistake> {
    let mistake = match refusal.no()? {
        // What the signature shows, or the bytes of the content, says more.
        No::InvalidSignature | No::InvalidParameter => return None,
        No::InvalidTimestamp => {
            let given = call.parameters().value("timestamp")?;
            let Some(given) = parse_timestamp(given) else {
                return Some(Mistake::new(
                    "timestamp-form",
                    "timestamp is not yyyy-MM-dd HH:mm:ss.",
                    "timestamp 的格式不是 yyyy-MM-dd HH:mm:ss。",
                ));
            };
            let seconds = given.as_second() - knowledge.now?.as_second();
            let window = knowledge.window?.either_way().as_secs();
            Mistake::new(
                "clock",
                format!(
                    "timestamp, read as Beijing time, lies {seconds} s from this server's clock; {window} s either way are taken. Set the client's clock, or its time zone."
                ),
                format!(
                    "timestamp 按北京时间解读，与本服务时钟相差 {seconds} 秒，允许的偏差为前后 {window} 秒；请校准客户端的时钟或时区。"
                ),
            )
        }
        No::MissingSignatureConfig if call.parameters().value("sign_type") == Some(b"RSA") => Mistake::new(
            "sha1-refused",
            "sign_type is RSA (SHA-1), which this app may not use. Sign with RSA2, or let the app use RSA: sign_types = RSA2,RSA.",
            "sign_type 为 RSA（SHA-1），该应用未被允许使用；请改用 RSA2，或将该应用的 sign_types 设为 RSA2,RSA。",
        ),
        No::MissingSignatureConfig => Mistake::new(
            "no-key",
            "No public key or certificate that this call could be verified with is registered for the app, or app_cert_sn names another certificate.",
            "该应用没有登记可用于验签的公钥或证书，或 app_cert_sn 指向另一张证书。",
        ),
        No::AppCertExpired => certificate_expired(),
        No::NoEncryptKey => Mistake::new(
            "no-aes-key",
            "encrypt_type is AES, and no AES key is registered for the app.",
            "encrypt_type 为 AES，但该应用没有登记 AES 密钥。",
        ),
        No::Undecryptable => Mistake::new(
            "aes-key",
            "biz_content cannot be decrypted: the client encrypts with another AES key than the registered one, or signed something else than it sends.",
            "biz_content 无法解密：客户端使用的 AES 密钥与登记的不一致，或密文已损坏。",
        ),
        _ => Mistake::new(
            "incomplete",
            format!("A part that the signature needs is missing or wrong: {refusal}."),
            format!("验签所需的参数缺失或有误：{refusal}。"),
        ),
    };
    Some(mistake)
}

/// Every stage of the signature as this server computes it.
fn stages(call: &Unverified<'_>, app_is_known: bool) -> Vec<Stage> {
    let algorithm = call.frame().algorithm;
    let digest = hex(call.parameters().digest(Empties::Dropped, algorithm).as_ref());
    let signed = call.parameters().signed(Empties::Dropped);
    let masked: Vec<_> = signed.into_iter().map(|(name, value)| masked(name, value, app_is_known)).collect();
    vec![
        received(call.parameters(), app_is_known),
        Stage::new("charset", call.frame().charset_name.clone()),
        Stage::new("string to sign", masked.join("&")),
        Stage::new(format!("its hash, for {}", algorithm.sign_type()), digest),
    ]
}

/// The parameters in the order they came, and where each stood.
fn received(parameters: &Parameters<'_>, app_is_known: bool) -> Stage {
    const MOST: usize = 64;
    let lines = parameters.fields().iter().take(MOST).enumerate().map(|(index, field)| {
        let place = if index < parameters.in_query() { "query" } else { "body " };
        let name = shown_name(&field.name);
        if is_shown(&field.name, app_is_known) {
            format!("{place} {name}: {}", cut(&field.value, 256))
        } else {
            format!("{place} {name}: ({} bytes)", field.value.len())
        }
    });
    Stage::new("parameters as received", lines.collect::<Vec<_>>().join("\n"))
}

/// Only what the vendor defines is shown: no token, no address, which a merchant fills as it likes, and no app that is not known.
fn is_shown(name: &[u8], app_is_known: bool) -> bool {
    const KEPT_BACK: [&[u8]; 4] = [b"app_auth_token", b"auth_token", b"notify_url", b"return_url"];
    is_public(name) && !KEPT_BACK.contains(&name) && (app_is_known || name != b"app_id")
}

fn masked(name: &[u8], value: &[u8], app_is_known: bool) -> String {
    let value = if is_shown(name, app_is_known) { cut(value, 256) } else { "…".to_owned() };
    format!("{}={value}", shown_name(name))
}

fn cut(bytes: &[u8], longest: usize) -> String {
    String::from_utf8_lossy(bytes).chars().take(longest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_vendor_defines_is_shown() {
        assert_eq!(masked(b"charset", b"utf-8", true), "charset=utf-8");
        for name in ["biz_content", "app_auth_token", "auth_token", "return_url", "remark"] {
            assert_eq!(masked(name.as_bytes(), "样例甲".as_bytes(), true), format!("{name}=…"));
        }
        assert_eq!(masked(b"app_id", b"a secret, by mistake", false), "app_id=…");
    }
}
