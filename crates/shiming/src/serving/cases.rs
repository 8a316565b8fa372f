//! What happens to cases beside the calls: looking before a reviewer does, telling callers' systems, erasing.

use std::sync::Arc;

use shiming_core::{Checker, Clock, Submitter};
use shiming_server::{
    prechecks::{self, Prechecks},
    random::SystemRandom,
    sweeping,
    telemetry::Telemetry,
    webhook::{self, Sender},
};
use shiming_store::Store;

use crate::{config::Config, forms::forms, trouble::Trouble};

/// Starts all of it. Must be called within the runtime, which ends it.
pub(super) fn look_after(
    config: &Config,
    store: &Store,
    submitter: &Arc<Submitter>,
    checker: &Arc<Checker>,
    clock: &Arc<dyn Clock>,
    telemetry: &Arc<Telemetry>,
) -> Result<(), Trouble> {
    let looking = prechecks::Tools {
        submitter: Arc::clone(submitter),
        checker: Arc::clone(checker),
        forms: forms(),
        clock: Arc::clone(clock),
        random: Arc::new(SystemRandom),
    };
    tokio::spawn(Prechecks::new(config.review.for_prechecks()?, looking).run());
    let telling = webhook::Tools {
        outbox: store.outbox(),
        callers: store.callers(),
        clock: Arc::clone(clock),
        random: Arc::new(SystemRandom),
        tls: webhook::system_tls()
            .map_err(|error| Trouble::broken("callers' systems cannot be told of decisions").because(error))?,
        telemetry: Arc::clone(telemetry),
    };
    tokio::spawn(Sender::new(config.webhook.for_sender(), telling).run());
    tokio::spawn(sweeping::run(store.cases(), store.papers(), Arc::clone(clock), config.review.keep()));
    Ok(())
}
