//! `[review]`: how cases are decided.

use shiming_core::submit::Review as Approvals;

use crate::trouble::Trouble;

section!(
    "review",
    "How the cases are decided that callers hand in.",
    Review {
        /// How many operators have to approve a case: 1, or 2 who are not the same. Who has had a hand in a case never counts.
        approvals: usize = 1,
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_two_approve() {
        let of = |approvals| Review { approvals }.for_core().ok();
        assert_eq!((of(1), of(2), of(3)), (Some(Approvals::One), Some(Approvals::Two), None));
        assert_eq!(Review::default().for_core().unwrap(), Approvals::default());
    }
}
