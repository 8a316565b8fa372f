//! An answer of Alipay's, for `explain --answer`: would a client believe it, and if not, why not?
//!
//! Docs: Alipay gateway specification, sections 2.3 to 2.7; Alipay v3 specification, sections 2.2 and 2.3.

use std::path::Path;

use aws_lc_rs::digest::digest;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use shiming_server::{
    doors::{alipay::masked_json, alipay_gateway, alipay_v3},
    refusals::Stage,
};
use shiming_wire::{
    alipay::{
        aes::ContentKey,
        fields::Fields,
        keys::{Algorithm, Opened, PublicKey},
        signature::signature,
        text::Charset,
    },
    alipay_gateway::mistakes::{self as gateway_mistakes, Known, Mistake},
    alipay_v3::{mistakes as v3_mistakes, sign::answer_text},
};

use super::{
    ANSWER, Explain, Finding, Keys, Told,
    keys::{BESIDE, platform_key},
};
use crate::{
    commands::{replay::saved::Saved, terms::read_input},
    installation::hex,
    trouble::Trouble,
};

/// No answer is longer.
const LONGEST_ANSWER: u64 = 16 << 20;

/// An answer as it was saved, with what is known of the request.
struct Answer<'a> {
    saved: Option<Saved<'a>>,
    body: &'a [u8],
    content_type: Option<String>,
    /// The request's `sign_type`, where it is known.
    declared: Option<Algorithm>,
}

/// What a client has, or should have.
struct Client {
    /// The key that it verifies with: the platform's, unless it was said otherwise.
    used: PublicKey,
    platform: Option<PublicKey>,
    apps: Vec<(String, PublicKey)>,
    content_keys: Vec<ContentKey>,
}

impl Explain {
    /// Explains an answer.
    pub(super) fn answer(&self, file: &Path) -> Result<Told, Trouble> {
        let bytes = read_input(file, LONGEST_ANSWER)?;
        let keys = self.keys(file)?;
        let client = self.client(&keys)?;
        let recorded = recorded(&bytes);
        let saved = Saved::parse(&bytes);
        let answer = match (&recorded, &saved) {
            (Some((body, about)), _) => Answer {
                saved: None,
                body,
                content_type: about.get("content_type").and_then(Value::as_str).map(str::to_owned),
                declared: about
                    .get("request_sign_type")
                    .and_then(Value::as_str)
                    .and_then(|sign_type| Algorithm::parse(sign_type.as_bytes())),
            },
            (None, Some(saved)) => Answer {
                saved: Some(saved.clone()),
                body: saved.body,
                content_type: saved.header("content-type").map(str::to_owned),
                declared: None,
            },
            (None, None) => Answer { saved: None, body: &bytes, content_type: None, declared: None },
        };
        let is_v3 = match self.door.as_deref() {
            Some(door) => door == alipay_v3::NAME,
            None => answer.saved.as_ref().is_some_and(Answer::is_v3),
        };
        let (stages, notes, finding) = if is_v3 { answer.v3(&client)? } else { answer.gateway(&client)? };
        Ok(Told {
            door: if is_v3 { alipay_v3::NAME } else { alipay_gateway::NAME },
            what: ANSWER,
            about: format!("{} bytes of body", answer.body.len()),
            caller: String::new(),
            keys: keys.from.clone(),
            stages,
            notes,
            finding,
        })
    }

    fn client(&self, keys: &Keys) -> Result<Client, Trouble> {
        let given = self.client_key.as_deref().map(platform_key).transpose()?;
        let used = given.or_else(|| keys.platform.clone()).ok_or_else(|| {
            Trouble::usage("there is no key to verify the answer with").advice(
                "--platform-key FILE, or --data DIR of the installation that answered; --client-key FILE is what the client has",
            )
        })?;
        let content_keys = keys.content_keys();
        Ok(Client {
            used,
            platform: keys.platform.clone(),
            apps: keys.app_keys(),
            content_keys: content_keys.iter().filter_map(|key| ContentKey::parse(key).ok()).collect(),
        })
    }
}

/// The parts of an explanation.
type Parts = (Vec<Stage>, Vec<String>, Finding);

impl Answer<'_> {
    fn is_v3(saved: &Saved<'_>) -> bool {
        ["alipay-signature", "alipay-timestamp", "alipay-trace-id"].iter().any(|name| saved.header(name).is_some())
    }

    fn gateway(&self, client: &Client) -> Result<Parts, Trouble> {
        let not_one = || Trouble::usage("this is no answer of the gateway: not a JSON object with a node in it");
        let charset = self.charset();
        let text = charset.decode(self.body).ok_or_else(not_one)?;
        let fields = Fields::parse(text.trim_ascii()).map_err(|_| not_one())?;
        let object: Value = serde_json::from_str(text.trim_ascii()).map_err(|_| not_one())?;
        let members = || object.as_object().into_iter().flat_map(|object| object.keys());
        let name = members().find(|name| name.ends_with("_response")).ok_or_else(not_one)?;
        let node = fields.raw(name).unwrap_or_default();
        // The words of a method cannot be told from its dots here; the key that is made of it is the same.
        let method = name.strip_suffix("_response").unwrap_or_default();
        let sign = fields.text("sign").ok().flatten();
        let given = sign.as_ref().and_then(|sign| signature(sign.as_bytes()));
        let algorithm = self.declared.or_else(|| given.as_ref().and_then(|given| client.algorithm(given)));
        let algorithm = algorithm.unwrap_or(Algorithm::Rsa2);
        let signed = charset.encode(node).unwrap_or_default();
        let mut stages = vec![
            Stage::new("node", name.as_str()),
            Stage::new("says", says(node, ["code", "sub_code"])),
            Stage::new("charset", if charset == Charset::Utf8 { "utf-8" } else { "GBK" }),
            Stage::new("signed text", format!("{} bytes: {}", signed.len(), masked_json(node))),
            Stage::new(format!("its hash, for {}", algorithm.sign_type()), hash(algorithm, &signed)),
        ];
        stages.extend(content(node.trim_matches('"'), node.starts_with('"'), client));
        stages.push(client.key_stage());
        let found = match given {
            None => Err(unsigned(sign.is_some(), says(node, ["code", ""]) == "10000")),
            Some(given) => {
                let (used, known) = (&client.used, client.known());
                // The real gateway has been seen to write \/ and sign /, as Java and PHP know.
                let plain = String::from_utf8_lossy(&signed).replace("\\/", "/");
                let verifies = [&signed[..], plain.as_bytes()]
                    .iter()
                    .any(|text| used.verifies(algorithm, &digest(algorithm.hash(), text), &given));
                let mistake = || gateway_mistakes::diagnose_answer(method, self.body, charset, algorithm, used, &known);
                if verifies { Ok(()) } else { Err(client.told(&given, &hash(algorithm, &signed), mistake())) }
            }
        };
        Ok((stages, Vec::new(), finding(found)))
    }

    fn v3(&self, client: &Client) -> Result<Parts, Trouble> {
        let saved = self.saved.as_ref().ok_or_else(|| {
            Trouble::usage("an answer of v3 is signed together with its headers, and there are none here")
                .advice("save it whole: curl -i")
        })?;
        let header = |name: &str| saved.header(name).unwrap_or_default();
        let text = answer_text(header("alipay-timestamp"), header("alipay-nonce"), saved.body);
        let body = String::from_utf8_lossy(saved.body);
        let encrypted = !body.trim_start().starts_with('{') && !saved.body.is_empty();
        let mut stages = vec![
            Stage::new("says", format!("{} {}", saved.status, says(&body, ["code", ""])).trim_end()),
            Stage::new("alipay-timestamp", header("alipay-timestamp")),
            Stage::new("alipay-nonce", header("alipay-nonce")),
            Stage::new(
                "body",
                format!(
                    "{} bytes{}",
                    saved.body.len(),
                    if encrypted { String::new() } else { format!(": {}", masked_json(&body)) }
                ),
            ),
            Stage::new("SHA-256 of all lines", hash(Algorithm::Rsa2, &text)),
        ];
        stages.extend(content(&body, encrypted, client));
        stages.push(client.key_stage());
        let spelled = saved.headers.iter().find(|(name, _)| {
            name.to_ascii_lowercase().starts_with("alipay-") && name.bytes().any(|byte| byte.is_ascii_uppercase())
        });
        let notes = spelled
            .map(|(name, _)| format!("{name} is not in lower case: PHP and .NET do not find it so"))
            .into_iter()
            .collect();
        let given = signature(header("alipay-signature").as_bytes()).filter(|given| !given.is_empty());
        let headers = header_map(saved);
        let found = match given.filter(|_| header("alipay-signature") != "null") {
            None => Err(unsigned(!header("alipay-signature").is_empty(), saved.status == 200)),
            Some(given) => {
                let (used, known, algorithm) = (&client.used, client.known(), Algorithm::Rsa2);
                let verifies = used.verifies(algorithm, &digest(algorithm.hash(), &text), &given);
                let mistake = || v3_mistakes::diagnose_answer(&headers, saved.body, used, &known);
                if verifies { Ok(()) } else { Err(client.told(&given, &hash(algorithm, &text), mistake())) }
            }
        };
        Ok((stages, notes, finding(found)))
    }

    /// As Content-Type says; without it, as the bytes show.
    fn charset(&self) -> Charset {
        let declared =
            self.content_type.as_deref().and_then(|kind| kind.split_once("charset=")).map(|(_, name)| name.trim());
        let declared = declared.and_then(|name| Charset::parse(name.as_bytes()));
        let shown = if std::str::from_utf8(self.body).is_ok() { Charset::Utf8 } else { Charset::Gbk };
        declared.unwrap_or(shown)
    }
}

impl Client {
    fn known(&self) -> Known<'_> {
        // The app's own key counts where it is the one that the client verifies with.
        let key = self.apps.iter().map(|(_, key)| key).find(|key| **key == self.used);
        Known { key, platform: self.platform.as_ref(), ..Known::default() }
    }

    /// The algorithm that a signature was made with, if any key at hand opens it.
    fn algorithm(&self, given: &[u8]) -> Option<Algorithm> {
        self.keys().find_map(|key| match key.open(given) {
            Opened::Hash(algorithm, _) => Some(algorithm),
            _ => None,
        })
    }

    fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        std::iter::once(&self.used).chain(&self.platform).chain(self.apps.iter().map(|(_, key)| key))
    }

    fn key_stage(&self) -> Stage {
        let whose = if self.platform.as_ref() == Some(&self.used) {
            "the platform's".to_owned()
        } else if let Some((app, _)) = self.apps.iter().find(|(_, key)| *key == self.used) {
            format!("the public key of {}", whose(app))
        } else {
            "as given".to_owned()
        };
        Stage::new("key", format!("{whose}, {} bits, SHA-256 {}", self.used.bits(), self.used.fingerprint()))
    }

    /// Why a signature does not verify: as the vendor's door says, else by whose it is. `ours` is the hash of what arrived.
    fn told(&self, given: &[u8], ours: &str, mistake: Option<Mistake>) -> Finding {
        if let Some(mistake) = mistake {
            return Finding::new(mistake.slug, mistake.english, mistake.chinese);
        }
        if let Some((app, _)) = self.apps.iter().find(|(_, key)| matches!(key.open(given), Opened::Hash(..))) {
            return Finding::new(
                "answer-signed-with-app-key",
                format!(
                    "The answer is signed with the private key of {}, not with the platform's: the app's key pair stands in the platform's slot.",
                    whose(app)
                ),
                format!("应答是用{}的私钥签的，而不是平台私钥：平台私钥处误放了应用的密钥对。", whose_chinese(app)),
            );
        }
        match self.used.open(given) {
            Opened::Hash(_, hash) => {
                let theirs = hex(&hash);
                Finding::new(
                    "answer-altered",
                    format!(
                        "The key is right, and the signed text is another: its hash is {theirs}, and of what arrived {ours}. The answer was changed on its way, or signed over another text than was sent."
                    ),
                    format!(
                        "密钥正确，但签名的文本不同：其摘要为 {theirs}，收到的为 {ours}。应答在途中被改动，或签名时用的不是发送的文本。"
                    ),
                )
            }
            _ => Finding::new(
                "answer-of-another-platform",
                "The answer is signed with none of the keys at hand: another platform answered, or its key was changed. Hand out this platform's public key again.",
                "应答不是由已知的任何密钥签的：可能来自另一个平台，或平台密钥已更换。请重新分发平台公钥。",
            ),
        }
    }
}

/// An answer without a signature, or with one that cannot be read.
fn unsigned(there: bool, success: bool) -> Finding {
    if there {
        Finding::new("answer-signature-form", "The answer's signature is not base64.", "应答的签名不是 base64。")
    } else if success {
        Finding::new(
            "answer-unsigned",
            "A success without a signature: neither the vendor nor this server sends one. A proxy has taken it off, or somebody else answered.",
            "成功应答却没有签名：官方与本服务都不会这样应答，可能是代理去掉了签名，或应答来自别处。",
        )
    } else {
        Finding::new(
            "refusal-unsigned",
            "A refusal without a signature, as both doors send it before the app is known (v3: before the request has verified). There is nothing to verify: read its code.",
            "拒绝应答没有签名：在识别出应用之前（v3 为验签通过之前）就是这样发送的，无需验签，请看其错误码。",
        )
    }
}

/// What an encrypted answer holds.
fn content(text: &str, encrypted: bool, client: &Client) -> Option<Stage> {
    if !encrypted {
        return None;
    }
    let text = text.replace("\\/", "/");
    let opened = client.content_keys.iter().find_map(|key| key.decrypt(text.as_bytes()).ok());
    let told = match opened {
        Some(plain) => format!("decrypted to {} bytes: {}", plain.len(), masked_json(&String::from_utf8_lossy(&plain))),
        None if client.content_keys.is_empty() => "encrypted; no AES key is known".to_owned(),
        None => "encrypted; no AES key at hand opens it".to_owned(),
    };
    Some(Stage::new("content", told))
}

/// A recorded answer of the gateway: its body, and what is said of it.
fn recorded(bytes: &[u8]) -> Option<(Vec<u8>, Value)> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let body = STANDARD.decode(value.get("body_base64")?.as_str()?).ok()?;
    Some((body, value))
}

/// The codes in an answer. Its messages are left out: they may repeat what was asked.
fn says(node: &str, names: [&str; 2]) -> String {
    let Ok(fields) = Fields::parse(node) else { return String::new() };
    let codes = names.iter().filter_map(|name| fields.text(name).ok().flatten());
    let plain = codes.map(|code| code.chars().filter(char::is_ascii_graphic).take(64).collect::<String>());
    plain.collect::<Vec<_>>().join(" ")
}

/// How an app is called in a sentence.
fn whose(app: &str) -> String {
    if app == BESIDE { "the app".to_owned() } else { format!("app {app}") }
}

fn whose_chinese(app: &str) -> String {
    if app == BESIDE { "该应用".to_owned() } else { format!("应用 {app}") }
}

fn header_map(saved: &Saved<'_>) -> HeaderMap {
    let pairs = saved.headers.iter().filter_map(|(name, value)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
    });
    pairs.collect()
}

fn hash(algorithm: Algorithm, text: &[u8]) -> String {
    hex(digest(algorithm.hash(), text).as_ref())
}

fn finding(found: Result<(), Finding>) -> Finding {
    found.err().unwrap_or_else(|| Finding { verifies: true, ..Finding::new("verifies", "", "") })
}
