//! Why a signature does not verify, in words for the caller's developer. Docs: Alipay gateway specification, sections 1.3 to 1.7.
//!
//! The signature is opened with every key at hand. That shows at once whether the key is right, and if it is, the hash of what the
//! client signed; then the ways in which clients are known to write another text are hashed and compared.

use aws_lc_rs::digest::digest;

use super::call::Unverified;
use super::client::Cut;
use super::sign::{Empties, Parameters, write};
use crate::alipay::aes::ContentKey;
use crate::alipay::form::{self, Escapes};
use crate::alipay::keys::{Algorithm, Opened, PublicKey};
use crate::alipay::mistake::{Budget, misread, other_spellings, recoded, replaced};
use crate::alipay::signature::signature;
use crate::alipay::text::Charset;

pub use crate::alipay::mistake::Mistake;
use crate::hex::hex;

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
        match other_text(call, known, algorithm, &hash) {
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

/// What the client's text turned out to be.
enum Text {
    AsBuilt,
    Other(Mistake),
    Unknown,
}

fn other_text(call: &Unverified<'_>, known: &Known<'_>, algorithm: Algorithm, hash: &[u8]) -> Text {
    let parameters = call.parameters();
    let search =
        Search { parameters, pairs: parameters.signed(Empties::Dropped), algorithm, hash, budget: Budget::new() };
    if search.is(&search.pairs) || (parameters.has_empty() && search.is(&parameters.signed(Empties::Kept))) {
        return Text::AsBuilt;
    }
    let found = search
        .charset()
        .or_else(|| search.escapes())
        .or_else(|| search.blanks())
        .or_else(|| search.order())
        .or_else(|| search.choice())
        .or_else(|| search.empties())
        .or_else(|| search.stray())
        .or_else(|| search.content(known.content_key));
    found.map_or(Text::Unknown, Text::Other)
}

/// Looks for the text whose hash the client signed.
struct Search<'a> {
    parameters: &'a Parameters<'a>,
    pairs: Vec<(&'a [u8], &'a [u8])>,
    algorithm: Algorithm,
    hash: &'a [u8],
    budget: Budget,
}

/// What may have been done to one value, told its name; `None` leaves it alone.
type Change<'c> = &'c dyn Fn(&[u8], &[u8]) -> Option<Vec<u8>>;

impl<'a> Search<'a> {
    fn is_text(&self, text: &[u8]) -> bool {
        digest(self.algorithm.hash(), text).as_ref() == self.hash
    }

    fn is(&self, pairs: &[(&[u8], &[u8])]) -> bool {
        let size = pairs.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        self.budget.covers(size) && self.is_text(&joined(pairs))
    }

    fn is_changed(&self, change: Change<'_>) -> bool {
        if !self.budget.covers(self.pairs.iter().map(|(_, value)| value.len()).sum()) {
            return false;
        }
        let changed =
            self.pairs.iter().map(|(name, value)| (*name, change(name, value).unwrap_or_else(|| value.to_vec())));
        let changed: Vec<(&[u8], Vec<u8>)> = changed.collect();
        self.is(&changed.iter().map(|(name, value)| (*name, value.as_slice())).collect::<Vec<_>>())
    }

    fn is_without(&self, skip: impl Fn(&[u8], &[u8]) -> bool) -> bool {
        self.is(&self.pairs.iter().copied().filter(|(name, value)| !skip(name, value)).collect::<Vec<_>>())
    }

    /// Names and values in the order they came.
    fn in_order(&self) -> Vec<(&'a [u8], &'a [u8])> {
        let fields = self.parameters.fields().iter();
        let signed = fields.filter(|field| *field.name != *b"sign" && !field.value.is_empty());
        signed.map(|field| (&*field.name, &*field.value)).collect()
    }

    fn charset(&self) -> Option<Mistake> {
        if self.is_changed(&|_, value| recoded(value, Charset::Utf8)) {
            return Some(Mistake::new(
                "signed-gbk-sent-utf8",
                "The text was signed in GBK but sent in UTF-8. Use one charset for both, and declare it.",
                "签名时按 GBK、发送时按 UTF-8 编码，两处应一致并与 charset 相符。",
            ));
        }
        if self.is_changed(&|_, value| recoded(value, Charset::Gbk)) {
            return Some(Mistake::new(
                "signed-utf8-sent-gbk",
                "The text was signed in UTF-8 but sent in GBK. Use one charset for both, and declare it.",
                "签名时按 UTF-8、发送时按 GBK 编码，两处应一致并与 charset 相符。",
            ));
        }
        self.is_changed(&|_, value| misread(value)).then(|| {
            Mistake::new(
                "gbk-read-as-utf8",
                "charset is GBK, and the SDK signed GBK bytes that it read again as UTF-8 (Node SDK 3 does). Use utf-8.",
                "charset 为 GBK 时 SDK 把 GBK 字节按 UTF-8 再读了一遍再签名（Node SDK 3 的问题），请改用 utf-8。",
            )
        })
    }

    fn escapes(&self) -> Option<Mistake> {
        let mut as_sent: Vec<(&[u8], &[u8])> = self
            .parameters
            .fields()
            .iter()
            .filter(|field| *field.name != *b"sign" && !field.value.is_empty())
            .map(|field| (&*field.name, field.raw))
            .collect();
        as_sent.sort_unstable();
        let escaped = |value: &[u8], escapes| {
            let mut out = Vec::new();
            form::encode(&mut out, value, escapes);
            Some(out)
        };
        if self.is(&as_sent)
            || self.is_changed(&|_, value| escaped(value, Escapes::Form))
            || self.is_changed(&|_, value| escaped(value, Escapes::Rfc3986))
        {
            return Some(Mistake::new(
                "values-signed-encoded",
                "The values were percent-encoded before they were signed. Sign them raw, then encode them for the URL.",
                "签名前对参数值做了 URL 编码。应先用原值签名，再编码发送。",
            ));
        }
        let once_more = |value: &[u8]| Some(form::decode(value).into_owned());
        let one_value =
            |wanted: &[u8]| self.is_changed(&|name, value| (name == wanted).then(|| form::decode(value).into_owned()));
        (self.is_changed(&|_, value| once_more(value)) || self.pairs.iter().any(|(name, _)| one_value(name))).then(
            || {
                Mistake::new(
                    "values-encoded-twice",
                    "Values were percent-encoded twice on their way. Encode them once.",
                    "参数值被做了两次 URL 编码，只应编码一次。",
                )
            },
        )
    }

    /// A moment has a blank of its own, so `timestamp` is left alone.
    fn blanks(&self) -> Option<Mistake> {
        let all = |name: &[u8], value: &[u8]| (name != b"timestamp").then(|| replaced(value, b" ", b"+"));
        let some = |name: &[u8], value: &[u8]| (name != b"timestamp").then(|| plus_in_base64(value));
        let long = |name: &[u8], value: &[u8]| (name != b"timestamp").then(|| plus_in_long_words(value));
        let one = |wanted: &[u8]| self.is_changed(&|name, value| (name == wanted).then(|| replaced(value, b" ", b"+")));
        if self.is_changed(&all)
            || self.is_changed(&some)
            || self.is_changed(&long)
            || self.pairs.iter().any(|(name, _)| one(name))
            || self.pairs.iter().any(|(name, value)| *name != b"timestamp" && self.some_blanks(name, value))
        {
            return Some(Mistake::new(
                "plus-became-blank",
                "A + in a value arrived as a blank: the value was not percent-encoded. Encode + as %2B (base64 of pictures is full of them).",
                "参数值中的 + 到达时变成了空格：发送时没有做 URL 编码，+ 应编码为 %2B（图片的 base64 中很多）。",
            ));
        }
        let back = |with: &'static [u8]| self.is_changed(&move |_, value| Some(replaced(value, b"+", with)));
        (back(b" ") || back(b"%20")).then(|| {
            Mistake::new(
                "blank-became-plus",
                "Blanks were turned into + before the values were encoded, so they arrived as plus signs.",
                "参数值中的空格在编码前被换成了 +，服务端收到的是加号。",
            )
        })
    }

    /// Whether some of a value's few blanks were pluses, and the others blanks.
    fn some_blanks(&self, wanted: &[u8], value: &[u8]) -> bool {
        let blanks = value.split(|&byte| byte == b' ').count() - 1;
        (2..=FEW_BLANKS).contains(&blanks)
            && (1..(1_u32 << blanks) - 1).any(|chosen| {
                let mut left = chosen;
                let changed: Vec<u8> = value
                    .iter()
                    .map(|&byte| {
                        if byte != b' ' {
                            return byte;
                        }
                        let lost = left & 1 == 1;
                        left >>= 1;
                        if lost { b'+' } else { b' ' }
                    })
                    .collect();
                self.is_changed(&|name, _| (name == wanted).then(|| changed.clone()))
            })
    }

    fn order(&self) -> Option<Mistake> {
        let in_order = self.in_order();
        let mut body_first = in_order.clone();
        body_first.rotate_left(self.parameters.in_query().min(in_order.len()));
        let mut by_letter = self.pairs.clone();
        by_letter.sort_by_key(|(name, _)| name.to_ascii_lowercase());
        let mut backwards = self.pairs.clone();
        backwards.reverse();
        [&in_order, &body_first, &by_letter, &backwards].iter().any(|order| self.is(order)).then(|| {
            Mistake::new(
                "not-sorted",
                "The parameters were not sorted by name (plain byte order) before they were signed.",
                "签名前没有按参数名的字节序排序。",
            )
        })
    }

    fn choice(&self) -> Option<Mistake> {
        if self.is_without(|name, _| name == b"sign_type") {
            return Some(Mistake::new(
                "sign-type-left-out",
                "sign_type was left out of the string to sign. Only sign is left out; sign_type is signed.",
                "待签名字符串漏掉了 sign_type。只应去掉 sign，sign_type 要参与签名。",
            ));
        }
        if let Some((name, _)) = self.pairs.iter().find(|(name, _)| self.is_without(|other, _| other == *name)) {
            let name = String::from_utf8_lossy(name)
                .chars()
                .filter(|letter| !letter.is_control())
                .take(64)
                .collect::<String>();
            return Some(Mistake::new(
                "parameter-not-signed",
                format!(
                    "The parameter {name} was sent but not signed. Every parameter but sign and empty ones is signed, in query and body alike."
                ),
                format!("参数 {name} 发送了但没有参与签名。除 sign 和空值外，URL 与正文中的参数都要签名。"),
            ));
        }
        let in_order = self.in_order();
        let (query, body) = in_order.split_at(self.parameters.in_query().min(in_order.len()));
        let sorted = |half: &[(&'a [u8], &'a [u8])]| {
            let mut half = half.to_vec();
            half.sort_unstable();
            half
        };
        if self.is(&sorted(query)) || self.is(&sorted(body)) {
            return Some(Mistake::new(
                "half-signed",
                "Only the query or only the body was signed. The string to sign is over both together.",
                "只签了 URL 参数或只签了正文参数，两者应合并后签名。",
            ));
        }
        self.is_without(|_, value| value == b"0" || value.starts_with(b"@")).then(|| {
            Mistake::new(
                "falsy-dropped",
                "Values that are 0 or begin with @ were left out (the PHP SDK does). Avoid such values.",
                "值为 0 或以 @ 开头的参数没有参与签名（PHP SDK 如此），请避免这类取值。",
            )
        })
    }

    fn empties(&self) -> Option<Mistake> {
        let all = self.parameters.signed(Empties::Kept);
        let empty: Vec<&[u8]> = all.iter().filter(|(_, value)| value.is_empty()).map(|(name, _)| *name).collect();
        let only = |kept: &[u8]| {
            all.iter().copied().filter(|(name, value)| !value.is_empty() || *name == kept).collect::<Vec<_>>()
        };
        let but = |dropped: &[u8]| all.iter().copied().filter(|(name, _)| *name != dropped).collect::<Vec<_>>();
        empty.iter().take(64).any(|name| self.is(&only(name)) || self.is(&but(name))).then(|| {
            Mistake::new(
                "empty-values",
                "Some of the empty parameters were signed and others not. Leave them all out.",
                "空值参数有的参与签名、有的没有。应全部去掉。",
            )
        })
    }

    fn stray(&self) -> Option<Mistake> {
        let text = joined(&self.pairs);
        [[text.as_slice(), b"&"].concat(), [text.as_slice(), b"\n"].concat(), [b"?", text.as_slice()].concat()]
            .iter()
            .any(|text| self.is_text(text))
            .then(|| {
                Mistake::new(
                    "stray-character",
                    "A stray character stands around the string to sign (a trailing & or line end, or a leading question mark).",
                    "待签名字符串首尾多了字符（末尾的 & 或换行，或开头的问号）。",
                )
            })
    }

    fn content(&self, key: Option<&ContentKey>) -> Option<Mistake> {
        let content = self.parameters.value("biz_content")?;
        let is = |other: &[u8]| self.is_changed(&|name, _| (name == b"biz_content").then(|| other.to_vec()));
        if let Some((how, _)) = other_spellings(content).iter().find(|(_, other)| is(other)) {
            return Some(Mistake::new(
                "content-reserialised",
                format!(
                    "biz_content was written again between signing and sending: the signed text is the same {how}. Sign exactly the text that is sent."
                ),
                "签名之后 biz_content 又被重新序列化（或改写空白）。发送的文本必须与签名的文本一致。",
            ));
        }
        let plain = key.and_then(|key| key.decrypt(content).ok())?;
        is(&plain).then(|| {
            Mistake::new(
                "signed-before-encryption",
                "biz_content was signed in the clear and encrypted afterwards. Encrypt first, then sign the ciphertext.",
                "biz_content 先签名后加密了。应先加密，再对密文签名。",
            )
        })
    }
}

fn joined(pairs: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    write(pairs, |bytes| out.extend_from_slice(bytes));
    out
}

/// So many blanks of one value are tried in every combination.
const FEW_BLANKS: usize = 6;

/// Blanks become pluses in the strings of a JSON text that are too long for anything but base64: names keep theirs.
fn plus_in_long_words(value: &[u8]) -> Vec<u8> {
    const LONG: usize = 64;
    let mut pieces = value.split(|&byte| byte == b'"');
    let mut out = pieces.next().unwrap_or_default().to_vec();
    for piece in pieces {
        out.push(b'"');
        if piece.len() < LONG {
            out.extend_from_slice(piece);
        } else {
            out.extend(piece.iter().map(|&byte| if byte == b' ' { b'+' } else { byte }));
        }
    }
    out
}

/// Blanks become pluses, but for those behind JSON punctuation and in `timestamp`-like texts, where blanks are meant.
fn plus_in_base64(value: &[u8]) -> Vec<u8> {
    let mut before = b'{';
    value
        .iter()
        .map(|&byte| {
            let lost = byte == b' ' && !matches!(before, b',' | b':' | b'{' | b'[' | b'"' | b'}' | b']' | b' ');
            before = byte;
            if lost { b'+' } else { byte }
        })
        .collect()
}

#[cfg(test)]
#[path = "mistakes_tests.rs"]
mod tests;
