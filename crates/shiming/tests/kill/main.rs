//! The program is killed (SIGKILL) again and again, and nothing that it promised is lost.
//!
//! Under load: every acknowledged verdict is in the ledger, no nonce is taken twice over the whole history, the chain
//! verifies; every application has made one case, and its paper can be read. While it imports: the registry ends with exactly the content of an import that nobody disturbed.
//!
//! The moments are drawn from a seed that is printed; `SHIMING_TEST_SEED=… cargo test -p shiming --test kill` draws the
//! same again. Nothing waits by the clock: a kill comes after so many events, and what must come is waited for.

mod calls;
mod dice;
mod history;
mod importing;
mod people;
mod program;
mod serving;
mod submitting;
