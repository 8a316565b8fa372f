//! The server: the only room that knows both HTTP and people. It does not know the store: whatever outlives a call goes through
//! a port of the core.
//!
//! A connection comes in through [`intake`], which holds the limits. [`doors`] pick who speaks the caller's protocol;
//! each door reads a call with `shiming-wire`, asks `shiming-core`, and answers in its vendor's words. [`refusals`]
//! remembers the latest calls that a door refused and finds out why their signatures differ. [`desk`] is where callers send
//! people with their browsers; [`prechecks`] look at what was handed in before a reviewer does, [`webhook`] tells callers'
//! systems what was decided, and [`sweeping`] erases what is needed no longer. [`operator`] is the other address: health, metrics and the
//! refused calls.

mod aside;
pub mod desk;
pub mod doors;
pub mod in_flight;
pub mod intake;
pub mod keyring;
pub mod limits;
pub mod operator;
pub mod prechecks;
pub mod random;
pub mod refusals;
pub mod rehearsal;
pub mod sweeping;
pub mod telemetry;
pub mod webhook;

mod server;

pub use doors::{Answer, Call, Doors, Outcome};
pub use keyring::Keyring;
pub use limits::Limits;
pub use random::Random;
pub use server::{Bound, Parts, Server, ServerError, Settings};
