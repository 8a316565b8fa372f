//! `shiming demo`: everything at once, with made-up people.

use std::{
    collections::BTreeMap,
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use secrecy::SecretString;
use serde_json::json;
use shiming_core::{Caller, CallerState, Callers as _, Clock, FaceMatcher, Redeemer};
use shiming_server::{
    doors::{alipay::Numbers, aliyun_domain, jdcloud, volcengine_sms},
    intake::Certificate,
    random::SystemRandom,
};
use shiming_store::Store;

use self::portraits::Portraits;
use crate::{
    cast::{CAST, Cast},
    clock::{SystemClock, today},
    config::{Config, Level},
    faces::Faces,
    import::{self, Encoding, Form, Keep, Order, Source, Values, What},
    installation::{self, Absent, Running},
    logging, output,
    platform::created_at,
    serving,
    trouble::{Outcome, Trouble},
};

mod alipay;
mod paste;
mod portraits;

/// Start a server with made-up people, and print what to paste into each SDK
///
/// Where a face engine is configured (SHIMING_FACE_MODELS), two of them have drawn portraits. The data directory is made anew at each start unless --keep is given. Settings are read from the environment
/// (SHIMING_SECTION_KEY), not from a file.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Demo {
    /// The doors' address; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The operator's address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    operator: SocketAddr,
    /// Where data lies
    #[arg(long, value_name = "DIR", default_value = "shiming-data/demo")]
    data: PathBuf,
    /// Keep what an earlier demo left there
    #[arg(long)]
    keep: bool,
    /// HTTPS, with a certificate made on the spot
    #[arg(long)]
    tls: bool,
    /// When ready, print one line of JSON instead of text
    #[arg(long)]
    json: bool,
    /// Stop when standard input ends, so when the program that holds it is gone: for test suites
    #[arg(long)]
    attached: bool,
}

/// A demo's caller: the keys are fixed, and unmistakably fake.
pub(super) struct DemoCaller {
    door: &'static str,
    pub(super) access_key: &'static str,
    pub(super) secret_key: &'static str,
    pub(super) security_token: Option<&'static str>,
    label: &'static str,
}

/// Those with an access key. Of each door, the first has a plain key and the second temporary credentials.
pub(super) const CALLERS: [DemoCaller; 6] = [
    DemoCaller {
        door: jdcloud::NAME,
        access_key: "DEMOFAKEACCESSKEY000000000000001",
        secret_key: "demo-fake-secret-not-a-real-0001",
        security_token: None,
        label: "demo",
    },
    DemoCaller {
        door: jdcloud::NAME,
        access_key: "DEMOFAKEACCESSKEY000000000000002",
        secret_key: "demo-fake-secret-not-a-real-0002",
        security_token: Some("demo-fake-security-token-0002"),
        label: "demo with a security token",
    },
    DemoCaller {
        door: aliyun_domain::NAME,
        access_key: "LTAI-DEMO-FAKE-0003",
        secret_key: "demo-fake-secret-not-a-real-0003",
        security_token: None,
        label: "demo",
    },
    DemoCaller {
        door: aliyun_domain::NAME,
        access_key: "STS.DEMO-FAKE-0004",
        secret_key: "demo-fake-secret-not-a-real-0004",
        security_token: Some("demo-fake-security-token-0004"),
        label: "demo with a security token",
    },
    DemoCaller {
        door: volcengine_sms::NAME,
        access_key: "AKLT-DEMO-FAKE-0005",
        secret_key: "demo-fake-secret-not-a-real-0005",
        security_token: None,
        label: "demo",
    },
    DemoCaller {
        door: volcengine_sms::NAME,
        access_key: "AKTP-DEMO-FAKE-0006",
        secret_key: "demo-fake-secret-not-a-real-0006",
        security_token: Some("demo-fake-security-token-0006"),
        label: "demo with a security token",
    },
];

/// A file that says that a directory is a demo's, and may be cleared.
const MARKER: &str = "this-is-a-demo";

impl Demo {
    pub(super) fn run(self) -> Outcome {
        let mut config = Config::from_environment()?;
        config.server.listen = self.listen;
        config.server.operator = self.operator;
        config.store.data.clone_from(&self.data);
        if std::env::var_os("SHIMING_LOG_LEVEL").is_none() {
            // The reader looks for what to paste; what goes well need not be said.
            config.log.level = Level("warn".into());
        }
        config.policy.default = vec!["rehearsal".into(), "registry".into()];
        logging::start(&config.log);
        // Before anything is cleared: a demo that still runs, or that this one cannot follow, keeps its data.
        config.check()?;
        let certified = self.tls.then(certify).transpose()?;
        let tls = certified.as_ref().map(|certified| Arc::clone(&certified.server));
        let mut prepared = serving::prepare(&config, tls)?;
        if self.attached {
            prepared.heed_input();
        }
        let faces = Faces::open(&config.face)?.map(Arc::new);
        self.clear()?;
        // Before anything else is there, so that a demo that was broken off can be followed by another.
        installation::make_dir(&self.data)?;
        fs::write(self.data.join(MARKER), "").map_err(|error| Trouble::unwritable(&self.data, error))?;
        let store = installation::open(&config, Absent::Make)?;
        let authority = certified.map(|certified| self.keep_authority(&certified.authority)).transpose()?;
        fill(&store, &config)?;
        let keys = alipay::Keys::write(&self.data)?;
        let mut cast = Cast::load();
        let portraits = match &faces {
            Some(faces) => Some(prepared.run(Portraits::hang(&store, &self.data, faces, &mut cast))?),
            None => None,
        };
        let faces = faces.map(|faces| faces as Arc<dyn FaceMatcher>);
        let sessions = sessions(&prepared, &store, &config, &cast, faces.clone())?;
        let scene = paste::Scene {
            door: prepared.door(),
            operator: prepared.operator(),
            data: &self.data,
            authority: authority.as_deref(),
            cast: &cast,
            keys: &keys,
            sessions: &sessions,
            portraits: portraits.as_ref(),
            offset: config.clock.offset,
        };
        let text = if self.json { self.as_json(&scene) } else { scene.text() };
        prepared.serve(&config, store, cast.acts(), faces, move || output::print(&text))
    }

    /// Makes the directory empty, if it is a demo's.
    fn clear(&self) -> Result<(), Trouble> {
        if let Some(running) = Running::other(&self.data) {
            return Err(Trouble::usage(format!("process {} serves {} already", running.pid, self.data.display()))
                .advice("stop it, or choose another directory with --data"));
        }
        if self.keep {
            return Ok(());
        }
        let data = &self.data;
        match fs::read_dir(data).map(|mut entries| entries.next().is_none()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Ok(true) => Ok(()),
            Ok(false) if data.join(MARKER).exists() => {
                fs::remove_dir_all(data).map_err(|error| Trouble::unwritable(data, error))
            }
            Ok(false) => Err(Trouble::usage(format!("{} is not empty, and no demo made it", data.display()))
                .advice("choose another directory with --data; this one is left as it is")),
            Err(error) => Err(Trouble::unreadable(data, error)),
        }
    }

    fn keep_authority(&self, pem: &str) -> Result<PathBuf, Trouble> {
        let path = self.data.join("demo-ca.pem");
        fs::write(&path, pem).map_err(|error| Trouble::unwritable(&path, error))?;
        Ok(fs::canonicalize(&path).unwrap_or(path))
    }

    fn as_json(&self, scene: &paste::Scene<'_>) -> String {
        let keyed = CALLERS.iter().map(|caller| {
            json!({
                "door": caller.door,
                "access_key": caller.access_key,
                "secret_key": caller.secret_key,
                "security_token": caller.security_token,
            })
        });
        let callers: Vec<_> = keyed.chain(alipay::APPS.iter().map(|app| app.as_json(scene.keys))).collect();
        let line = json!({
            "ready": true,
            "door": scene.door,
            "operator": scene.operator,
            "data": fs::canonicalize(&self.data).unwrap_or_else(|_| self.data.clone()),
            "ca": scene.authority,
            "callers": callers,
            "people": scene.cast.people,
            "companies": scene.cast.companies,
            "sessions": scene.sessions,
            "portraits": scene.portraits,
        });
        format!("{line}\n")
    }
}

/// Puts the cast and the callers in, by the same ways as everybody else's.
fn fill(store: &Store, config: &Config) -> Result<(), Trouble> {
    let order = Order {
        source: Source::Text(CAST),
        form: Form::Csv,
        encoding: Encoding::Utf8,
        rejects: None,
        values: Values::Hidden,
        restart: true,
        faces: None,
        what: What::Everything,
        keep: Keep::Template,
        private_use: config.names.table()?,
        stop: &AtomicBool::new(false),
    };
    import::run(store, &order, today(), |_| {})?;
    let now = SystemClock::new(&config.clock).now().timestamp();
    let keyed = CALLERS.iter().map(|caller| {
        let mut secrets = BTreeMap::from([("secret".to_owned(), SecretString::from(caller.secret_key))]);
        secrets.extend(caller.security_token.map(|token| ("security_token".to_owned(), SecretString::from(token))));
        Caller {
            door: caller.door.to_owned(),
            key_id: caller.access_key.to_owned(),
            label: caller.label.to_owned(),
            state: CallerState::Enabled,
            secrets,
            settings: BTreeMap::from([("created_at".to_owned(), created_at(now))]),
        }
    });
    for caller in keyed.chain(alipay::callers(now)) {
        store
            .callers()
            .put(&caller)
            .map_err(|error| installation::store_trouble(Path::new(&config.store.data), error))?;
    }
    Ok(())
}

/// Leads made-up people through the desk, so that every answer to a query can be had at once.
fn sessions(
    prepared: &serving::Prepared,
    store: &Store,
    config: &Config,
    cast: &Cast,
    faces: Option<Arc<dyn FaceMatcher>>,
) -> Result<Vec<alipay::sessions::Prepared>, Trouble> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(&config.clock));
    let checker = Arc::new(serving::checker(config, store, cast.acts(), faces, Arc::clone(&clock))?);
    let stage = alipay::sessions::Stage {
        redeemer: &Redeemer::new(store.sessions(), checker, Arc::clone(&clock)),
        ledger: &*store.ledger(),
        cast,
        now: clock.now(),
        numbers: &Numbers::new(&SystemRandom),
    };
    prepared
        .run(stage.prepare())
        .map_err(|error| Trouble::broken("the demo's sessions could not be made").because(error))
}

struct Certified {
    server: Arc<Certificate>,
    authority: String,
}

/// Makes an authority and a certificate for this machine; neither key is ever written down.
fn certify() -> Result<Certified, Trouble> {
    let make = || -> Result<(String, String, String), rcgen::Error> {
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        authority.distinguished_name.push(DnType::CommonName, "shiming demo, not to be trusted elsewhere");
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let mut own = CertificateParams::new(names)?;
        own.distinguished_name.push(DnType::CommonName, "localhost");
        let key = KeyPair::generate()?;
        let own = own.signed_by(&key, &authority)?;
        Ok((authority.pem(), own.pem(), key.serialize_pem()))
    };
    let trouble = || Trouble::broken("a certificate for the demo could not be made");
    let (authority, own, key) = make().map_err(|error| trouble().because(error))?;
    let server = Certificate::from_pem(own.as_bytes(), key.as_bytes()).map_err(|error| trouble().because(error))?;
    Ok(Certified { server, authority })
}
