//! Alipay's apps and the platform that answers them: what is registered of each, read from files and looked at before it
//! is stored. Docs: Alipay gateway specification, sections 1.6, 1.7 and 1.9.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::Args;
use jiff::Timestamp;
use secrecy::SecretString;
use shiming_core::{Caller, CallerState, Callers as _};
use shiming_server::doors::alipay::{AlipayCaller, INSTALLATION, MemberIds, NAME, PLATFORM, Platform};
use shiming_store::Store;
use shiming_wire::{
    Secret,
    alipay::{
        aes::ContentKey,
        certificate::{Certificate, Validity},
        keys::{PrivateKey, PublicKey},
        pasted,
    },
    alipay_gateway::operations::OPERATIONS,
};

use super::add::{New, Told};
use crate::{
    commands::terms::read_input,
    config::Config,
    installation::{self, random},
    platform::{self, Pair, created_at, root_bundle},
    trouble::Trouble,
};

/// What an app at door `alipay`, or the platform at door `alipay-platform`, is added with.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Doors alipay and alipay-platform")]
pub(super) struct Flags {
    /// The app's id
    #[arg(long, value_name = "ID")]
    app_id: Option<String>,
    /// The app's public key: PEM, or bare base64 as the vendor's console takes it
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// The app's certificate, for certificate mode; a second one in the same file is taken too
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// The app's AES key, base64
    #[arg(long, value_name = "FILE", conflicts_with = "make_aes_key")]
    aes_key_file: Option<PathBuf>,
    /// Make an AES key and print it
    #[arg(long)]
    make_aes_key: bool,
    /// Which signatures it may make: RSA2, or RSA2,RSA
    #[arg(long, value_delimiter = ',', value_parser = ["RSA2", "RSA"])]
    sign_types: Option<Vec<String>>,
    /// The products that it has contracted, with commas between; without it, the documented one
    #[arg(long, value_delimiter = ',', value_parser = word)]
    product_codes: Option<Vec<String>>,
    /// The scenarios that it has contracted; without it, FACE_API and all of the desk's. CERT_INFO is name and number alone
    #[arg(long, value_delimiter = ',', value_parser = word)]
    biz_codes: Option<Vec<String>>,
    /// Its credit services, without which no jobworth call is answered
    #[arg(long, value_delimiter = ',', value_parser = word)]
    service_ids: Option<Vec<String>>,
    /// The identities that people may prove to it, by their identity_type; without it, 04 (teacher)
    #[arg(long, value_delimiter = ',', value_parser = word)]
    identity_types: Option<Vec<String>>,
    /// The methods that it may call, by their dotted names, at both doors; without it, all
    #[arg(long, value_delimiter = ',', value_parser = method)]
    methods: Option<Vec<String>>,
    /// Which of a person's ids its jobworth answers name: user_id, the same for every app; open_id, its own; or both
    #[arg(long, value_name = "WHICH", value_parser = MemberIds::WORDS)]
    member_ids: Option<String>,
    /// Merchants' tokens that it may act with (app_auth_token), one a line: TOKEN [until=MOMENT] [methods=A,B]
    #[arg(long, value_name = "FILE")]
    app_auth_tokens: Option<PathBuf>,
    /// The platform's private key: this app's own, or with --door alipay-platform everybody's. Without it there, one is made
    #[arg(long, value_name = "FILE")]
    platform_key: Option<PathBuf>,
    /// The platform's certificate and those above it
    #[arg(long, value_name = "FILE", requires = "platform_key")]
    platform_chain: Option<PathBuf>,
    /// The root certificates that clients are given
    #[arg(long, value_name = "FILE", requires = "platform_key")]
    platform_root: Option<PathBuf>,
    /// How a platform answers GBK requests: raw (GBK) or ascii (escapes); without it, as the client can read it
    #[arg(long, value_parser = ["raw", "ascii"])]
    gbk_answers: Option<String>,
    /// Put it in place of the one that is there, of which nothing is kept
    #[arg(long)]
    pub(super) replace: bool,
}

fn word(text: &str) -> Result<String, String> {
    let good = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    if good { Ok(text.to_owned()) } else { Err("letters, digits, _ - . are expected".into()) }
}

fn method(text: &str) -> Result<String, String> {
    match OPERATIONS.iter().find(|(name, _)| *name == text) {
        Some((name, _)) => Ok((*name).to_owned()),
        None => Err(format!("methods are {}", OPERATIONS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "))),
    }
}

impl Flags {
    /// Which of them is given, if any: at another door they mean nothing.
    pub(super) fn given(&self) -> Option<&'static str> {
        let Self { platform_key, gbk_answers, replace, .. } = self;
        let others = [
            ("--platform-key", platform_key.is_some()),
            ("--gbk-answers", gbk_answers.is_some()),
            ("--replace", *replace),
        ];
        self.of_an_app().or_else(|| first(&others))
    }

    /// Which of those is given, if any, that mean nothing for the platform.
    pub(super) fn of_an_app(&self) -> Option<&'static str> {
        let Self { app_id, public_key, certificate, aes_key_file, make_aes_key, sign_types, .. } = self;
        let Self {
            product_codes, biz_codes, service_ids, identity_types, methods, member_ids, app_auth_tokens, ..
        } = self;
        first(&[
            ("--app-id", app_id.is_some()),
            ("--public-key", public_key.is_some()),
            ("--certificate", certificate.is_some()),
            ("--aes-key-file", aes_key_file.is_some()),
            ("--make-aes-key", *make_aes_key),
            ("--sign-types", sign_types.is_some()),
            ("--product-codes", product_codes.is_some()),
            ("--biz-codes", biz_codes.is_some()),
            ("--service-ids", service_ids.is_some()),
            ("--identity-types", identity_types.is_some()),
            ("--methods", methods.is_some()),
            ("--member-ids", member_ids.is_some()),
            ("--app-auth-tokens", app_auth_tokens.is_some()),
        ])
    }

    /// The app to put.
    pub(super) fn app(&self, label: &str, store: &Store, config: &Config, now: Timestamp) -> Result<New, Trouble> {
        let app_id = self.app_id.as_deref().ok_or_else(|| {
            Trouble::usage("an app has an id")
                .advice("--app-id, as the client is set up with; 16 digits at the vendor's")
        })?;
        let good = (1..=32).contains(&app_id.len()) && app_id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !good {
            return Err(Trouble::usage("an app id is 1 to 32 letters or digits"));
        }
        if self.public_key.is_none() && self.certificate.is_none() {
            return Err(Trouble::usage("nothing is given that the app's signatures could be verified with")
                .advice("--public-key or --certificate, or both"));
        }
        if self.gbk_answers.is_some() && self.platform_key.is_none() {
            return Err(Trouble::usage("--gbk-answers belongs to who signs the answers")
                .advice("give it with --platform-key, or to --door alipay-platform for all apps"));
        }
        let everybodys = Answering::of(store, config, None)?.platform;
        let of_platform = &[everybodys.public_key()];
        let key = self.public_key.as_deref().map(|file| public_key(file, of_platform)).transpose()?;
        let certificates = self.certificate.as_deref().map(|file| certificates(file, of_platform)).transpose()?;
        let keys: Vec<_> = key.iter().chain(certificates.iter().flatten().map(Certificate::public_key)).collect();
        let pair = self.platform_key.as_deref().map(|file| self.pair(file, &keys)).transpose()?;
        let mut settings = BTreeMap::new();
        settings.extend(key.as_ref().map(|key| ("public_key", key.to_pem())));
        settings.extend(
            certificates
                .as_ref()
                .map(|certificates| ("certificates", certificates.iter().map(Certificate::to_pem).collect())),
        );
        let list = |words: &Option<Vec<String>>| words.as_ref().map(|words| words.join(","));
        for (name, value) in [
            ("sign_types", list(&self.sign_types)),
            ("product_codes", list(&self.product_codes)),
            ("biz_codes", list(&self.biz_codes)),
            ("service_ids", list(&self.service_ids)),
            ("identity_types", list(&self.identity_types)),
            ("methods", list(&self.methods)),
            ("member_ids", self.member_ids.clone()),
            ("platform_chain", pair.as_ref().and_then(|pair| pair.chain.clone())),
            ("platform_root", pair.as_ref().and_then(|pair| pair.root.clone())),
            ("gbk_answers", self.gbk_answers.clone()),
            ("created_at", Some(created_at(now))),
        ] {
            settings.extend(value.map(|value| (name, value)));
        }
        let aes_key = match &self.aes_key_file {
            Some(file) => Some(aes_key(file)?),
            None => self.make_aes_key.then(make_aes_key).transpose()?,
        };
        let tokens = self.app_auth_tokens.as_deref().map(tokens).transpose()?;
        let secrets = [
            ("aes_key", aes_key.clone()),
            ("app_auth_tokens", tokens),
            ("platform_private_key", pair.map(|pair| pair.private_key)),
        ];
        let caller = Caller {
            door: NAME.into(),
            key_id: app_id.into(),
            label: label.into(),
            state: CallerState::Enabled,
            secrets: secrets.into_iter().filter_map(|(name, value)| Some((name.into(), value?))).collect(),
            settings: settings.into_iter().map(|(name, value)| (name.into(), value)).collect(),
        };
        Ok(New {
            caller,
            told: aes_key.filter(|_| self.make_aes_key).map(|key| ("AES key", key)).into_iter().collect(),
        })
    }

    /// The platform to put.
    pub(super) fn platform(&self, store: &Store, config: &Config, now: Timestamp) -> Result<New, Trouble> {
        let callers = store.callers().all().map_err(|error| installation::store_trouble(config.data(), error))?;
        let apps: Vec<_> = callers.iter().filter(|caller| caller.door == NAME).filter_map(AlipayCaller::read).collect();
        let keys: Vec<_> = apps
            .iter()
            .flat_map(|app| app.key.iter().chain(app.certificates.iter().map(Certificate::public_key)))
            .collect();
        let pair = match self.platform_key.as_deref() {
            Some(file) => self.pair(file, &keys)?,
            None => Pair::make(now)?,
        };
        let mut caller = pair.caller(now);
        caller.settings.extend(self.gbk_answers.clone().map(|how| ("gbk_answers".to_owned(), how)));
        Ok(New { caller, told: Told::new() })
    }

    fn pair(&self, file: &Path, apps: &[&PublicKey]) -> Result<Pair, Trouble> {
        let pasted = read(file)?;
        PrivateKey::parse_for_platform(pasted.as_bytes(), apps).map_err(|error| unusable(file, error))?;
        let pem = |file: &Option<PathBuf>| file.as_deref().map(read).transpose();
        let pair =
            Pair { private_key: pasted.into(), chain: pem(&self.platform_chain)?, root: pem(&self.platform_root)? };
        let whole = Pair { private_key: pair.private_key.clone(), chain: pair.chain.clone(), root: pair.root.clone() };
        Platform::try_read(&whole.caller(Timestamp::UNIX_EPOCH))
            .map_err(|error| Trouble::usage("the platform's files do not go together").because(error))?;
        Ok(pair)
    }
}

fn first(flags: &[(&'static str, bool)]) -> Option<&'static str> {
    flags.iter().find_map(|(flag, given)| given.then_some(*flag))
}

/// A platform as clients are set up with it.
pub(super) struct Answering {
    platform: Platform,
    chain: Option<String>,
    root: Option<String>,
}

impl Answering {
    /// The platform that answers an app: the app's own, else everybody's, which is made if need be.
    pub(super) fn of(store: &Store, config: &Config, app: Option<&Caller>) -> Result<Self, Trouble> {
        if let Some(app) = app.filter(|app| app.secrets.contains_key("platform_private_key"))
            && let Some(own) = AlipayCaller::read(app).and_then(|app| app.platform).and_then(Arc::into_inner)
        {
            let setting = |name: &str| app.settings.get(name).cloned();
            return Ok(Self { platform: own, chain: setting("platform_chain"), root: setting("platform_root") });
        }
        platform::ensure(store, config)?;
        let all = store.callers().all().map_err(|error| installation::store_trouble(config.data(), error))?;
        let held = all.iter().find(|caller| caller.door == PLATFORM && caller.key_id == INSTALLATION);
        let read = held.ok_or_else(|| "there is none".to_owned()).and_then(|held| {
            let setting = |name: &str| held.settings.get(name).cloned();
            Ok(Self { platform: Platform::try_read(held)?, chain: setting("chain"), root: setting("root") })
        });
        read.map_err(|error| {
            Trouble::broken("the platform's key pair cannot be used")
                .because(error)
                .advice("shiming callers add --door alipay-platform --label platform --replace")
        })
    }

    /// Its public key, as most SDKs want it.
    pub(super) fn public_key(&self) -> String {
        self.platform.public_key().to_base64()
    }

    /// What there is of it to look at.
    pub(super) fn rows(&self) -> Vec<(&'static str, String)> {
        let sn = |sn: &Option<String>| sn.as_ref().map(|sn| format!("SN {sn}"));
        let mut rows = vec![("Alipay public key", self.public_key())];
        rows.extend(sn(&self.platform.v3.certificate_sn).map(|sn| ("Alipay certificate", sn)));
        rows.extend(sn(&self.platform.root_serial_number).map(|sn| ("root certificates", sn)));
        rows
    }

    /// The files that clients are set up with. None of them is secret.
    pub(super) fn files(&self) -> Vec<(&'static str, String)> {
        let mut files = vec![
            ("alipay_public.pem", self.platform.public_key().to_pem()),
            ("alipay_public.base64", self.public_key()),
        ];
        files.extend(self.chain.clone().map(|pem| ("alipay_cert.pem", pem)));
        files.extend(self.root.as_deref().map(|pem| ("root_cert.pem", root_bundle(pem))));
        files
    }
}

/// A new AES key, as the vendor's console shows one.
pub(super) fn make_aes_key() -> Result<SecretString, Trouble> {
    let mut bytes = [0; 16];
    random(&mut bytes).map_err(|error| Trouble::broken("the system gave no random bytes").because(error))?;
    Ok(STANDARD.encode(bytes).into())
}

/// Reads an AES key.
pub(super) fn aes_key(file: &Path) -> Result<SecretString, Trouble> {
    let text = read(file)?;
    let key = ContentKey::parse(&Secret::new(text.trim())).map_err(|error| unusable(file, error))?;
    Ok(key.expose().expose().into())
}

fn public_key(file: &Path, of_platform: &[&PublicKey]) -> Result<PublicKey, Trouble> {
    PublicKey::parse_for_app(read(file)?.as_bytes(), of_platform).map_err(|error| unusable(file, error))
}

fn certificates(file: &Path, of_platform: &[&PublicKey]) -> Result<Vec<Certificate>, Trouble> {
    let pasted = read(file)?;
    let blocks = pasted::blocks(pasted.as_bytes()).map_err(|error| unusable(file, error))?;
    let read = blocks.iter().map(|block| Certificate::parse(block.expose()));
    let certificates = read.collect::<Result<Vec<_>, _>>().map_err(|error| unusable(file, error))?;
    if certificates.iter().any(|read| of_platform.contains(&read.public_key())) {
        return Err(unusable(file, "this is the platform's own certificate; the application's belongs here"));
    }
    Ok(certificates)
}

fn tokens(file: &Path) -> Result<SecretString, Trouble> {
    let text = read(file)?;
    AlipayCaller::check_tokens(&text).map_err(|error| {
        Trouble::usage(format!("{} cannot be used", file.display()))
            .because(error)
            .advice("a line is a token, and behind it what limits it: until=2030-01-01T00:00:00Z methods=a.b,c.d")
    })?;
    Ok(text.into())
}

fn read(file: &Path) -> Result<String, Trouble> {
    let bytes = read_input(file, 64 * 1024)?;
    String::from_utf8(bytes).map_err(|_| Trouble::usage(format!("{} is not text", file.display())))
}

fn unusable(file: &Path, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Trouble {
    Trouble::usage(format!("{} cannot be used", file.display()))
        .because(error)
        .advice(format!("shiming keys inspect {} says what it is", file.display()))
}

/// What is registered of an app, in few words: for the list.
pub(super) fn summary(settings: &BTreeMap<String, String>, has_aes_key: bool) -> String {
    let given = |name: &str| settings.get(name).is_some_and(|text| !text.trim().is_empty());
    let sign_types = settings.get("sign_types").map_or("RSA2", String::as_str);
    let parts = [
        (given("public_key"), "key"),
        (given("certificates"), "certificate"),
        (has_aes_key, "AES"),
        (true, sign_types),
    ];
    parts.iter().filter(|(there, _)| *there).map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
}

/// What is registered of an app, to look at; its secrets are none of it.
pub(super) fn rows(caller: &Caller, now: Timestamp) -> Vec<(&'static str, String)> {
    let mut rows = vec![("app id", caller.key_id.clone())];
    if let Some(app) = AlipayCaller::read(caller) {
        rows.extend(
            app.key.as_ref().map(|key| ("public key", format!("{} bits, SHA-256 {}", key.bits(), key.fingerprint()))),
        );
        rows.extend(app.certificates.iter().map(|known| {
            let validity = match known.validity(now) {
                Validity::NotYet => "not valid yet",
                Validity::Valid => "valid",
                Validity::Expired => "expired",
            };
            ("certificate", format!("SN {}, {validity}, until {}", known.serial_number(), known.facts().not_after))
        }));
        rows.push(("AES key", if app.content_key.is_some() { "registered" } else { "none" }.to_owned()));
    }
    for (name, word) in [
        ("sign_types", "sign types"),
        ("product_codes", "product codes"),
        ("biz_codes", "biz codes"),
        ("service_ids", "service ids"),
        ("identity_types", "identity types"),
        ("methods", "methods"),
        ("member_ids", "member ids"),
    ] {
        rows.extend(caller.settings.get(name).map(|value| (word, value.replace(',', ", "))));
    }
    rows
}
