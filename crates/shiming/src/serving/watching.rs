//! Files that are read again when they were written anew, so that nobody has to stop the server.

use std::{path::PathBuf, time::Duration};

/// How often it is looked.
const EVERY: Duration = Duration::from_millis(500);

/// Calls `read` whenever one of the files was written anew and all of them are there. Must be called within the runtime.
pub(super) fn whenever_written(files: Vec<PathBuf>, mut read: impl FnMut() + Send + 'static) {
    let written = move || files.iter().map(|path| path.metadata()?.modified()).collect::<Result<Vec<_>, _>>().ok();
    let mut seen = written();
    tokio::spawn(async move {
        let mut turn = tokio::time::interval(EVERY);
        loop {
            turn.tick().await;
            let now = written();
            if now.is_some() && now != seen {
                read();
            }
            seen = now;
        }
    });
}
