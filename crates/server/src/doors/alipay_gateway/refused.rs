//! What a call that was refused shows to the operator: the string to sign as this server builds it, and the mistake.

use shiming_wire::{
    alipay_gateway::{
        No, Refusal, Unverified,
        mistakes::{Diagnosis, Known, Mistake, charset_not_used, diagnose},
        sign::Empties,
    },
    request::Request,
};

use super::{Exchange, NAME};
use crate::{
    doors::alipay::{Refused, hex},
    refusals::Stage,
};

/// Finds the mistake beside the call, and keeps what the operator may see of it.
pub(super) fn look_into(exchange: &Exchange<'_>, request: &Request<'_>, claimed: &str, refusal: &Refusal) {
    let refused = Refused {
        door: NAME,
        request,
        claimed,
        trace_id: &exchange.trace_id,
        refusal: refusal.to_string(),
        found: found(exchange, request, refusal),
    };
    exchange.door.tools.look_into(refused, look);
}

/// The mistakes that no signature shows.
fn found(exchange: &Exchange<'_>, request: &Request<'_>, refusal: &Refusal) -> Option<Mistake> {
    let call = Unverified::parse(request).ok()?;
    match refusal.no()? {
        No::InvalidTimestamp => {
            let given = call.parameters().value("timestamp")?;
            let Some(given) = shiming_wire::alipay_gateway::call::parse_timestamp(given) else {
                return Some(Mistake {
                    slug: "timestamp-form",
                    english: "timestamp is not yyyy-MM-dd HH:mm:ss.".into(),
                    chinese: "timestamp 的格式不是 yyyy-MM-dd HH:mm:ss。".into(),
                });
            };
            let seconds = given.as_second() - exchange.now.secs();
            let window = exchange.door.settings.window?.either_way().as_secs();
            Some(Mistake {
                slug: "clock",
                english: format!("timestamp, read as Beijing time, lies {seconds} s from this server's clock; {window} s either way are taken. Set the client's clock, or its time zone."),
                chinese: format!("timestamp 按北京时间解读，与本服务时钟相差 {seconds} 秒，允许的偏差为前后 {window} 秒；请校准客户端的时钟或时区。"),
            })
        }
        No::MissingSignatureConfig if call.parameters().value("sign_type") == Some(b"RSA") => Some(Mistake {
            slug: "sha1-refused",
            english: "sign_type is RSA (SHA-1), which this app may not use. Sign with RSA2, or let the app use RSA: sign_types = RSA2,RSA.".into(),
            chinese: "sign_type 为 RSA（SHA-1），该应用未被允许使用；请改用 RSA2，或将该应用的 sign_types 设为 RSA2,RSA。".into(),
        }),
        No::MissingSignatureConfig => Some(Mistake {
            slug: "no-key",
            english: "No public key or certificate that this call could be verified with is registered for the app, or app_cert_sn names another certificate.".into(),
            chinese: "该应用没有登记可用于验签的公钥或证书，或 app_cert_sn 指向另一张证书。".into(),
        }),
        No::NoEncryptKey => Some(Mistake {
            slug: "no-aes-key",
            english: "encrypt_type is AES, and no AES key is registered for the app.".into(),
            chinese: "encrypt_type 为 AES，但该应用没有登记 AES 密钥。".into(),
        }),
        No::Undecryptable => Some(Mistake {
            slug: "aes-key",
            english: "biz_content cannot be decrypted: the client encrypts with another AES key than the registered one, or signed something else than it sends.".into(),
            chinese: "biz_content 无法解密：客户端使用的 AES 密钥与登记的不一致，或密文已损坏。".into(),
        }),
        _ => None,
    }
}

/// A call looked into: its mistakes, and every stage of its signature.
fn look(request: &Request<'_>, known: &Known<'_>, app_is_known: bool) -> (Option<Diagnosis>, Vec<Stage>) {
    let Ok(call) = Unverified::parse(request) else { return (None, Vec::new()) };
    let mut diagnosis = diagnose(&call, known);
    if diagnosis.mistakes.is_empty() {
        diagnosis.mistakes.extend(charset_not_used(&call));
    }
    let algorithm = call.frame().algorithm;
    let digest = hex(call.parameters().digest(Empties::Dropped, algorithm).as_ref());
    let signed = call.parameters().signed(Empties::Dropped);
    let masked: Vec<_> = signed.into_iter().map(|(name, value)| masked(name, value, app_is_known)).collect();
    let stage = |name: &str, text: String| Stage { name: name.into(), text };
    let stages = vec![
        stage("charset", call.frame().charset_name.clone()),
        stage("string to sign", masked.join("&")),
        stage(&format!("its hash, for {}", algorithm.sign_type()), digest),
    ];
    (Some(diagnosis), stages)
}

/// Only what the vendor defines, and nobody fills with a person's values, is shown.
fn masked(name: &[u8], value: &[u8], app_is_known: bool) -> String {
    const SHOWN: [&[u8]; 15] = [
        b"alipay_root_cert_sn",
        b"alipay_sdk",
        b"app_cert_sn",
        b"charset",
        b"encrypt_type",
        b"format",
        b"method",
        b"prod_code",
        b"sign_type",
        b"terminal_info",
        b"terminal_type",
        b"timestamp",
        b"version",
        b"ws_service_url",
        b"target_app_id",
    ];
    let shown = SHOWN.contains(&name) || (name == b"app_id" && app_is_known);
    let text = |bytes: &[u8], longest: usize| String::from_utf8_lossy(bytes).chars().take(longest).collect::<String>();
    let value = if shown { text(value, 256) } else { "…".to_owned() };
    format!("{}={value}", text(name, 64))
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
