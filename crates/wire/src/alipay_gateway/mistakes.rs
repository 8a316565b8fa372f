//! Why a signature does not verify, in words for the caller's developer. Docs: Alipay gateway specification, sections 1.3 to 1.7.
//!
//! The signature is opened with every key at hand. That shows at once whether the key is right, and if it is, the hash of what the
//! client signed; then the ways in which clients are known to write another text are hashed and compared.

mod text;

use aws_lc_rs::digest::digest;

use self::text::Text;
use super::call::Unverified;
use super::client::Cut;
use super::sign::Empties;
use crate::alipay::aes::ContentKey;
use crate::alipay::form;
use crate::alipay::keys::{Algorithm, Opened, PublicKey};
use crate::alipay::mistake::other_spellings;
use crate::alipay::signature::signature;
use crate::alipay::text::Charset;

use crate::hex::hex;

pub use crate::alipay::mistake::Mistake;

/// What is known of the caller and its surroundings.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// The key that the signature should be of.
    pub key: Option<&'a PublicKey>,
    /// The platform's public key.
    pub platform: Option<&'a PublicKey>,
    /// Other apps' keys with their ids, and the caller's own other keys with a word for each.
    pub others: &'a [(&'a str, &'a PublicKey)],
    /// The caller's content key.
    pub content_key: Option<&'a ContentKey>,
}

/// What became of the search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// The mistakes that make the signature verify; empty when none of the known ones does.
    pub mistakes: Vec<Mistake>,
    /// The lower-case hexadecimal hash of the text that the client signed, when the key is right: compare it with the client's.
    pub client_hash: Option<String>,
    /// The hash of the text that the server built.
    pub server_hash: String,
}

/// Finds out why the signature of a call does not verify.
pub fn diagnose(call: &Unverified<'_>, known: &Known<'_>) -> Diagnosis {
    let declared = call.frame().algorithm;
    let server_hash = hex(call.parameters().digest(Empties::Dropped, declared).as_ref());
    let mut diagnosis = Diagnosis { mistakes: Vec::new(), client_hash: None, server_hash };
    if known.key.is_some() && known.key == known.platform {
        diagnosis.mistakes.push(Mistake::new(
            "platform-key-registered",
            "The key registered for this app is the platform's own public key. Register the app's public key (the one whose private half the client signs with) instead.",
            "为该应用登记的是平台公钥，应登记应用公钥（与客户端签名私钥成对的那一把）。",
        ));
    }
    let Some(sign) = call.parameters().value("sign") else { return diagnosis };
    for (given, damage) in readings(sign) {
        let Some((algorithm, hash, by)) = open(&given, known) else {
            if let Some(mistake) = known.key.and_then(|key| odd_padding(key, &given)) {
                diagnosis.mistakes.push(mistake);
                return diagnosis;
            }
            continue;
        };
        diagnosis.mistakes.extend(damage);
        if let Some(mistake) = by {
            diagnosis.mistakes.push(mistake);
        } else {
            diagnosis.client_hash = Some(hex(&hash));
        }
        if algorithm != declared {
            diagnosis.mistakes.push(sign_type_mismatch(algorithm, declared));
        }
        match text::look_for(call, known, algorithm, &hash) {
            Text::Other(mistake) => diagnosis.mistakes.push(mistake),
            // The other findings are true, but they do not make the signature verify.
            Text::Unknown if diagnosis.client_hash.is_some() => diagnosis.mistakes.clear(),
            Text::AsBuilt | Text::Unknown => {}
        }
        return diagnosis;
    }
    diagnosis
}

/// What a call whose signature is right but whose content cannot be read did wrong with its charset.
pub fn charset_not_used(call: &Unverified<'_>) -> Option<Mistake> {
    let content = call.parameters().value("biz_content")?;
    let declared = call.frame().charset;
    if content.is_ascii() {
        return None;
    }
    let other_fits = declared
        .other()
        .decode(content)
        .is_some_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok());
    let declared_fits =
        declared.decode(content).is_some_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok());
    // Chinese text in UTF-8 is often readable as GBK too, as other characters; the reverse all but never happens.
    let looks_utf8 = declared == Charset::Gbk && std::str::from_utf8(content).is_ok();
    (other_fits && (!declared_fits || looks_utf8)).then(|| {
        let (is, says) = if declared == Charset::Gbk { ("UTF-8", "GBK") } else { ("GBK", "UTF-8") };
        Mistake::new(
            "charset-declared-not-used",
            format!("The charset parameter says {says}, but biz_content is encoded in {is}. Declare what is used; the Node SDK can only use utf-8."),
            format!("charset 参数声明为 {says}，但 biz_content 实际按 {is} 编码。请让两者一致；Node SDK 只能用 utf-8。"),
        )
    })
}

/// Why a client refuses an answer: `used` is the key it verifies with.
pub fn diagnose_answer(
    method: &str,
    body: &[u8],
    charset: Charset,
    algorithm: Algorithm,
    used: &PublicKey,
    known: &Known<'_>,
) -> Option<Mistake> {
    let text = charset.decode(body)?;
    let cut = Cut::of(method, &text)?;
    let node = charset.encode(cut.node)?;
    let given = signature(cut.sign?.as_bytes())?;
    let good = |key: &PublicKey, algorithm: Algorithm, node: &[u8]| {
        key.verifies(algorithm, &digest(algorithm.hash(), node), &given)
    };
    if good(used, algorithm, &node) {
        return None;
    }
    if known.platform.is_some_and(|platform| good(platform, algorithm, &node)) {
        return Some(if known.key == Some(used) {
            Mistake::new(
                "answer-checked-with-app-key",
                "The answer is right, but the client verifies it with the app's own public key. Configure the platform's public key (called the Alipay public key in the SDKs).",
                "应答没有问题，但客户端用应用自己的公钥去验签。请配置平台公钥（SDK 中称“支付宝公钥”）。",
            )
        } else {
            Mistake::new(
                "answer-checked-with-another-key",
                "The answer is right, but the client verifies it with a key that is not this platform's. Configure this platform's public key.",
                "应答没有问题，但客户端配置的不是本平台的公钥。请换成本平台的公钥。",
            )
        });
    }
    if good(used, algorithm.other(), &node) {
        return Some(sign_type_mismatch(algorithm.other(), algorithm));
    }
    if let Opened::Hash(algorithm, hash) = used.open(&given) {
        for (how, text) in other_spellings(&node) {
            if digest(algorithm.hash(), &text).as_ref() == hash {
                return Some(Mistake::new(
                    "answer-reserialised",
                    format!(
                        "The answer was rewritten on its way: the signed text is the same node {how}. Let no proxy touch the body."
                    ),
                    "应答正文在途中被改写（重新序列化），请不要让代理改动正文。".to_owned(),
                ));
            }
        }
    }
    None
}

/// The private key's form is one that this SDK cannot read: the client cannot sign at all.
pub fn wrong_private_form(found: crate::alipay::pasted::Kind, sdk: Sdk) -> Option<Mistake> {
    use crate::alipay::pasted::Kind;
    let wanted = match sdk {
        Sdk::Java => Kind::RsaPrivatePkcs8,
        Sdk::Python | Sdk::Node | Sdk::Php => Kind::RsaPrivatePkcs1,
    };
    if found == wanted || !matches!(found, Kind::RsaPrivatePkcs1 | Kind::RsaPrivatePkcs8) {
        return None;
    }
    Some(if found == Kind::RsaPrivatePkcs1 {
        Mistake::new(
            "pkcs1-for-pkcs8",
            "The private key is in PKCS#1, but this SDK reads PKCS#8: openssl pkcs8 -topk8 -nocrypt -in KEY -out KEY8.",
            "私钥是 PKCS#1 格式，而该 SDK 需要 PKCS#8：openssl pkcs8 -topk8 -nocrypt -in KEY -out KEY8。",
        )
    } else {
        Mistake::new(
            "pkcs8-for-pkcs1",
            "The private key is in PKCS#8, but this SDK reads PKCS#1: openssl rsa -traditional -in KEY8 -out KEY (Node: or set keyType to PKCS8).",
            "私钥是 PKCS#8 格式，而该 SDK 需要 PKCS#1：openssl rsa -traditional -in KEY8 -out KEY（Node 也可设 keyType 为 PKCS8）。",
        )
    })
}

/// An SDK family, by the form of private key it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sdk {
    /// PKCS#8.
    Java,
    /// PKCS#1.
    Python,
    /// PKCS#1 unless told otherwise.
    Node,
    /// PKCS#1.
    Php,
}

/// The signature as it may have been meant, with the mistake that each reading stands for.
fn readings(sign: &[u8]) -> Vec<(Vec<u8>, Option<Mistake>)> {
    let mut out = Vec::new();
    out.extend(signature(sign).map(|given| (given, None)));
    let url: Vec<u8> = sign
        .iter()
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        })
        .collect();
    if url != sign {
        out.extend(signature(&url).map(|given| {
            let mistake = Mistake::new(
                "signature-url-safe",
                "The signature is in the URL-safe alphabet of base64; use the standard one.",
                "签名用了 URL 安全的 base64 字母表，应使用标准 base64。",
            );
            (given, Some(mistake))
        }));
    }
    let once_more = form::decode(sign);
    if *once_more != *sign && sign.contains(&b'%') {
        out.extend(signature(&once_more).map(|given| {
            let mistake = Mistake::new(
                "signature-encoded-twice",
                "The signature was percent-encoded twice; encode it once.",
                "签名被做了两次 URL 编码，只应编码一次。",
            );
            (given, Some(mistake))
        }));
    }
    if sign.len().is_multiple_of(2) && sign.iter().all(u8::is_ascii_hexdigit) {
        let bytes = sign
            .chunks_exact(2)
            .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        let mistake = Mistake::new(
            "signature-hexadecimal",
            "The signature is in hexadecimal; write it in base64.",
            "签名写成了十六进制，应为 base64。",
        );
        out.push((bytes, Some(mistake)));
    }
    out
}

/// Whose signature it is: the algorithm, the hash, and a mistake where the key is not the registered one.
fn open(given: &[u8], known: &Known<'_>) -> Option<(Algorithm, Vec<u8>, Option<Mistake>)> {
    if let Some(Opened::Hash(algorithm, hash)) = known.key.map(|key| key.open(given)) {
        return Some((algorithm, hash, None));
    }
    if let Some(Opened::Hash(algorithm, hash)) = known.platform.map(|key| key.open(given)) {
        let mistake = Mistake::new(
            "signed-with-platform-key",
            "The request is signed with the platform's private key. A client must sign with the app's own private key, and the platform's counts as leaked.",
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

fn odd_padding(key: &PublicKey, given: &[u8]) -> Option<Mistake> {
    match key.open(given) {
        Opened::Pss => Some(Mistake::new(
            "pss-for-pkcs1",
            "The signature looks like RSA-PSS; RSA2 is PKCS#1 v1.5.",
            "签名像是 RSA-PSS，RSA2 应使用 PKCS#1 v1.5。",
        )),
        Opened::OtherHash => Some(Mistake::new(
            "another-hash",
            "The key is right, but the signature is over another hash than SHA-256 or SHA-1.",
            "密钥正确，但签名使用的摘要既不是 SHA-256 也不是 SHA-1。",
        )),
        _ => None,
    }
}

fn sign_type_mismatch(made: Algorithm, declared: Algorithm) -> Mistake {
    let hash = |algorithm| match algorithm {
        Algorithm::Rsa2 => "SHA-256",
        Algorithm::Rsa => "SHA-1",
    };
    Mistake::new(
        "sign-type-mismatch",
        format!(
            "sign_type says {}, but the signature is made with {} ({}).",
            declared.sign_type(),
            made.sign_type(),
            hash(made)
        ),
        format!("sign_type 声明为 {}，但签名实际用的是 {}（{}）。", declared.sign_type(), made.sign_type(), hash(made)),
    )
}

#[cfg(test)]
#[path = "mistakes_tests.rs"]
mod tests;
