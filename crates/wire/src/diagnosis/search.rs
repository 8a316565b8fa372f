//! The search: what is done right, one thing done wrong, two things done wrong; until the signature comes out or the work is spent.

use std::borrow::Cow;
use std::mem::discriminant;

use super::{Finding, Mistake};

/// An attempt at a client's signature, in which things can be done wrong. It may borrow from what is done wrong in it.
pub(crate) trait Attempt<'t>: Clone {
    /// What can be done wrong.
    type Change: 't;

    /// Does one thing wrong.
    fn apply(&mut self, change: &'t Self::Change);

    /// Whether the client's signature comes out.
    fn gives(&self) -> bool;

    /// About how many bytes are hashed to know that.
    fn cost(&self) -> usize;

    /// How long the text is.
    fn length(&self) -> usize {
        self.cost()
    }

    /// Whether two changes touch the same part, so that the second would undo the first.
    fn in_one_place(one: &Self::Change, other: &Self::Change) -> bool {
        discriminant(one) == discriminant(other)
    }
}

/// One thing done wrong.
pub(crate) struct Try<C> {
    pub(crate) mistake: &'static Mistake,
    pub(crate) detail: Cow<'static, str>,
    pub(crate) change: C,
    /// Whether it is tried early, and together with another.
    pub(crate) common: bool,
}

impl<C> Try<C> {
    /// The mistake, where this gave the client's signature.
    pub(crate) fn finding(&self) -> Finding {
        self.mistake.found(self.detail.clone())
    }
}

/// Gathers what is tried.
pub(crate) struct Tries<C>(pub(crate) Vec<Try<C>>);

impl<C> Tries<C> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn add(&mut self, mistake: &'static Mistake, detail: impl Into<Cow<'static, str>>, change: C) {
        self.0.push(Try { mistake, detail: detail.into(), change, common: false });
    }

    /// One that is also tried together with another.
    pub(crate) fn common(&mut self, mistake: &'static Mistake, detail: impl Into<Cow<'static, str>>, change: C) {
        self.0.push(Try { mistake, detail: detail.into(), change, common: true });
    }
}

/// So many times the text is hashed when it is long.
const MOST_TIMES: usize = 45;
/// A short text may be hashed more often, until so many bytes are.
const MOST_BYTES: usize = 64 << 20;
/// What an attempt costs besides its text: keys, the text's other parts.
const OVERHEAD: usize = 4 << 10;

/// Looks for the mistakes that give the client's signature. `plain` itself is known not to.
pub(crate) fn search<'t, A: Attempt<'t>>(plain: &A, tries: &'t Tries<A::Change>) -> Option<Vec<Finding>> {
    let mut left = MOST_BYTES.max(MOST_TIMES.saturating_mul(plain.length()));
    let mut gives = |attempt: &A| {
        let cost = attempt.cost().saturating_add(OVERHEAD);
        // Once it is spent, nothing more is hashed.
        let Some(rest) = left.checked_sub(cost) else { return false };
        left = rest;
        attempt.gives()
    };
    let (common, rare): (Vec<_>, Vec<_>) = tries.0.iter().partition(|one| one.common);
    for one in common.iter().chain(&rare) {
        let mut attempt = plain.clone();
        attempt.apply(&one.change);
        if gives(&attempt) {
            return Some(vec![one.finding()]);
        }
    }
    for (index, one) in common.iter().enumerate() {
        let mut first = plain.clone();
        first.apply(&one.change);
        let elsewhere = |other: &&&Try<A::Change>| !A::in_one_place(&other.change, &one.change);
        for other in common.iter().skip(index + 1).filter(elsewhere) {
            let mut attempt = first.clone();
            attempt.apply(&other.change);
            if gives(&attempt) {
                return Some(vec![one.finding(), other.finding()]);
            }
        }
    }
    None
}

/// A mistake that shows in two places is named once.
pub(crate) fn merged(found: Vec<Finding>) -> Vec<Finding> {
    let mut once: Vec<Finding> = Vec::with_capacity(found.len());
    for finding in found {
        if once.iter().all(|before| before.mistake != finding.mistake) {
            once.push(finding);
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::diagnosis::words::{METHOD, NOT_SORTED};

    #[derive(Clone)]
    struct Counting<'c> {
        length: usize,
        hashed: &'c Cell<usize>,
        wanted: u32,
        made: u32,
    }

    impl Attempt<'_> for Counting<'_> {
        type Change = (u32, bool);

        fn apply(&mut self, change: &Self::Change) {
            self.made |= change.0;
        }

        fn gives(&self) -> bool {
            self.hashed.set(self.hashed.get() + 1);
            self.made == self.wanted
        }

        fn cost(&self) -> usize {
            self.length
        }
    }

    fn tries(count: u32) -> Tries<(u32, bool)> {
        let mut tries = Tries::new();
        for number in 0..count {
            tries.add(&NOT_SORTED, "", (1 << (number % 16), false));
        }
        tries
    }

    #[test]
    fn a_long_text_is_hashed_fewer_than_fifty_times_and_a_short_one_as_often_as_there_are_tries() {
        let hashed = Cell::new(0);
        for (length, most) in [(4 << 20, 45), (100, 1000)] {
            hashed.set(0);
            let plain = Counting { length, hashed: &hashed, wanted: u32::MAX, made: 0 };
            assert!(search(&plain, &tries(1000)).is_none());
            assert!(hashed.get() <= most && hashed.get() * 10 >= most * 8, "{length}: {}", hashed.get());
        }
    }

    #[test]
    fn common_ones_go_first_and_a_mistake_in_two_places_is_named_once() {
        let hashed = Cell::new(0);
        let plain = Counting { length: 4 << 20, hashed: &hashed, wanted: 1 << 20, made: 0 };
        let mut tries = tries(1000);
        tries.common(&METHOD, "GET", (1 << 20, true));
        let found = search(&plain, &tries).unwrap();
        assert_eq!((found.len(), found[0].english().contains("GET"), hashed.get()), (1, true, 1));
        assert_eq!(merged([found.clone(), found].concat()).len(), 1);
    }
}
