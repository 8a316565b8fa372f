//! The whole server: the doors' address and the operator's, served together and stopped together.

use std::{io, net::SocketAddr, sync::Arc};

use secrecy::SecretString;
use tokio::sync::watch;

use crate::{
    doors::{Door, Doors},
    intake::{Certificate, Listener, Porter},
    limits::Limits,
    operator::{
        Operator, Ready, Waiting,
        api::{self, Api},
    },
    refusals::Refusals,
    telemetry::Telemetry,
};

/// Where to listen and within which limits.
pub struct Settings {
    /// The doors' address.
    pub doors: SocketAddr,
    /// The operator's address.
    pub operator: SocketAddr,
    /// Limits for both.
    pub limits: Limits,
    /// The certificate of the doors' address, if it is to be encrypted.
    pub tls: Option<Arc<Certificate>>,
}

/// What the server serves.
pub struct Parts {
    /// The doors, asked in this order.
    pub doors: Vec<Arc<dyn Door>>,
    /// The memory of refused calls that the doors write to.
    pub refusals: Arc<Refusals>,
    /// What is counted.
    pub telemetry: Arc<Telemetry>,
    /// The operator's token.
    pub operator_token: SecretString,
    /// Whether the store answers.
    pub ready: Ready,
    /// What operators look at and decide cases with; without it there is no `/api/`.
    pub api: Option<api::Tools>,
}

/// The server could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// An address could not be bound.
    #[error("the address {0} cannot be used")]
    Bind(SocketAddr, #[source] io::Error),
}

/// Starts servers.
#[derive(Debug)]
pub struct Server;

/// Both addresses, bound and not yet served.
pub struct Bound {
    doors: (Listener, SocketAddr),
    operator: (Listener, SocketAddr),
    settings: Settings,
}

impl Server {
    /// Binds both addresses.
    pub async fn bind(settings: Settings) -> Result<Bound, ServerError> {
        let doors = bind(settings.doors).await?;
        let operator = bind(settings.operator).await?;
        Ok(Bound { doors, operator, settings })
    }
}

async fn bind(address: SocketAddr) -> Result<(Listener, SocketAddr), ServerError> {
    let trouble = |error| ServerError::Bind(address, error);
    let listener = Listener::bind(address).await.map_err(trouble)?;
    let address = listener.address().map_err(trouble)?;
    Ok((listener, address))
}

impl Bound {
    /// The doors' address, its port known.
    pub fn doors(&self) -> SocketAddr {
        self.doors.1
    }

    /// The operator's address, its port known.
    pub fn operator(&self) -> SocketAddr {
        self.operator.1
    }

    /// Serves until `stop` ends, then until what was accepted is answered.
    pub async fn run(self, parts: Parts, stop: impl Future<Output = ()> + Send) {
        let Parts { doors, refusals, telemetry, operator_token, ready, api } = parts;
        let limits = self.settings.limits;
        let doors = Porter { doors: Doors::new(doors), limits: limits.clone(), telemetry: Arc::clone(&telemetry) };
        let waiting = api.as_ref().map(|tools| Waiting {
            submitter: Arc::clone(&tools.submitter),
            outbox: Arc::clone(&tools.outbox),
            clock: Arc::clone(&tools.clock),
        });
        let operator = Operator { token: operator_token, telemetry: Arc::clone(&telemetry), refusals, ready, waiting };
        let api = api.map(|tools| Arc::new(Api::new(tools)) as Arc<dyn Door>);
        let operator = api.into_iter().chain([Arc::new(operator) as Arc<dyn Door>]).collect();
        let operator = Porter { doors: Doors::new(operator), limits, telemetry };
        let (stopping, stopped) = watch::channel(false);
        let doors = self.doors.0.serve(Arc::new(doors), self.settings.tls, told(stopped.clone()));
        let operator = self.operator.0.serve(Arc::new(operator), None, told(stopped));
        stop.await;
        let _ = stopping.send(true);
        doors.ended().await;
        operator.ended().await;
    }
}

async fn told(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone: that is a stop as well.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
