//! A door set up for one recorded request: its clock, its caller, an empty memory; and its answer, read as a client of
//! that vendor reads it.

use std::{fmt, path::Path, sync::Arc, time::Instant};

use http::HeaderMap;
use serde::Deserialize;
use shiming_core::{Caller, Checker, Clock, Policy, Redeemer, Submitter, UnixTime};
use shiming_server::{
    Answer, Call,
    doors::{
        Door,
        alipay::{self, AlipayCaller, INSTALLATION, Platform},
        alipay_gateway::{self, Gateway},
        alipay_v3::{self, V3},
        aliyun_domain::{self, AliyunDomain},
        jdcloud::{self, JdCloud},
        papers,
        volcengine_sms::{self, VolcengineSms},
    },
    keyring::Keyring,
    random::SystemRandom,
    refusals::Refusals,
};
use shiming_wire::{
    RawRequest, Request,
    alipay::{aes::ContentKey, form, keys::Algorithm, text::Charset},
    alipay_gateway::{client::Client as GatewayClient, sign::Parameters},
    alipay_v3::{client::Client as V3Client, sign::ENCRYPT_TYPE},
    vector::Sidecar,
};

use super::{
    caller,
    drawer::Drawer,
    memory::{Few, NoSessions, ShortLedger},
    platform,
};
use crate::trouble::Trouble;

/// A door and nobody behind it: every check ends in "no record".
pub(super) struct Stage {
    door: Box<dyn Door>,
    /// What Alipay's clients read an answer with.
    alipay: Option<(Arc<Platform>, Option<ContentKey>)>,
}

/// What a door answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Whether the call got past the door.
    pub(super) admitted: bool,
    /// HTTP status.
    pub(super) status: u16,
    /// The vendor's code; empty without a refusal.
    pub(super) code: String,
    /// The vendor's message; empty without a refusal.
    pub(super) message: String,
    /// The second, numeric code of a refusal, where the vendor has one.
    pub(super) number: Option<i64>,
    /// Why a client would not believe the answer.
    pub(super) unbelievable: Option<String>,
}

/// Everything that a door is made of.
struct Parts {
    clock: Arc<dyn Clock>,
    checker: Arc<Checker>,
    ledger: Arc<ShortLedger>,
    refusals: Arc<Refusals>,
    callers: Few,
}

impl Stage {
    /// Sets it up for a request; `None` when there is no such door. `file` is the sidecar's, with keys perhaps beside it.
    pub(super) fn set(sidecar: &Sidecar, file: &Path, raw: &RawRequest) -> Result<Option<Self>, Trouble> {
        let clock: Arc<dyn Clock> = Arc::new(UnixTime(sidecar.clock.as_millisecond()));
        let ledger = Arc::new(ShortLedger::default());
        let checker =
            Checker::new(Policy::all_from([]), [], Arc::<ShortLedger>::clone(&ledger), None, Arc::clone(&clock))
                .map_err(|error| Trouble::broken("the door could not be set up").because(error))?;
        let refusals = Arc::new(Refusals::new(Arc::clone(&clock)));
        let mut app = caller::of_sidecar(sidecar);
        // A sidecar does not say what was contracted: it is what the request asks for.
        app.settings.extend(service(raw).map(|service| ("service_ids".to_owned(), service)));
        let parts = Parts { clock, checker: Arc::new(checker), ledger, refusals, callers: Few(vec![app.clone()]) };
        match sidecar.door.as_str() {
            jdcloud::NAME => Ok(Some(Self { door: Box::new(parts.jdcloud()), alipay: None })),
            aliyun_domain::NAME => {
                let tools = parts.papers(AliyunDomain::keyring());
                let door = Box::new(AliyunDomain::new(aliyun_domain::Settings::default(), tools));
                Ok(Some(Self { door, alipay: None }))
            }
            volcengine_sms::NAME => {
                let tools = parts.papers(VolcengineSms::keyring());
                let door = Box::new(VolcengineSms::new(volcengine_sms::Settings::default(), tools));
                Ok(Some(Self { door, alipay: None }))
            }
            name @ (alipay_gateway::NAME | alipay_v3::NAME) => {
                let (tools, platform) = parts.alipay(platform::caller(file)?)?;
                let tools = Arc::new(tools);
                let door: Box<dyn Door> = if name == alipay_v3::NAME {
                    Box::new(V3::new(alipay_v3::Settings::default(), tools))
                } else {
                    Box::new(Gateway::new(alipay_gateway::Settings::default(), tools))
                };
                let content_key = AlipayCaller::read(&app).and_then(|app| app.content_key);
                Ok(Some(Self { door, alipay: Some((platform, content_key)) }))
            }
            _ => Ok(None),
        }
    }

    /// Sends the request through the door.
    pub(super) async fn send(&self, raw: &RawRequest) -> Seen {
        let request = raw.as_request();
        let answer = self.door.answer(Call { request, arrived: Instant::now(), peer: None }).await;
        let read = match &self.alipay {
            None => Ok(match self.door.name() {
                aliyun_domain::NAME => read_aliyun(&answer),
                volcengine_sms::NAME => read_volcengine(&answer),
                _ => read_jdcloud(&answer),
            }),
            Some((platform, key)) if self.door.name() == alipay_v3::NAME => {
                read_v3(&answer, &request, platform, key.as_ref())
            }
            Some((platform, key)) => read_gateway(&answer, &request, platform, key.as_ref()),
        };
        let (refusal, unbelievable) = match read {
            Ok(refusal) => (refusal, None),
            Err(why) => (Refusal::default(), Some(why)),
        };
        let Refusal { code, message, number } = refusal;
        let (admitted, status) = (answer.outcome.admitted, answer.status.as_u16());
        Seen { admitted, status, code, message, number, unbelievable }
    }
}

impl Parts {
    fn jdcloud(self) -> JdCloud {
        let callers = Arc::new(JdCloud::keyring());
        let Ok(()) = callers.refresh(&self.callers);
        let tools = jdcloud::Tools {
            checker: self.checker,
            callers,
            refusals: self.refusals,
            clock: self.clock,
            random: Arc::new(SystemRandom),
        };
        JdCloud::new(jdcloud::Settings::default(), tools)
    }

    fn papers<C: Send + Sync + 'static>(self, keyring: Keyring<C>) -> papers::Tools<C> {
        let Ok(()) = keyring.refresh(&self.callers);
        papers::Tools {
            submitter: self.submitter(),
            ledger: self.ledger,
            callers: Arc::new(keyring),
            clock: self.clock,
            random: Arc::new(SystemRandom),
            refusals: self.refusals,
        }
    }

    fn submitter(&self) -> Arc<Submitter> {
        let drawer = Arc::new(Drawer(Arc::clone(&self.ledger)));
        let (ledger, clock) = (Arc::<ShortLedger>::clone(&self.ledger), Arc::clone(&self.clock));
        Arc::new(Submitter::new(Arc::<Drawer>::clone(&drawer), drawer, ledger, clock))
    }

    fn alipay(mut self, platform: Caller) -> Result<(alipay::Tools, Arc<Platform>), Trouble> {
        self.callers.0.push(platform);
        let (callers, platforms) = (Arc::new(alipay::callers()), Arc::new(alipay::platforms()));
        let Ok(()) = callers.refresh(&self.callers);
        let Ok(()) = platforms.refresh(&self.callers);
        let platform = platforms
            .find(INSTALLATION)
            .map(|held| Arc::clone(&held.caller))
            .ok_or_else(|| Trouble::broken("the platform's key cannot be used"))?;
        let redeemer = Redeemer::new(Arc::new(NoSessions), Arc::clone(&self.checker), Arc::clone(&self.clock));
        let tools = alipay::Tools {
            checker: self.checker,
            redeemer: Arc::new(redeemer),
            callers,
            platforms,
            clock: self.clock,
            random: Arc::new(SystemRandom),
            refusals: self.refusals,
        };
        Ok((tools, platform))
    }
}

/// The credit service that a request to v3 names.
fn service(raw: &RawRequest) -> Option<String> {
    let request = raw.as_request();
    let mut fields = form::fields(request.query()?.as_bytes());
    let named = fields.find(|field| *field.name == *b"service_id")?;
    String::from_utf8(named.value.into_owned()).ok()
}

/// What an answer says of a refusal; empty without one.
#[derive(Default)]
struct Refusal {
    code: String,
    message: String,
    number: Option<i64>,
}

impl Refusal {
    fn new(code: String, message: String) -> Self {
        Self { code, message, number: None }
    }
}

/// A refusal, or why the answer is not to be believed.
type Read = Result<Refusal, String>;

fn read_jdcloud(answer: &Answer) -> Refusal {
    #[derive(Deserialize)]
    struct Envelope {
        error: Option<VendorError>,
    }
    #[derive(Deserialize)]
    struct VendorError {
        status: String,
        message: String,
    }
    let refusal = serde_json::from_slice::<Envelope>(&answer.body).ok().and_then(|envelope| envelope.error);
    refusal.map(|error| Refusal::new(error.status, error.message)).unwrap_or_default()
}

/// JSON or XML, as the request asked for.
fn read_aliyun(answer: &Answer) -> Refusal {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    struct Refused {
        code: String,
        message: String,
    }
    let Refused { code, message } = serde_json::from_slice(&answer.body).unwrap_or_else(|_| {
        let text = String::from_utf8_lossy(&answer.body);
        let element = |name: &str| {
            let (_, rest) = text.split_once(&format!("<{name}>"))?;
            rest.split_once(&format!("</{name}>")).map(|(inner, _)| inner.to_owned())
        };
        Refused { code: element("Code").unwrap_or_default(), message: element("Message").unwrap_or_default() }
    });
    Refusal::new(code, message)
}

fn read_volcengine(answer: &Answer) -> Refusal {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Envelope {
        response_metadata: About,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct About {
        error: Option<Refused>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Refused {
        code: String,
        message: String,
        code_n: Option<i64>,
    }
    let envelope = serde_json::from_slice::<Envelope>(&answer.body).ok();
    let refused = envelope.and_then(|envelope| envelope.response_metadata.error);
    refused.map(|Refused { code, message, code_n: number }| Refusal { code, message, number }).unwrap_or_default()
}

/// As an SDK does: the node cut out of the raw text, its signature checked with the platform's key, decrypted.
fn read_gateway(answer: &Answer, request: &Request<'_>, platform: &Platform, content_key: Option<&ContentKey>) -> Read {
    if !answer.body.starts_with(b"{") {
        // A person's browser is led on, or gets a page.
        return Ok(Refusal::default());
    }
    let (parameters, _) = Parameters::gather(request);
    let word =
        |name: &str| parameters.value(name).and_then(|value| std::str::from_utf8(value).ok()).unwrap_or_default();
    let charset = word("charset");
    let charset = Charset::parse(charset.as_bytes()).unwrap_or(Charset::Utf8);
    let client = GatewayClient {
        app_id: "",
        // Reading needs no private key; this one is at hand.
        key: &platform.gateway.key,
        algorithm: Algorithm::parse(word("sign_type").as_bytes()).unwrap_or(Algorithm::Rsa2),
        charset,
        certificates: None,
        content_key,
    };
    let answer =
        client.read(word("method"), &answer.body, charset, platform.public_key()).map_err(|error| error.to_string())?;
    let text = |name: &str| answer.text(name).unwrap_or_default();
    Ok(if text("code") == "10000" { Refusal::default() } else { Refusal::new(text("sub_code"), text("sub_msg")) })
}

fn read_v3(answer: &Answer, request: &Request<'_>, platform: &Platform, content_key: Option<&ContentKey>) -> Read {
    let wants_encrypted = request.headers.get(ENCRYPT_TYPE).is_some_and(|kind| !kind.is_empty());
    let client = V3Client {
        app_id: "",
        key: &platform.v3.key,
        certificates: None,
        app_auth_token: None,
        content_key: content_key.filter(|_| wants_encrypted),
    };
    let headers: HeaderMap = answer.headers.iter().cloned().collect();
    let status = answer.status.as_u16();
    let answer =
        client.read(status, &headers, &answer.body, platform.public_key()).map_err(|error| error.to_string())?;
    let text = |name: &str| answer.text(name).unwrap_or_default();
    Ok(if status == 200 { Refusal::default() } else { Refusal::new(text("code"), text("message")) })
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { admitted, status, code, message, .. } = self;
        let word = if *admitted { "accepted" } else { "refused" };
        write!(f, "{word} {status}")?;
        if !code.is_empty() {
            // What the vendor repeats of a request, behind the colon, is for the caller's eyes.
            let message = message.split(['：', '\n']).next().unwrap_or_default();
            let message = message.split(" server ").next().unwrap_or_default();
            write!(f, " {code} {message}")?;
        }
        Ok(())
    }
}
