//! What is found out about a call: of one that was refused, beside it and for the operator; of a recorded one, by
//! `shiming explain`. Written once for both doors, which differ in how a call is read and looked into.

mod masked;

use jiff::Timestamp;
use shiming_wire::{
    alipay::{
        aes::ContentKey,
        certificate::Certificate,
        keys::{Algorithm, PublicKey},
    },
    alipay_gateway::mistakes::{Diagnosis, Known, Mistake as Found},
    alipay_v3::call::ExpiredSeconds,
    request::Request,
    time::Window,
};

use super::{AlipayCaller, Platform, Tools};
use crate::refusals::{self, Explained, Mistake, Stage};

pub use masked::json;

/// What a call may be explained with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Knowledge<'k> {
    /// Every app. Which of them the call claims to come from, it says itself.
    pub apps: &'k [&'k AlipayCaller],
    /// The platform's public key, for apps that have no platform of their own.
    pub platform: Option<&'k PublicKey>,
    /// The SN of the root bundle that was handed out with its certificate.
    pub root_serial_number: Option<&'k str>,
    /// What time it is; without it the moment is not judged.
    pub now: Option<Timestamp>,
    /// How far the gateway's `timestamp` may lie from it.
    pub window: Option<Window>,
    /// What v3's `expired_seconds` does.
    pub expired: ExpiredSeconds,
}

/// A door's explanation of a call.
pub(in crate::doors) type Explain = fn(&Request<'_>, &Knowledge<'_>) -> Explained;

/// A refused call, as far as the door knows it.
pub(in crate::doors) struct Refused<'r> {
    /// Which door refused it.
    pub(in crate::doors) door: &'static str,
    /// The call.
    pub(in crate::doors) request: &'r Request<'r>,
    /// The app that it claims to come from.
    pub(in crate::doors) claimed: &'r str,
    /// The id that the caller was given.
    pub(in crate::doors) trace_id: &'r str,
    /// What the caller was told.
    pub(in crate::doors) refusal: String,
    /// How far a moment may lie from the clock, at the gateway.
    pub(in crate::doors) window: Option<Window>,
    /// What `expired_seconds` does, at v3.
    pub(in crate::doors) expired: ExpiredSeconds,
}

impl Tools {
    /// Explains the call beside itself, and keeps what the operator may see of it.
    pub(in crate::doors) fn look_into(&self, refused: Refused<'_>, explain: Explain) {
        let Refused { door, request, claimed, trace_id, refusal, window, expired } = refused;
        let now = self.clock.now().timestamp();
        let refused = refusals::Refused {
            door,
            request_id: &trace_id,
            caller: self.callers.find(claimed).map(|_| claimed),
            request,
            operation: None,
            refusal: &refusal,
            at: now,
        };
        self.refusals.explain(&refused, || {
            let (callers, platform) = (self.callers.all(), self.platform_of(None));
            move |request: &Request<'_>| {
                let apps: Vec<_> = callers.iter().map(|held| &held.caller).collect();
                let knowledge = Knowledge {
                    apps: &apps,
                    platform: platform.as_deref().map(Platform::public_key),
                    root_serial_number: platform.as_deref().and_then(|platform| platform.root_serial_number.as_deref()),
                    now: Some(now),
                    window,
                    expired,
                };
                explain(request, &knowledge)
            }
        });
    }
}

impl<'k> Knowledge<'k> {
    /// The app of that id.
    pub(in crate::doors) fn app(&self, app_id: &str) -> Option<&'k AlipayCaller> {
        self.apps.iter().copied().find(|app| app.app_id == app_id)
    }

    /// The platform's public key, in the eyes of an app.
    pub(in crate::doors) fn platform_key(&self, app: Option<&'k AlipayCaller>) -> Option<&'k PublicKey> {
        app.and_then(|app| app.platform.as_deref()).map(Platform::public_key).or(self.platform)
    }

    /// The root SN that was handed out with the platform's certificate.
    pub(in crate::doors) fn root(&self, app: Option<&'k AlipayCaller>) -> Option<&'k str> {
        match app.and_then(|app| app.platform.as_deref()) {
            Some(own) => own.root_serial_number.as_deref(),
            None => self.root_serial_number,
        }
    }

    /// Looks for the mistake in a signature. `key` is the one that it should be of.
    pub(in crate::doors) fn diagnose(
        &self,
        app: Option<&'k AlipayCaller>,
        key: Option<&'k PublicKey>,
        diagnose: impl FnOnce(&Known<'_>) -> Diagnosis,
    ) -> Diagnosis {
        let own = app.into_iter().flat_map(|app| {
            let certificates = app.certificates.iter().map(|known| ("the app's certificate", known.public_key()));
            app.key.iter().map(|key| ("the app's public key", key)).chain(certificates)
        });
        let others = self.apps.iter().filter(|other| app.is_none_or(|app| app.app_id != other.app_id));
        let others = others.flat_map(|other| keys(other).map(|key| (other.app_id.as_str(), key)));
        let others: Vec<(&str, &PublicKey)> = own.chain(others).filter(|(_, other)| Some(*other) != key).collect();
        let content_key = app.and_then(|app| app.content_key.as_ref());
        diagnose(&Known { key, platform: self.platform_key(app), others: &others, content_key })
    }
}

fn keys(caller: &AlipayCaller) -> impl Iterator<Item = &PublicKey> {
    caller.key.iter().chain(caller.certificates.iter().map(Certificate::public_key))
}

/// The key that a call must be signed with: the certificate's that it names, else the app's.
pub(in crate::doors) fn key_of<'k>(app: Option<&'k AlipayCaller>, claimed: Option<&str>) -> Option<&'k PublicKey> {
    let app = app?;
    let named = claimed.and_then(|sn| app.certificates.iter().find(|known| known.answers_to(sn)));
    named.map(Certificate::public_key).or_else(|| keys(app).next())
}

/// The stage that tells which key a call was checked with.
pub(in crate::doors) fn key_stage(key: Option<&PublicKey>, claimed: Option<&str>, algorithm: Algorithm) -> Stage {
    let text = match key {
        None => "none is registered for this app".to_owned(),
        Some(key) => {
            let what = if claimed.is_some() { "certificate mode" } else { "public-key mode" };
            let print = key.fingerprint();
            format!("{}, {} bits, {what}, SHA-256 {}", algorithm.sign_type(), key.bits(), print)
        }
    };
    Stage::new("key", text)
}

/// The stage of what was sent: its names, and how it was encrypted. `None` for content that cannot be read.
pub(in crate::doors) fn content_stage(
    content: &[u8],
    encrypted: bool,
    key: Option<&ContentKey>,
    text: impl Fn(&[u8]) -> Option<String>,
) -> Stage {
    let length = content.len();
    let shown = |plain: &[u8]| {
        text(plain).map_or_else(|| "cannot be read in the declared charset".to_owned(), |text| json(&text))
    };
    let told = match (encrypted, key) {
        _ if content.is_empty() => "empty".to_owned(),
        (false, _) => format!("{length} bytes: {}", shown(content)),
        (true, None) => format!("{length} bytes, encrypted; no AES key is registered"),
        (true, Some(key)) => match key.decrypt(content) {
            Ok(plain) => format!("{length} bytes, decrypted to {}: {}", plain.len(), shown(&plain)),
            Err(_) => format!("{length} bytes, encrypted; the registered AES key does not open them"),
        },
    };
    Stage::new("content", told)
}

/// What a door found, put together. `found` is what no signature shows, and goes before what the signature shows.
pub(in crate::doors) fn put_together(
    app: Option<&AlipayCaller>,
    verifies: bool,
    found: Option<Mistake>,
    diagnosis: &Diagnosis,
    stages: Vec<Stage>,
) -> Explained {
    let disabled = app.filter(|app| !app.enabled).map(|_| caller_disabled());
    let shown = (!diagnosis.mistakes.is_empty()).then(|| spoken(&diagnosis.mistakes));
    let unknown = app.is_none().then(|| unknown_app(shown.as_ref()));
    let mistake = disabled.or(unknown).or(found).or(shown);
    let (advice, advice_chinese) = match &mistake {
        Some(mistake) => (mistake.english.clone(), mistake.chinese.clone()),
        None if verifies => (
            "The signature is right: what is wrong, if anything is, lies in what the call asks.".into(),
            "签名正确；如有问题，在请求的内容里。".into(),
        ),
        None => advice(diagnosis),
    };
    Explained { verifies: verifies && mistake.is_none(), mistake, advice, advice_chinese, notes: Vec::new(), stages }
}

/// A call that cannot be read as far as its signature: the refusal says why.
pub(in crate::doors) fn unread(refusal: &str, stages: Vec<Stage>) -> Explained {
    Explained {
        verifies: false,
        mistake: Some(Mistake::new(
            "incomplete",
            format!("The request cannot be read as far as its signature: {refusal}."),
            format!("请求不完整，无法验签：{refusal}。"),
        )),
        advice: format!("The request cannot be read as far as its signature: {refusal}."),
        advice_chinese: format!("请求不完整，无法验签：{refusal}。"),
        notes: Vec::new(),
        stages,
    }
}

/// The app's certificate is over, or does not count yet: the same at both doors.
pub(in crate::doors) fn certificate_expired() -> Mistake {
    Mistake::new(
        "certificate-expired",
        "The app's certificate is not valid at this moment. Register a new one, and let the client name it in app_cert_sn.",
        "应用证书此刻不在有效期内。请登记新证书，并让客户端在 app_cert_sn 中使用它。",
    )
}

/// Several mistakes make one signature verify together: they are told as one.
fn spoken(mistakes: &[Found]) -> Mistake {
    let joined = |part: fn(&Found) -> &str, between| mistakes.iter().map(part).collect::<Vec<_>>().join(between);
    Mistake {
        slug: joined(|mistake| mistake.slug, "+"),
        english: joined(|mistake| &mistake.english, " "),
        chinese: joined(|mistake| &mistake.chinese, ""),
    }
}

/// What to compare where no mistake explains it. The hashes are of the text to sign, which nobody reads back.
fn advice(diagnosis: &Diagnosis) -> (String, String) {
    match &diagnosis.client_hash {
        Some(client) => {
            let server = &diagnosis.server_hash;
            (
                format!(
                    "The key is right, the signed text is another. Hash of what the client signed: {client}; of what arrived: {server}. Print the client's string to sign and compare it with the stages here."
                ),
                format!(
                    "密钥正确，但签名的文本不同。客户端签名文本的摘要：{client}；服务端收到的：{server}。请打印客户端的待签名字符串，与以上各步比较。"
                ),
            )
        }
        None => (
            "The signature is of none of the keys registered here. Register the public half of the key that the client signs with.".into(),
            "签名不出自这里登记的任何密钥。请登记与客户端签名私钥成对的公钥。".into(),
        ),
    }
}

/// The one mistake that no signature shows: it is in who may call.
fn caller_disabled() -> Mistake {
    Mistake::new(
        "caller-disabled",
        "The app is registered here and disabled: none of its calls is taken until an operator enables it.",
        "该应用已在本服务登记，但已被停用；在运维人员重新启用之前，它的调用一律不受理。",
    )
}

/// Nobody of that id is registered; whose key it is may tell which id was meant.
fn unknown_app(shown: Option<&Mistake>) -> Mistake {
    let (more, more_chinese) =
        shown.map_or((String::new(), String::new()), |shown| (format!(" {}", shown.english), shown.chinese.clone()));
    Mistake::new(
        "unknown-app",
        format!("No app of this app_id is registered here: register it, or correct the client's app_id.{more}"),
        format!("该 app_id 没有在本服务登记：请登记，或更正客户端的 app_id。{more_chinese}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnosis(client_hash: Option<&str>) -> Diagnosis {
        Diagnosis { mistakes: Vec::new(), client_hash: client_hash.map(str::to_owned), server_hash: "b".into() }
    }

    fn told(verifies: bool, found: Option<Mistake>, diagnosis: &Diagnosis) -> (bool, String, String) {
        let app = AlipayCaller::read(&shiming_core::Caller {
            door: super::super::NAME.into(),
            key_id: "1".into(),
            label: String::new(),
            state: shiming_core::CallerState::Enabled,
            secrets: std::collections::BTreeMap::new(),
            settings: std::collections::BTreeMap::new(),
        });
        let explained = put_together(app.as_ref(), verifies, found, diagnosis, Vec::new());
        let slug = explained.mistake.map_or_else(String::new, |mistake| mistake.slug);
        (explained.verifies, slug, explained.advice)
    }

    #[test]
    fn what_no_signature_shows_goes_before_what_it_shows() {
        let mut shown = diagnosis(None);
        shown.mistakes.push(Found { slug: "not-sorted", english: "a".into(), chinese: "b".into() });
        assert_eq!(told(false, None, &shown), (false, "not-sorted".into(), "a".into()));
        let clock = Mistake::new("clock", "c", "d");
        assert_eq!(told(false, Some(clock), &shown), (false, "clock".into(), "c".into()));
    }

    #[test]
    fn a_signature_that_is_right_is_never_said_to_be_wrong() {
        let (verifies, slug, advice) = told(true, None, &diagnosis(Some("a")));
        assert!(verifies && slug.is_empty() && advice.starts_with("The signature is right"), "{advice}");
        let (verifies, _, advice) = told(false, None, &diagnosis(Some("a")));
        assert!(!verifies && advice.contains("The key is right"), "{advice}");
        let (_, _, advice) = told(false, None, &diagnosis(None));
        assert!(advice.contains("none of the keys"), "{advice}");
    }

    #[test]
    fn nobody_by_that_id_is_told_with_whose_key_it_is() {
        let mut shown = diagnosis(None);
        shown.mistakes.push(Found {
            slug: "key-of-another-app",
            english: "It is app 2's.".into(),
            chinese: "b".into(),
        });
        let explained = put_together(None, false, None, &shown, Vec::new());
        let mistake = explained.mistake.unwrap();
        assert_eq!(mistake.slug, "unknown-app");
        assert!(mistake.english.ends_with("It is app 2's."), "{}", mistake.english);
    }
}
