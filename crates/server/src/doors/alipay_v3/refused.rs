//! What a call shows when it is looked into: the lines of the string to sign, its content with values masked, and the
//! mistake.

use jiff::Timestamp;
use shiming_wire::{
    alipay::keys::Algorithm,
    alipay_v3::{No, Refusal, Unverified, mistakes::diagnose, operations::OPERATIONS, sign::ENCRYPT_TYPE},
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

/// Looks into a call with what is at hand: every line of the string to sign, and the mistake that makes it verify.
pub fn explain(request: &Request<'_>, knowledge: &Knowledge<'_>) -> Explained {
    let call = match Unverified::parse(request) {
        Ok(call) => call,
        Err(refusal) => {
            let unread = unread(&refusal.to_string(), vec![Stage::new("request target", target(request.target))]);
            let Some(mistake) = endpoint(request.path()) else { return unread };
            let (advice, advice_chinese) = (mistake.english.clone(), mistake.chinese.clone());
            return Explained { mistake: Some(mistake), advice, advice_chinese, ..unread };
        }
    };
    let app = knowledge.app(call.claimed_app_id());
    let claimed = call.authorization().app_cert_sn;
    let key = key_of(app, claimed);
    let diagnosis = knowledge.diagnose(app, key, |known| diagnose(&call, known));
    let refusal = app.and_then(|app| refusal(&call, app, knowledge));
    let found = refusal.as_ref().and_then(|refusal| found(&call, refusal, knowledge.now));
    let mut stages = stages(&call, app.is_some());
    stages.push(key_stage(key, claimed, Algorithm::Rsa2));
    let encrypted = request.headers.get(ENCRYPT_TYPE).is_some_and(|kind| !kind.is_empty());
    let text = |plain: &[u8]| String::from_utf8(plain.to_vec()).ok();
    let content_key = app.and_then(|app| app.content_key.as_ref());
    stages.push(content_stage(call.lines().body, encrypted, content_key, text));
    let explained = put_together(app, app.is_some() && refusal.is_none(), found, &diagnosis, stages);
    Explained { notes: notes(&call), ..explained }
}

/// A path that would be one of this door's without what stands in front of it, or in another case: the client's endpoint is
/// not the server's root (specification, section 1.1).
fn endpoint(path: &str) -> Option<Mistake> {
    let lower = path.to_ascii_lowercase();
    let meant = OPERATIONS.iter().any(|operation| lower.ends_with(operation.path) && path != operation.path);
    meant.then(|| {
        Mistake::new(
            "endpoint",
            "The path of the request does not begin with /v3/: the client's endpoint has a path or a slash at its end, or /v3/ is spelled in another way. Set the endpoint to the server's bare address.",
            "请求路径不是以 /v3/ 开头：客户端的 endpoint 带有路径或末尾斜杠，或 /v3/ 的写法有误。请将 endpoint 设为服务的根地址。",
        )
    })
}

/// What is odd about the call beside its signature.
fn notes(call: &Unverified<'_>) -> Vec<String> {
    let no_nonce = call.authorization().nonce.is_none();
    no_nonce.then(|| "Authorization has no nonce".to_owned()).into_iter().collect()
}

/// Explains the call beside itself, and keeps what the operator may see of it.
pub(super) fn look_into(exchange: &Exchange<'_>, request: &Request<'_>, claimed: &str, refusal: &Refusal) {
    let refused = Refused {
        door: NAME,
        request,
        claimed,
        trace_id: &exchange.trace_id,
        refusal: refusal.to_string(),
        window: None,
        expired: exchange.door.settings.expired,
    };
    exchange.door.tools.look_into(refused, explain);
}

/// What the door would say to the call: steps 5 to 14 of the specification's section 1.9, but for nonces, tokens and
/// contracts.
fn refusal(call: &Unverified<'_>, app: &AlipayCaller, knowledge: &Knowledge<'_>) -> Option<Refusal> {
    let own = || Timestamp::from_millisecond(call.authorization().timestamp?.parse().ok()?).ok();
    let now = knowledge.now.or_else(own).unwrap_or(Timestamp::UNIX_EPOCH);
    let keys = app.v3_keys(knowledge.root(Some(app)));
    let verified = call.clone().verify(&keys, now, knowledge.expired);
    verified.and_then(|verified| verified.open(app.content_key.as_ref())).err()
}

/// The mistakes that no signature shows.
fn found(call: &Unverified<'_>, refusal: &Refusal, now: Option<Timestamp>) -> Option<Mistake> {
    let mistake = match refusal.no()? {
        // What the signature shows says more.
        No::InvalidSignature => return None,
        No::InvalidTimestamp => clock(call, now),
        No::MissingSignatureConfig => Mistake::new(
            "no-key",
            "No public key or certificate of at least 2,048 bits is registered for the app.",
            "该应用没有登记 2048 位以上的公钥或证书。",
        ),
        No::AppCertNotExist => Mistake::new(
            "no-key",
            "app_cert_sn names a certificate that is not registered for the app.",
            "app_cert_sn 指向的证书没有登记在该应用下。",
        ),
        No::AppCertExpired => certificate_expired(),
        No::InvalidAlipayRootCertSn => Mistake::new(
            "root-certificate",
            "alipay-root-cert-sn is not the SN of the root bundle that was handed out with the platform's certificate.",
            "alipay-root-cert-sn 与平台发放的根证书文件的 SN 不一致。",
        ),
        No::MissingEncryptKey => Mistake::new(
            "no-aes-key",
            "The request says alipay-encrypt-type: AES, and no AES key is registered for the app.",
            "请求声明 alipay-encrypt-type: AES，但该应用没有登记 AES 密钥。",
        ),
        No::Undecryptable => Mistake::new(
            "aes-key",
            "The body cannot be decrypted: the client encrypts with another AES key than the registered one.",
            "请求体无法解密：客户端使用的 AES 密钥与登记的不一致。",
        ),
        No::MissingSignature => Mistake::new(
            "unsigned",
            "Authorization has no sign element: PHP, Java and .NET send it so where no private key is configured.",
            "Authorization 中没有 sign：PHP、Java、.NET 的 SDK 在未配置应用私钥时会这样发送。",
        ),
        _ => Mistake::new(
            "incomplete",
            format!("A part that the call needs is missing or wrong: {refusal}."),
            format!("请求缺少必要部分或有误：{refusal}。"),
        ),
    };
    Some(mistake)
}

fn clock(call: &Unverified<'_>, now: Option<Timestamp>) -> Mistake {
    let given = call.authorization().timestamp.and_then(|given| given.parse::<i64>().ok());
    match (given, now) {
        // Ten digits are seconds, until the year 2286.
        (Some(given), _) if given < 100_000_000_000 => Mistake::new(
            "timestamp-in-seconds",
            "timestamp counts seconds; v3 wants milliseconds.",
            "timestamp 以秒为单位，v3 要求毫秒。",
        ),
        (Some(given), Some(now)) => {
            let seconds = given.saturating_sub(now.as_millisecond()) / 1000;
            Mistake::new(
                "clock",
                format!(
                    "timestamp lies {seconds} s from this server's clock; 600 s are taken, fewer where expired_seconds says so. Set the client's clock."
                ),
                format!(
                    "timestamp 与本服务时钟相差 {seconds} 秒，允许 600 秒（expired_seconds 可进一步缩短）；请校准客户端的时钟。"
                ),
            )
        }
        _ => Mistake::new(
            "timestamp-form",
            "timestamp is not a number of milliseconds since 1970.",
            "timestamp 不是自 1970 年起的毫秒数。",
        ),
    }
}

/// The lines of the string to sign. Values of the query and of elements that the vendor does not define give way to dots;
/// a body is its length.
fn stages(call: &Unverified<'_>, app_is_known: bool) -> Vec<Stage> {
    let lines = call.lines();
    let mut stages = vec![
        Stage::new("auth string", elements(lines.auth_string, app_is_known)),
        Stage::new("method", lines.method),
        Stage::new("request target", target(lines.target)),
        Stage::new("body", format!("({} bytes)", lines.body.len())),
    ];
    if lines.app_auth_token.is_some() {
        stages.push(Stage::new("app auth token", "…"));
    }
    stages.push(Stage::new("SHA-256 of all lines", hex(lines.digest().as_ref())));
    stages
}

fn elements(auth_string: &str, app_is_known: bool) -> String {
    let shown = |name: &str| match name {
        "app_id" => app_is_known,
        "app_cert_sn" | "nonce" | "timestamp" | "expired_seconds" => true,
        _ => false,
    };
    let masked = auth_string.split(',').take(64).map(|element| match element.split_once('=') {
        Some((name, value)) if shown(name) => format!("{name}={}", value.chars().take(128).collect::<String>()),
        Some((name, _)) => format!("{}=…", shown_name(name.as_bytes())),
        None => "…".to_owned(),
    });
    masked.collect::<Vec<_>>().join(",")
}

fn target(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else { return target.into() };
    let names = query.split('&').take(64).map(|pair| pair.split('=').next().unwrap_or_default());
    let names = names.map(|name| format!("{}=…", shown_name(name.as_bytes())));
    format!("{path}?{}", names.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_that_is_not_the_root_is_named() {
        let path = OPERATIONS[0].path;
        for slip in [format!("/alipay{path}"), format!("/{path}"), path.replacen("v3", "V3", 1)] {
            assert_eq!(endpoint(&slip).unwrap().slug, "endpoint", "{slip}");
        }
        for other in [path, "/v3/nowhere", "/", ""] {
            assert!(endpoint(other).is_none(), "{other}");
        }
    }

    #[test]
    fn no_value_of_the_query_and_no_strangers_word_is_shown() {
        assert_eq!(target("/v3/x?cert_no=110101190001010014&a"), "/v3/x?cert_no=…&a=…");
        assert_eq!(target("/v3/x"), "/v3/x");
        assert_eq!(elements("app_id=1,nonce=2,name=甲,odd", true), "app_id=1,nonce=2,name=…,…");
        assert_eq!(elements("app_id=a secret", false), "app_id=…");
    }
}
