//! The identity rules, table by table and law by law. A row's comment is the reason that the specification gives.

mod cards_and_mobiles;
mod classification;
mod hostile;
mod laws;
mod masks;
mod names;
mod organisations;
mod papers;
mod residents;
mod tables_at_run_time;

use shiming_identity::{Date, Flaw, Parsed};

/// The day on which every table is read.
const TODAY: Date = Date::constant(2026, 11, 21);

/// What a strict configuration says, as the tables write it.
fn verdict<T>(result: Result<Parsed<T>, Flaw>) -> &'static str {
    match result.and_then(Parsed::strict) {
        Ok(_) => "valid",
        Err(flaw) => flaw.code(),
    }
}

/// The same where a table says only that a row is invalid.
fn yes_or_no<T>(result: Result<Parsed<T>, Flaw>) -> &'static str {
    if verdict(result) == "valid" { "valid" } else { "invalid" }
}
