//! `[clock]`: what time it is.

use super::values::{Offset, within};

section!(
    "clock",
    "What time it is.",
    Clock {
        /// Moves the clock, for rehearsals: "20m" makes every caller look 20 minutes late. Never set it in earnest.
        offset: Offset = Offset(0) => within(Offset::days(-36_600)..=Offset::days(36_600), "a rehearsal needs no other century"),
    }
);
