//! `[review]`: how cases that callers hand in are decided, and how long what is over is kept.

use std::time::Duration;

use shiming_core::submit::Review as Approvals;
use shiming_server::prechecks;

use super::values::{Span, choice, within};
use crate::trouble::Trouble;

choice!(
    /// What is decided without a person.
    Automatic {
        /// Nothing.
        Off = "off",
        /// A case of which every check is clear is approved.
        ApproveClear = "approve_clear",
    }
);

section!(
    "review",
    "Cases that callers hand in: how they are decided, and how long what is over is kept.",
    Review {
        /// How many operators have to approve a case: 1, or 2 who are not the same. Who has had a hand in a case never counts.
        approvals: usize = 1,
        /// What is decided without an operator: "off", or "approve_clear" (a case of which every check is clear, and whose company or person is on record; only where 1 approval is enough).
        automatic: Automatic = Automatic::Off,
        /// How long superseded papers, the content of closed cases and delivered notices are kept before they are erased.
        keep_superseded: Span = Span::secs(30 * 24 * 60 * 60) => within(Span::secs(0)..=Span::days(36_600), "it is counted from today"),
    }
);

impl Review {
    /// As the verb takes it.
    pub(crate) fn for_core(&self) -> Result<Approvals, Trouble> {
        match self.approvals {
            1 => Ok(Approvals::One),
            2 => Ok(Approvals::Two),
            _ => Err(Trouble::usage("[review] approvals must be 1 or 2")),
        }
    }

    /// As the checks take it. Two approvals and none by an operator contradict each other.
    pub(crate) fn for_prechecks(&self) -> Result<prechecks::Settings, Trouble> {
        let review = self.for_core()?;
        let automatic = match self.automatic {
            Automatic::Off => prechecks::Automatic::Off,
            Automatic::ApproveClear if review == Approvals::Two => {
                return Err(Trouble::usage("[review] automatic is \"approve_clear\", and approvals is 2")
                    .advice("two approvals are two operators': set automatic to \"off\" or approvals to 1"));
            }
            Automatic::ApproveClear => prechecks::Automatic::ApproveClear,
        };
        Ok(prechecks::Settings { automatic, review })
    }

    /// How long what is over is kept.
    pub(crate) fn keep(&self) -> Duration {
        self.keep_superseded.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_checks() {
        assert_eq!(Review::default().for_prechecks().unwrap(), prechecks::Settings::default());
        assert_eq!(Review::default().keep(), Duration::from_hours(30 * 24));
    }

    #[test]
    fn approvals_are_one_or_two_and_two_are_never_automatic() {
        let of = |approvals, automatic| Review { approvals, automatic, ..Review::default() }.for_prechecks();
        assert_eq!(of(2, Automatic::Off).unwrap().review, Approvals::Two);
        assert_eq!(of(1, Automatic::ApproveClear).unwrap().automatic, prechecks::Automatic::ApproveClear);
        assert!(of(3, Automatic::Off).is_err() && of(2, Automatic::ApproveClear).is_err());
    }
}
