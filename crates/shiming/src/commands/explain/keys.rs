//! What a request or an answer is explained with: callers and the platform, from files, a sidecar or the installation.

use std::path::Path;

use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use shiming_core::Caller;
use shiming_server::doors::{
    alipay::{self, INSTALLATION, Platform},
    jdcloud,
};
use shiming_wire::{
    Secret,
    alipay::{
        aes::ContentKey,
        keys::{KeyError, PrivateKey, PublicKey, Slot},
    },
    alipay_v3::call::ExpiredSeconds,
    aliyun::Switches,
    time::Window,
    vector::Sidecar,
};

use super::{Explain, aliyun, volcengine};
use crate::{
    commands::{
        replay::{caller, keys_beside},
        terms::read_input,
    },
    config::Config,
    installation::{self, Absent},
    trouble::Trouble,
};

/// Callers and the platform, where they came from, and the clock that came with them.
pub(super) struct Keys {
    callers: Vec<Caller>,
    pub(super) platform: Option<PublicKey>,
    pub(super) root_serial_number: Option<String>,
    pub(super) from: String,
    pub(super) clock: Option<Timestamp>,
    /// How far a request's date may lie from the clock: at JD Cloud's, Alibaba Cloud's and Volcengine's doors.
    pub(super) jd_window: Window,
    pub(super) aliyun_window: Window,
    pub(super) volcengine_window: Window,
    /// How far the gateway's timestamp may.
    pub(super) gateway_window: Option<Window>,
    /// What is switched at Alibaba Cloud's door.
    pub(super) switches: Switches,
    /// What v3's `expired_seconds` does.
    pub(super) expired: ExpiredSeconds,
    /// Another path of the gateway.
    pub(super) gateway_alias: Option<String>,
    /// Whether the secret was given by hand, so that nothing is known of a token.
    pub(super) by_hand: bool,
    /// The door that a sidecar names.
    pub(super) door: Option<String>,
}

/// In place of an id: the caller is whoever the request says it is.
const ANYBODY: &str = "";
/// In place of an id: the app whose key lies beside a recorded answer.
pub(super) const BESIDE: &str = "beside it";
/// Larger than any key or chain.
const LONGEST_KEY: u64 = 256 * 1024;

impl Keys {
    /// The callers of a door; one that was given without an id is `claimed`.
    pub(super) fn of(&self, door: &str, claimed: &str) -> Vec<Caller> {
        let callers = self.callers.iter().filter(|caller| caller.door == door).cloned();
        let named = callers.map(|mut caller| {
            if caller.key_id == ANYBODY {
                claimed.clone_into(&mut caller.key_id);
            }
            caller
        });
        named.collect()
    }
}

impl Explain {
    /// What was given: files, then the sidecar or the installation that was named, then the sidecar beside the file, then
    /// the usual installation.
    pub(super) fn keys(&self, file: &Path) -> Result<Keys, Trouble> {
        let config = self.place.config()?;
        let gateway = config.alipay.for_gateway(1)?;
        let aliyun = config.aliyun.for_door(1, "http")?;
        let mut keys = Keys {
            callers: Vec::new(),
            platform: None,
            root_serial_number: None,
            from: "no key is known".into(),
            clock: None,
            jd_window: Window::new(config.jd.window.0),
            aliyun_window: aliyun.window,
            volcengine_window: Window::new(config.volcengine.window.0),
            gateway_window: gateway.window,
            switches: aliyun.switches,
            expired: config.alipay.for_v3(1).expired,
            gateway_alias: gateway.alias,
            by_hand: false,
            door: None,
        };
        let beside = file.with_extension("json");
        let named = self.place.data.is_some() || self.place.config.is_some();
        let mut callers = self.files(&mut keys)?;
        if let Some(path) = &self.sidecar {
            keys.take_sidecar(path)?;
        } else if named {
            keys.take_installation(&config, callers.is_empty())?;
        } else if callers.is_empty() && beside.is_file() && file != Path::new("-") && self.answer.is_none() {
            keys.take_sidecar(&beside)?;
        } else if callers.is_empty() && installation_is_there(&config) {
            keys.take_installation(&config, true)?;
        }
        if !callers.is_empty() {
            // What is given by hand goes before what is registered.
            callers.append(&mut keys.callers);
            keys.callers = callers;
        }
        if let Some(path) = &self.platform_key {
            keys.platform = Some(platform_key(path)?);
        }
        if let Some(file) = self.answer.as_deref().filter(|_| keys.platform.is_none() && !named) {
            keys.take_beside(file);
        }
        Ok(keys)
    }

    /// Callers made of the files that were given.
    fn files(&self, keys: &mut Keys) -> Result<Vec<Caller>, Trouble> {
        let mut callers = Vec::new();
        let mut names = Vec::new();
        if let Some(path) = &self.secret_file {
            let text = read_text(path, 4096)?;
            // Editors end a file with a line end; a secret that has one on purpose is a mistake that is tried anyway.
            let secret = Secret::new(text.strip_suffix('\n').map_or(text.as_str(), |text| text.trim_end_matches('\r')));
            let secret = Some(secret);
            for door in [jdcloud::NAME, aliyun::NAME, volcengine::NAME] {
                callers.push(caller::recorded(door, ANYBODY, &[("secret", &secret)], &[]));
            }
            keys.by_hand = true;
            names.push(path.display().to_string());
        }
        let content_key = self.aes_key.as_deref().map(content_key).transpose()?;
        if let Some(path) = &self.public_key {
            let bytes = read_input(path, LONGEST_KEY)?;
            let wrong = |error: KeyError| {
                Trouble::usage(format!("{} is not the app's public key", path.display()))
                    .because(error)
                    .advice(format!("shiming keys inspect {}", path.display()))
            };
            let key = PublicKey::parse(&bytes, Slot::AppPublic).map_err(wrong)?.to_pem();
            let text = String::from_utf8(bytes).unwrap_or_default();
            let settings = [
                ("public_key", Some(key.as_str())),
                ("certificates", Some(text.as_str()).filter(|text| text.contains("CERTIFICATE"))),
                ("sign_types", Some("RSA2,RSA")),
            ];
            callers.push(caller::recorded(alipay::NAME, ANYBODY, &[("aes_key", &content_key)], &settings));
            names.push(path.display().to_string());
        }
        names.extend(self.platform_key.iter().map(|path| path.display().to_string()));
        if !names.is_empty() {
            keys.from = names.join(", ");
        }
        Ok(callers)
    }
}

impl Keys {
    fn take_sidecar(&mut self, path: &Path) -> Result<(), Trouble> {
        let sidecar = Sidecar::parse(&read_input(path, 1 << 20)?).map_err(|error| {
            Trouble::usage(format!("{} is no sidecar of a recorded request", path.display())).because(error)
        })?;
        let registered = &sidecar.caller;
        if registered.secret.is_some() || registered.public_key.is_some() || registered.certificate.is_some() {
            self.callers.push(caller::of_sidecar(&sidecar));
        }
        self.clock = Some(sidecar.clock);
        self.door = Some(sidecar.door);
        self.from = path.display().to_string();
        // It was recorded of a server that was set as usual.
        for window in [&mut self.jd_window, &mut self.aliyun_window, &mut self.volcengine_window] {
            *window = Window::FIFTEEN_MINUTES;
        }
        self.switches = Switches::default();
        Ok(())
    }

    fn take_installation(&mut self, config: &Config, tell: bool) -> Result<(), Trouble> {
        let store = installation::open(config, Absent::Refuse)?;
        self.callers = shiming_core::Callers::all(&*store.callers())
            .map_err(|error| installation::store_trouble(config.data(), error))?;
        let platform =
            self.callers.iter().find(|caller| caller.door == alipay::PLATFORM && caller.key_id == INSTALLATION);
        if let Some(platform) = platform.and_then(Platform::read) {
            self.root_serial_number.clone_from(&platform.root_serial_number);
            self.platform = Some(platform.public_key().clone());
        }
        if tell {
            self.from = format!("callers in {}", config.data().display());
        }
        Ok(())
    }

    /// The keys that lie beside a recorded answer, in the folder `keys`.
    fn take_beside(&mut self, file: &Path) {
        let Some(folder) = keys_beside(file) else { return };
        let read = |names: [&str; 2]| names.iter().find_map(|name| std::fs::read_to_string(folder.join(name)).ok());
        self.platform = read(["platform_public.pem", "platform.pub.pem"])
            .and_then(|text| PublicKey::parse(text.as_bytes(), Slot::PlatformPublic).ok());
        if let Some(app) = read(["app_public.pem", "app.pub.pem"]) {
            let content_key = read(["aes_key.txt", "aes.key"]).or_else(|| content_key_in(&file.with_extension("json")));
            let content_key = content_key.map(Secret::new);
            let settings = [("public_key", Some(app.as_str()))];
            self.callers.push(caller::recorded(alipay::NAME, BESIDE, &[("aes_key", &content_key)], &settings));
        }
        if self.platform.is_some() {
            self.from = folder.display().to_string();
        }
    }

    /// Every app's keys with its id.
    pub(super) fn app_keys(&self) -> Vec<(String, PublicKey)> {
        let apps =
            self.callers.iter().filter(|caller| caller.door == alipay::NAME).filter_map(alipay::AlipayCaller::read);
        apps.flat_map(|app| {
            let certificates = app.certificates.iter().map(|one| one.public_key().clone());
            let keys: Vec<_> = app.key.iter().cloned().chain(certificates).collect();
            keys.into_iter().map(move |key| (app.app_id.clone(), key))
        })
        .collect()
    }

    /// The content keys of the apps.
    pub(super) fn content_keys(&self) -> Vec<Secret> {
        let secrets = self.callers.iter().filter_map(|caller| caller.secrets.get("aes_key"));
        secrets.map(|secret| Secret::new(secret.expose_secret())).collect()
    }
}

/// The content key that the sidecar of a recorded answer names.
fn content_key_in(sidecar: &Path) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(&std::fs::read(sidecar).ok()?).ok()?;
    let key = value.get("encrypt_key").or_else(|| value.get("aes_key_base64"))?;
    key.as_str().map(str::to_owned)
}

fn installation_is_there(config: &Config) -> bool {
    shiming_store::Store::exists(config.data()).unwrap_or(false) && installation::open(config, Absent::Refuse).is_ok()
}

/// The platform's public key, from any half of the pair or its certificate.
pub(super) fn platform_key(path: &Path) -> Result<PublicKey, Trouble> {
    let bytes = read_input(path, LONGEST_KEY)?;
    let private = PrivateKey::parse(&bytes, Slot::PlatformPrivate).map(|key| key.public_key().clone());
    private.or_else(|_| PublicKey::parse(&bytes, Slot::PlatformPublic)).map_err(|error| {
        Trouble::usage(format!("{} is no key that answers could be verified with", path.display()))
            .because(error)
            .advice(format!("shiming keys inspect {}", path.display()))
    })
}

/// An AES key that can be used.
fn content_key(path: &Path) -> Result<Secret, Trouble> {
    let key = Secret::new(read_text(path, 4096)?);
    match ContentKey::parse(&key) {
        Ok(_) => Ok(key),
        Err(error) => Err(Trouble::usage(format!("{} is no AES key", path.display()))
            .because(error)
            .advice(format!("shiming keys inspect {}", path.display()))),
    }
}

fn read_text(path: &Path, limit: u64) -> Result<String, Trouble> {
    String::from_utf8(read_input(path, limit)?).map_err(|_| Trouble::usage(format!("{} is not UTF-8", path.display())))
}
