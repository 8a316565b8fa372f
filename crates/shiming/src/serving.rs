//! Putting the parts together: store, sources, verb, doors, addresses; and running them until somebody says stop.

mod cases;
mod doors;
mod watching;

use std::{
    future::Future,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use shiming_core::{Checker, Clock, FaceMatcher, Source, Submitter};
use shiming_server::{
    Bound, Parts, Server, ServerError, Settings,
    intake::Certificate,
    operator::api,
    random::SystemRandom,
    refusals::Refusals,
    rehearsal::{Act, Rehearsal},
    telemetry::Telemetry,
};
use shiming_store::{MasterKeys, Store};
use tokio::runtime::Runtime;

use self::{doors::Shared, watching::whenever_written};
use crate::{
    clock::SystemClock,
    config::Config,
    faces::Faces,
    forms::forms,
    installation::{self, KeySource, Running},
    signals::Signals,
    trouble::{Exit, Trouble, chain},
};

/// A runtime and the two addresses, bound and not yet served.
pub(crate) struct Prepared {
    runtime: Runtime,
    bound: Bound,
    stopping: Signals,
    encrypted: bool,
}

/// Starts a runtime and binds both addresses: the first thing, because it is what fails most often.
pub(crate) fn prepare(config: &Config, tls: Option<Arc<Certificate>>) -> Result<Prepared, Trouble> {
    let (doors, operator) = (config.server.listen, config.server.operator);
    if doors == operator && doors.port() != 0 {
        return Err(Trouble::usage(format!("{doors} is the doors' address and the operator's as well"))
            .advice("choose another port for one of them, with --listen or --operator"));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers())
        .max_blocking_threads(BLOCKING)
        .enable_all()
        .build()
        .map_err(|error| Trouble::broken("the runtime could not be started").because(error))?;
    let encrypted = tls.is_some();
    let settings = Settings { doors, operator, limits: config.limits.for_server(), tls };
    let bound = runtime.block_on(Server::bind(settings)).map_err(bind_trouble)?;
    let inside = runtime.enter();
    let stopping = Signals::listen()?;
    drop(inside);
    Ok(Prepared { runtime, bound, stopping, encrypted })
}

/// The most threads that wait for files, or look into pictures, beside those that serve.
const BLOCKING: usize = 64;

/// Threads that serve. One core is left to the ledger and to what takes long, which has threads of its own (see
/// `shiming_server`'s `aside`): threads that share too few cores mostly wake each other.
fn workers() -> usize {
    thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}

fn bind_trouble(error: ServerError) -> Trouble {
    let ServerError::Bind(address, cause) = &error;
    let advice = match cause.kind() {
        io::ErrorKind::AddrInUse => {
            "another program listens there, perhaps another shiming: stop it, or choose other ports with --listen and --operator".to_owned()
        }
        io::ErrorKind::PermissionDenied => "choose a port above 1023".to_owned(),
        io::ErrorKind::AddrNotAvailable => "that address is not one of this machine's".to_owned(),
        _ => format!("choose another address than {address}"),
    };
    Trouble::broken("the server cannot start").because(error).advice(advice)
}

/// The face engine that the configuration names; none where it names none. It takes a moment, and memory: for those who
/// compare photos.
pub(crate) fn faces(config: &Config) -> Result<Option<Arc<dyn FaceMatcher>>, Trouble> {
    Ok(Faces::open(&config.face)?.map(|faces| Arc::new(faces) as Arc<dyn FaceMatcher>))
}

/// The verb, over the sources and the ledger of a store.
pub(crate) fn checker(
    config: &Config,
    store: &Store,
    acts: Vec<(String, Act)>,
    faces: Option<Arc<dyn FaceMatcher>>,
    clock: Arc<dyn Clock>,
) -> Result<Checker, Trouble> {
    let rehearsal = Rehearsal::new(config.rehearsal.acts().into_iter().chain(acts));
    let sources: [Arc<dyn Source>; 2] = [store.registry(), Arc::new(rehearsal)];
    let checker = Checker::new(config.policy.for_core()?, sources, store.ledger(), faces, clock)
        .map_err(|error| Trouble::usage("[policy]").because(error))?;
    Ok(checker.with_private_use(config.names.table()?))
}

/// Reads a certificate and its key.
pub(crate) fn read_tls(chain: &Path, key: &Path) -> Result<Arc<Certificate>, Trouble> {
    let read = |path: &Path| std::fs::read(path).map_err(|error| Trouble::unreadable(path, error));
    Certificate::from_pem(&read(chain)?, &read(key)?).map_err(|error| {
        Trouble::usage(format!("{} and {} cannot be used for TLS", chain.display(), key.display()))
            .because(error)
            .advice("give a PEM certificate chain and its private key")
    })
}

impl Prepared {
    /// The doors' base address.
    pub(crate) fn door(&self) -> String {
        format!("{}://{}", self.scheme(), reachable(self.bound.doors()))
    }

    fn scheme(&self) -> &'static str {
        if self.encrypted { "https" } else { "http" }
    }

    /// Takes a renewed certificate for the connections to come. One that cannot be used changes nothing: its key may
    /// follow.
    pub(crate) fn keep_up(&self, certificate: Arc<Certificate>, chain: PathBuf, key: PathBuf) {
        let _inside = self.runtime.enter();
        whenever_written(vec![chain.clone(), key.clone()], move || match read_tls(&chain, &key) {
            Ok(renewed) => {
                certificate.replace(&renewed);
                tracing::info!("the certificate was read again");
            }
            Err(trouble) => tracing::error!(error = trouble.what(), "the changed certificate cannot be used"),
        });
    }

    /// Stops when standard input ends, too.
    pub(crate) fn heed_input(&mut self) {
        self.stopping.heed_input();
    }

    /// Runs something before the server is served.
    pub(crate) fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The operator's base address.
    pub(crate) fn operator(&self) -> String {
        format!("http://{}", reachable(self.bound.operator()))
    }

    /// Serves the store until a signal comes, then answers what was accepted; a second signal ends it at once.
    pub(crate) fn serve(
        self,
        config: &Config,
        store: Store,
        acts: Vec<(String, Act)>,
        faces: Option<Arc<dyn FaceMatcher>>,
        ready: impl FnOnce(),
    ) -> Result<Exit, Trouble> {
        let (door, operator, scheme) = (self.door(), self.operator(), self.scheme());
        let Self { runtime, bound, stopping, .. } = self;
        let store = Arc::new(store);
        let parts = runtime.block_on(async { parts(config, &store, acts, faces, scheme) })?;
        let data = config.data().to_owned();
        if let Some(other) = Running::other(&data) {
            tracing::warn!(pid = other.pid, "another process serves this directory too");
        }
        let running = Running { pid: std::process::id(), door: door.clone(), operator: operator.clone() };
        running.announce(&data)?;
        runtime.spawn(keep_announced(running, data.clone()));
        tracing::info!(door, operator, data = %data.display(), "ready");
        ready();
        runtime.block_on(bound.run(parts, stop(stopping)));
        tracing::info!("stopped");
        // Tasks that watch the store never end by themselves, and would find it closed.
        runtime.shutdown_timeout(Duration::from_millis(200));
        store.close();
        Running::withdraw(&data);
        Ok(Exit::Fine)
    }
}

/// Leaves word again where another process, which served the directory too, has taken it away or was killed with it.
async fn keep_announced(running: Running, data: PathBuf) {
    let mut turn = tokio::time::interval(Duration::from_secs(1));
    loop {
        turn.tick().await;
        if !Running::read(&data).is_some_and(|there| there.is_alive()) {
            // The directory may be gone, or full: the server serves all the same, and tries again.
            let _ = running.announce(&data);
        }
    }
}

/// Must be called within the runtime: keyrings keep up with the store from here on.
fn parts(
    config: &Config,
    store: &Arc<Store>,
    acts: Vec<(String, Act)>,
    faces: Option<Arc<dyn FaceMatcher>>,
    scheme: &'static str,
) -> Result<Parts, Trouble> {
    let operator_token = installation::operator_token(config.data())?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(&config.clock));
    let refusals = Arc::new(Refusals::new(Arc::clone(&clock)));
    let checker = Arc::new(checker(config, store, acts, faces, Arc::clone(&clock))?);
    let submitter = Arc::new(Submitter::new(store.cases(), store.papers(), store.ledger(), Arc::clone(&clock)));
    let api = api_tools(config, store, Arc::clone(&submitter), Arc::clone(&clock))?;
    let telemetry = Arc::new(Telemetry::default());
    cases::look_after(config, store, &submitter, &checker, &clock, &telemetry)?;
    let shared = Shared { config, store, checker, submitter, clock, refusals: Arc::clone(&refusals), scheme };
    let doors = shared.doors()?;
    keep_up_keys(config, store);
    let asked = Arc::clone(store);
    Ok(Parts {
        doors,
        refusals,
        telemetry,
        operator_token,
        ready: Box::new(move || asked.ledger().ready().map_err(|error| chain(&error))),
        api: Some(api),
    })
}

/// What operators look at and decide cases with.
fn api_tools(
    config: &Config,
    store: &Store,
    submitter: Arc<Submitter>,
    clock: Arc<dyn Clock>,
) -> Result<api::Tools, Trouble> {
    Ok(api::Tools {
        submitter,
        forms: forms(),
        outbox: store.outbox(),
        clock,
        operators: store.operators(),
        review: config.review.for_core()?,
        random: Arc::new(SystemRandom),
    })
}

/// Takes the key file's new keys when they are rotated (`shiming keys rotate`).
fn keep_up_keys(config: &Config, store: &Arc<Store>) {
    let KeySource::File(path) = installation::key_source(config) else { return };
    let store = Arc::downgrade(store);
    whenever_written(vec![path.clone()], move || {
        let Some(store) = store.upgrade() else { return };
        match MasterKeys::from_file(&path).map_err(Into::into).and_then(|keys| store.use_keys(&keys)) {
            Ok(()) => tracing::info!("the master keys were read again"),
            Err(error) => tracing::error!(error = chain(&error), "the changed master keys cannot be used"),
        }
    });
}

/// Ends with the first signal; the second ends the process.
async fn stop(mut signals: Signals) {
    signals.next().await;
    tracing::info!("stopping: open requests are answered first; a second signal stops at once");
    tokio::spawn(signals.end_at_next());
}

/// An address that somebody on this machine can use: "every address" is this machine too.
fn reachable(address: SocketAddr) -> SocketAddr {
    if !address.ip().is_unspecified() {
        return address;
    }
    let local: std::net::IpAddr = match address {
        SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(local, address.port())
}
