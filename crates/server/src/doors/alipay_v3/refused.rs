//! What a call that was refused shows to the operator: the lines of the string to sign, and the mistake.

use shiming_wire::{
    alipay_v3::{
        No, Refusal, Unverified,
        mistakes::{Diagnosis, Known, Mistake, diagnose},
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
    match refusal.no()? {
        No::InvalidTimestamp => {
            let call = Unverified::parse(request).ok()?;
            let Some(given) = call.authorization().timestamp.and_then(|given| given.parse::<i64>().ok()) else {
                return Some(Mistake {
                    slug: "timestamp-form",
                    english: "timestamp is not a number of milliseconds since 1970.".into(),
                    chinese: "timestamp 不是自 1970 年起的毫秒数。".into(),
                });
            };
            // Ten digits are seconds, until the year 2286.
            if given < 100_000_000_000 {
                return Some(Mistake {
                    slug: "timestamp-in-seconds",
                    english: "timestamp counts seconds; v3 wants milliseconds.".into(),
                    chinese: "timestamp 以秒为单位，v3 要求毫秒。".into(),
                });
            }
            let seconds = given.saturating_sub(exchange.now.millis()) / 1000;
            Some(Mistake {
                slug: "clock",
                english: format!(
                    "timestamp lies {seconds} s from this server's clock; 600 s are taken, fewer where expired_seconds says so. Set the client's clock."
                ),
                chinese: format!(
                    "timestamp 与本服务时钟相差 {seconds} 秒，允许 600 秒（expired_seconds 可进一步缩短）；请校准客户端的时钟。"
                ),
            })
        }
        No::MissingSignatureConfig => Some(Mistake {
            slug: "no-key",
            english: "No public key or certificate of at least 2,048 bits is registered for the app.".into(),
            chinese: "该应用没有登记 2048 位以上的公钥或证书。".into(),
        }),
        No::MissingEncryptKey => Some(Mistake {
            slug: "no-aes-key",
            english: "The request says alipay-encrypt-type: AES, and no AES key is registered for the app.".into(),
            chinese: "请求声明 alipay-encrypt-type: AES，但该应用没有登记 AES 密钥。".into(),
        }),
        No::Undecryptable => Some(Mistake {
            slug: "aes-key",
            english: "The body cannot be decrypted: the client encrypts with another AES key than the registered one."
                .into(),
            chinese: "请求体无法解密：客户端使用的 AES 密钥与登记的不一致。".into(),
        }),
        No::MissingSignature => Some(Mistake {
            slug: "unsigned",
            english:
                "Authorization has no sign element: PHP, Java and .NET send it so where no private key is configured."
                    .into(),
            chinese: "Authorization 中没有 sign：PHP、Java、.NET 的 SDK 在未配置应用私钥时会这样发送。".into(),
        }),
        _ => None,
    }
}

/// A call looked into: its mistakes, and the lines of the string to sign. Values of the query and of elements that the
/// vendor does not define give way to dots; a body is its length.
fn look(request: &Request<'_>, known: &Known<'_>, app_is_known: bool) -> (Option<Diagnosis>, Vec<Stage>) {
    let Ok(call) = Unverified::parse(request) else { return (None, Vec::new()) };
    let diagnosis = diagnose(&call, known);
    let lines = call.lines();
    let stage = |name: &str, text: String| Stage { name: name.into(), text };
    let mut stages = vec![
        stage("auth string", elements(lines.auth_string, app_is_known)),
        stage("method", lines.method.into()),
        stage("request target", target(lines.target)),
        stage("body", format!("({} bytes)", lines.body.len())),
    ];
    if lines.app_auth_token.is_some() {
        stages.push(stage("app auth token", "…".into()));
    }
    stages.push(stage("SHA-256 of all lines", hex(lines.digest().as_ref())));
    (Some(diagnosis), stages)
}

fn elements(auth_string: &str, app_is_known: bool) -> String {
    let shown = |name: &str| match name {
        "app_id" => app_is_known,
        "app_cert_sn" | "nonce" | "timestamp" | "expired_seconds" => true,
        _ => false,
    };
    let masked = auth_string.split(',').take(64).map(|element| match element.split_once('=') {
        Some((name, value)) if shown(name) => format!("{name}={}", value.chars().take(128).collect::<String>()),
        Some((name, _)) => format!("{}=…", name.chars().take(64).collect::<String>()),
        None => "…".to_owned(),
    });
    masked.collect::<Vec<_>>().join(",")
}

fn target(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else { return target.into() };
    let name = |pair: &str| pair.split('=').next().unwrap_or_default().chars().take(64).collect::<String>();
    let names = query.split('&').take(64).map(|pair| format!("{}=…", name(pair)));
    format!("{path}?{}", names.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_of_the_query_and_no_strangers_word_is_shown() {
        assert_eq!(target("/v3/x?cert_no=110101190001010014&a"), "/v3/x?cert_no=…&a=…");
        assert_eq!(target("/v3/x"), "/v3/x");
        assert_eq!(elements("app_id=1,nonce=2,name=甲,odd", true), "app_id=1,nonce=2,name=…,…");
        assert_eq!(elements("app_id=a secret", false), "app_id=…");
    }
}
