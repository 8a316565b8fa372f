//! The two signals that stop the program, SIGTERM and Ctrl-C: the first one in order, the second at once. The end of standard
//! input can be made to count as the first.

use std::{
    future, io, process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
};

use crate::{
    output::hint,
    trouble::{Exit, Trouble},
};

/// Both signals, from the moment that they are listened to.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    input_ends: Option<oneshot::Receiver<()>>,
}

impl Signals {
    /// Must be called within a runtime.
    pub(crate) fn listen() -> Result<Self, Trouble> {
        let listen = |kind| signal(kind).map_err(unheard);
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            input_ends: None,
        })
    }

    /// The end of standard input counts as well: whoever has held it is gone.
    pub(crate) fn heed_input(&mut self) {
        let (ends, input_ends) = oneshot::channel();
        self.input_ends = Some(input_ends);
        thread::spawn(move || {
            // One that cannot be read has ended too.
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
            let _ = ends.send(());
        });
    }

    /// Waits for one of them.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            () = end(&mut self.input_ends) => {}
        }
    }

    /// Waits for another signal, and ends the process with it.
    pub(crate) async fn end_at_next(mut self) {
        self.input_ends = None;
        self.next().await;
        process::exit(Exit::Interrupted as i32);
    }
}

/// For work without a runtime: what the first signal sets, after `told` was printed.
pub(crate) fn stop_flag(told: &'static str) -> Result<Arc<AtomicBool>, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(unheard)?;
    let inside = runtime.enter();
    let mut signals = Signals::listen()?;
    drop(inside);
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    thread::spawn(move || {
        runtime.block_on(async move {
            signals.next().await;
            set.store(true, Ordering::Relaxed);
            hint!("{told}; a second signal stops at once");
            signals.end_at_next().await;
        });
    });
    Ok(flag)
}

async fn end(input: &mut Option<oneshot::Receiver<()>>) {
    match input {
        Some(ends) => drop(ends.await),
        None => future::pending().await,
    }
}

fn unheard(error: std::io::Error) -> Trouble {
    Trouble::broken("signals cannot be listened to").because(error)
}
