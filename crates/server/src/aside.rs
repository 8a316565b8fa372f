//! Work that keeps a core for a while.

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task::block_in_place,
};

/// Does work that takes long, such as a signature of RSA, which takes a quarter of a millisecond: another thread goes on
/// meanwhile with what waits for this one. So threads that serve can be fewer than cores, and such work still has all of them.
pub(crate) fn aside<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => block_in_place(work),
        // A runtime with one thread has no other, and a test may have none at all.
        _ => work(),
    }
}
