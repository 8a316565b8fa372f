//! Why a signature does not verify, in words for the caller's developer. Docs: Alipay v3 specification, sections 1.1, 1.3 to 1.5, 1.8.
//!
//! As in the gateway's `mistakes`, the signature is opened first: that tells whether the key is right, and shows the hash of what the
//! client signed, to which the known other texts are compared.

mod layout;

use std::borrow::Cow;

use aws_lc_rs::digest::{SHA256, digest};
use http::HeaderMap;

use super::call::Unverified;
use super::sign::{Lines, SCHEME, answer_text};
use crate::alipay::aes::ContentKey;
use crate::alipay::form::{self, Escapes};
use crate::alipay::keys::{Algorithm, Opened, PublicKey};
use crate::alipay::mistake::{Budget, other_spellings, replaced};
use crate::alipay::signature::signature;
pub use crate::alipay_gateway::mistakes::{Diagnosis, Known, Mistake};
use crate::hex::hex;

/// Finds out why the signature of a call does not verify.
pub fn diagnose(call: &Unverified<'_>, known: &Known<'_>) -> Diagnosis {
    let lines = call.lines();
    let mut diagnosis =
        Diagnosis { mistakes: Vec::new(), client_hash: None, server_hash: hex(lines.digest().as_ref()) };
    if known.key.is_some() && known.key == known.platform {
        diagnosis.mistakes.push(Mistake::new(
            "platform-key-registered",
            "The key registered for this app is the platform's own public key. Register the app's public key instead.",
            "为该应用登记的是平台公钥，应登记应用公钥。",
        ));
    }
    let Some(given) = call.authorization().sign.and_then(|sign| signature(sign.as_bytes())) else { return diagnosis };
    let Some((algorithm, hash, by)) = open(&given, known) else {
        if known.key.map(|key| key.open(&given)) == Some(Opened::Pss) {
            diagnosis.mistakes.push(Mistake::new(
                "pss-for-pkcs1",
                "The signature looks like RSA-PSS; this scheme is PKCS#1 v1.5.",
                "签名像是 RSA-PSS，此处应使用 PKCS#1 v1.5。",
            ));
        }
        return diagnosis;
    };
    match by {
        Some(mistake) => diagnosis.mistakes.push(mistake),
        None => diagnosis.client_hash = Some(hex(&hash)),
    }
    if algorithm == Algorithm::Rsa {
        diagnosis.mistakes.push(Mistake::new(
            "sign-type-mismatch",
            format!("The scheme is {SCHEME}, but the signature is made with SHA-1."),
            format!("签名方案为 {SCHEME}，但签名实际用的是 SHA-1。"),
        ));
    }
    let search = Search { call, lines, algorithm, hash: &hash, budget: Budget::new() };
    if search.is(&lines) {
        return diagnosis;
    }
    let found = search
        .shape()
        .or_else(|| search.layout())
        .or_else(|| search.target())
        .or_else(|| search.header())
        .or_else(|| search.body(known.content_key));
    match found {
        Some(mistake) => diagnosis.mistakes.push(mistake),
        // The other findings are true, but they do not make the signature verify.
        None if diagnosis.client_hash.is_some() => diagnosis.mistakes.clear(),
        None => {}
    }
    diagnosis
}

/// Why a client refuses an answer: `used` is the key it verifies with.
pub fn diagnose_answer(headers: &HeaderMap, body: &[u8], used: &PublicKey, known: &Known<'_>) -> Option<Mistake> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let given = signature(header("alipay-signature")?.as_bytes())?;
    let (timestamp, nonce) = (header("alipay-timestamp")?, header("alipay-nonce")?);
    let good = |key: &PublicKey, text: &[u8]| key.verifies(Algorithm::Rsa2, &digest(&SHA256, text), &given);
    let text = answer_text(timestamp, nonce, body);
    if good(used, &text) {
        return None;
    }
    if known.platform.is_some_and(|platform| good(platform, &text)) {
        return Some(if known.key == Some(used) {
            Mistake::new(
                "answer-checked-with-app-key",
                "The answer is right, but the client verifies it with the app's own public key. Configure the platform's public key.",
                "应答没有问题，但客户端用应用自己的公钥去验签。请配置平台公钥（SDK 中称“支付宝公钥”）。",
            )
        } else {
            Mistake::new(
                "answer-checked-with-another-key",
                "The answer is right, but the client verifies it with a key that is not this platform's.",
                "应答没有问题，但客户端配置的不是本平台的公钥。",
            )
        });
    }
    if good(used, text.trim_ascii_end()) {
        return Some(Mistake::new(
            "answer-without-line-end",
            "The answer is signed without the line feed behind its last line.",
            "应答的签名文本末行少了换行。",
        ));
    }
    other_spellings(body).iter().find(|(_, other)| good(used, &answer_text(timestamp, nonce, other))).map(|(how, _)| {
        Mistake::new(
            "answer-reserialised",
            format!("The answer was rewritten on its way: the signed body is the same {how}. Let no proxy touch it."),
            "应答正文在途中被改写（重新序列化），请不要让代理改动正文。",
        )
    })
}

/// Whose signature it is: the algorithm, the hash, and a mistake where the key is not the registered one.
fn open(given: &[u8], known: &Known<'_>) -> Option<(Algorithm, Vec<u8>, Option<Mistake>)> {
    if let Some(Opened::Hash(algorithm, hash)) = known.key.map(|key| key.open(given)) {
        return Some((algorithm, hash, None));
    }
    if let Some(Opened::Hash(algorithm, hash)) = known.platform.map(|key| key.open(given)) {
        let mistake = Mistake::new(
            "signed-with-platform-key",
            "The request is signed with the platform's private key. A client must sign with the app's own private key.",
            "请求是用平台私钥签的。客户端应使用应用自己的私钥；平台私钥已视为泄露。",
        );
        return Some((algorithm, hash, Some(mistake)));
    }
    known.others.iter().find_map(|(name, key)| match key.open(given) {
        Opened::Hash(algorithm, hash) => {
            let mistake = Mistake::new(
                "key-of-another-app",
                format!("The request is signed with the key of {name}, not with the one registered for this app_id."),
                format!("请求用的是 {name} 的私钥，与该 app_id 登记的公钥不成对。"),
            );
            Some((algorithm, hash, Some(mistake)))
        }
        _ => None,
    })
}

/// These lines, each with its end.
fn closed(lines: &[&[u8]]) -> Vec<u8> {
    lines.iter().flat_map(|line| [*line, b"\n"]).flatten().copied().collect()
}

/// Looks for the text whose hash the client signed.
struct Search<'a> {
    call: &'a Unverified<'a>,
    lines: Lines<'a>,
    algorithm: Algorithm,
    hash: &'a [u8],
    budget: Budget,
}

impl Search<'_> {
    fn is_text(&self, text: &[u8]) -> bool {
        digest(self.algorithm.hash(), text).as_ref() == self.hash
    }

    fn is(&self, lines: &Lines<'_>) -> bool {
        let size = lines.target.len() + lines.body.len() + lines.auth_string.len();
        self.budget.covers(size) && self.is_text(&lines.text())
    }

    /// Line ends, missing lines, the method's case.
    fn shape(&self) -> Option<Mistake> {
        let text = self.lines.text();
        let Lines { auth_string, method, target, body, app_auth_token: token } = self.lines;
        // Without body and token, this text lacks the last line end too.
        let mut without_body = vec![auth_string.as_bytes(), method.as_bytes(), target.as_bytes()];
        without_body.extend(token);
        if body.is_empty() && self.is_text(&closed(&without_body)) {
            return Some(Mistake::new(
                "body-line-missing",
                "Without a body its line is still there, empty: one more line feed.",
                "没有正文时也要保留空的正文行（多一个换行）。",
            ));
        }
        if self.is_text(text.strip_suffix(b"\n").unwrap_or(&text)) {
            return Some(Mistake::new(
                "last-line-end-missing",
                "The string to sign lacks the line feed behind its last line.",
                "待签名字符串末行少了换行符，每一行（包括最后一行）都以换行结尾。",
            ));
        }
        if self.is_text(&replaced(&text, b"\n", b"\r\n")) {
            return Some(Mistake::new(
                "crlf-line-ends",
                "The lines of the string to sign end in CR LF; they end in LF alone.",
                "待签名字符串用了 CRLF 换行，应只用 LF。",
            ));
        }
        if token.is_some() && self.is(&Lines { app_auth_token: None, ..self.lines }) {
            return Some(Mistake::new(
                "token-line-missing",
                "alipay-app-auth-token is sent but its line is missing in the string to sign.",
                "发送了 alipay-app-auth-token，但待签名字符串里没有这一行。",
            ));
        }
        let extra_line = [text.as_slice(), b"\n"].concat();
        if self.is_text(&extra_line) {
            return Some(Mistake::new(
                "empty-token-line",
                "The string to sign has an empty line for a token that is not sent.",
                "没有发送授权令牌，待签名字符串却多了一个空行。",
            ));
        }
        if !body.is_empty() && self.is(&Lines { body: b"", ..self.lines }) {
            return Some(Mistake::new(
                "body-not-signed",
                "The body was sent but not signed.",
                "发送了正文，但正文没有参与签名。",
            ));
        }
        let lower = method.to_ascii_lowercase();
        self.is(&Lines { method: &lower, ..self.lines }).then(|| {
            Mistake::new(
                "method-in-lower-case",
                "The method was signed in lower case; it is upper case.",
                "签名文本中的 HTTP 方法应为大写。",
            )
        })
    }

    /// The target, written another way.
    fn target(&self) -> Option<Mistake> {
        let target = self.lines.target;
        let is = |other: &str| self.is(&Lines { target: other, ..self.lines });
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if !query.is_empty() && is(path) {
            return Some(Mistake::new(
                "query-not-signed",
                "Only the path was signed; the query belongs to it.",
                "只签了路径，查询参数也要参与签名。",
            ));
        }
        let decoded = String::from_utf8_lossy(&form::decode(target.as_bytes())).into_owned();
        if is(&decoded) {
            return Some(Mistake::new(
                "target-signed-decoded",
                "The target was signed decoded. Sign it exactly as it stands in the request line.",
                "签名用了解码后的地址。应使用请求行中原样的（已编码的）地址。",
            ));
        }
        let pairs: Vec<form::Field<'_>> = form::fields(query.as_bytes()).collect();
        let written = |pairs: &[form::Field<'_>], escapes| {
            let mut out = path.as_bytes().to_vec();
            for (index, field) in pairs.iter().enumerate() {
                out.push(if index == 0 { b'?' } else { b'&' });
                form::encode(&mut out, &field.name, escapes);
                out.push(b'=');
                form::encode(&mut out, &field.value, escapes);
            }
            String::from_utf8_lossy(&out).into_owned()
        };
        let java = |text: String| text.replace('+', "%20").replace("%7E", "~");
        let variants = [
            written(&pairs, Escapes::Form),
            written(&pairs, Escapes::Rfc3986),
            java(written(&pairs, Escapes::Form)),
            target.replace('+', "%20"),
            target.replace("%20", "+"),
            target.replace("%2A", "*"),
            target.replace('*', "%2A"),
            target.replace("%7E", "~"),
            target.replace('~', "%7E"),
            lower_escapes(target),
        ];
        if variants.iter().any(|other| is(other)) {
            return Some(Mistake::new(
                "target-reencoded",
                "The query was encoded another way when it was signed than when it was sent (blank as + or %20, * or ~ escaped or not).",
                "签名时与发送时查询参数的编码方式不同（空格为 + 或 %20，* 与 ~ 是否转义）。两处必须是同一个字符串。",
            ));
        }
        let mut sorted = pairs.clone();
        sorted.sort_by(|a, b| a.name.cmp(&b.name));
        if is(&written(&sorted, Escapes::Form)) || is(&written(&sorted, Escapes::Rfc3986)) {
            return Some(Mistake::new(
                "query-reordered",
                "The query was signed in another order than it was sent.",
                "签名时与发送时查询参数的顺序不同。",
            ));
        }
        let host = self.call.request().headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
        if ["http://", "https://", ""].iter().any(|scheme| is(&format!("{scheme}{host}{target}"))) {
            return Some(Mistake::new(
                "host-signed",
                "The host was signed; only path and query are.",
                "签名文本不应包含协议和域名，只含路径与查询。",
            ));
        }
        None
    }

    /// The auth string, written another way.
    fn header(&self) -> Option<Mistake> {
        let auth = self.lines.auth_string;
        let is = |other: &str| self.is(&Lines { auth_string: other, ..self.lines });
        let sign = self.call.authorization().sign.unwrap_or_default();
        let elements: Vec<&str> = auth.split(',').collect();
        let without = |skip: usize| {
            elements
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != skip)
                .map(|(_, element)| *element)
                .collect::<Vec<_>>()
                .join(",")
        };
        if let Some(at) = (0..elements.len()).find(|at| is(&without(*at))) {
            let name = elements.get(at).and_then(|element| element.split('=').next()).unwrap_or_default();
            let name: String = name.chars().filter(char::is_ascii_graphic).take(32).collect();
            return Some(Mistake::new(
                "element-not-signed",
                format!("The element {name} of Authorization was sent but not signed."),
                format!("Authorization 中的 {name} 发送了但没有参与签名。"),
            ));
        }
        let mut sorted = elements.clone();
        sorted.sort_unstable();
        let by_habit = |order: &[&str]| {
            let mut all = elements.clone();
            all.sort_by_key(|element| order.iter().position(|name| element.starts_with(name)).unwrap_or(order.len()));
            all.join(",")
        };
        let orders = [
            sorted.join(","),
            by_habit(&["app_id=", "app_cert_sn=", "nonce=", "timestamp="]),
            by_habit(&["app_id=", "timestamp=", "nonce=", "expired_seconds="]),
            by_habit(&["app_id=", "nonce=", "timestamp=", "app_cert_sn="]),
        ];
        if orders.iter().any(|order| is(order)) {
            return Some(Mistake::new(
                "auth-string-reordered",
                "The elements of Authorization were signed in another order than they were sent.",
                "Authorization 各项签名时与发送时的顺序不同。",
            ));
        }
        let spaced = elements.join(", ");
        [format!("{SCHEME} {auth}"), format!("{auth},"), format!("{auth},sign={sign}"), spaced]
            .iter()
            .any(|other| is(other))
            .then(|| {
                Mistake::new(
                    "auth-string-framed",
                    "The first line must be the auth string alone: without the scheme, without sign, without blanks.",
                    "签名文本首行只应是认证串本身：不含方案名、不含 sign、不含空格。",
                )
            })
    }

    fn body(&self, key: Option<&ContentKey>) -> Option<Mistake> {
        let body = self.lines.body;
        let is = |other: &[u8]| self.is(&Lines { body: other, ..self.lines });
        if let Some(plain) = key.and_then(|key| key.decrypt(body).ok())
            && is(&plain)
        {
            return Some(Mistake::new(
                "signed-before-encryption",
                "The body was signed in the clear and encrypted afterwards. Encrypt first, then sign the base64 text.",
                "正文先签名后加密了。应先加密，再对密文（base64）签名。",
            ));
        }
        let spellings: Vec<(&str, Cow<'_, [u8]>)> =
            other_spellings(body).into_iter().map(|(how, text)| (how, Cow::Owned(text))).collect();
        spellings.iter().find(|(_, other)| is(other)).map(|(how, _)| {
            Mistake::new(
                "content-reserialised",
                format!("The body was written again between signing and sending: the signed text is the same {how}."),
                "签名之后正文又被重新序列化（或改写空白）。发送的文本必须与签名的文本一致。",
            )
        })
    }
}

/// Escapes with their letters in lower case.
fn lower_escapes(target: &str) -> String {
    let mut out = String::with_capacity(target.len());
    let mut left = 0;
    for letter in target.chars() {
        out.push(if left > 0 { letter.to_ascii_lowercase() } else { letter });
        left = if letter == '%' { 2_u8 } else { left.saturating_sub(1) };
    }
    out
}

#[cfg(test)]
#[path = "mistakes_tests.rs"]
mod tests;
