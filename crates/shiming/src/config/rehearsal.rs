//! `[rehearsal]`: made-up people whose source fails or dawdles on purpose.

use shiming_server::rehearsal::Act;

use super::values::{Span, within};

section!("rehearsal", "The source `rehearsal`: numbers (resident, card, mobile, company) for which it fails or is slow on purpose.", Rehearsal {
    /// Numbers for which the source does not answer.
    down: Vec<String> = Vec::new(),
    /// Numbers for which it takes its time.
    slow: Vec<String> = Vec::new(),
    /// How long.
    slow_for: Span = Span::secs(3) => within(Span::secs(0)..=Span::secs(3600), "a caller waits for it"),
});

impl Rehearsal {
    /// As the source takes them.
    pub(crate) fn acts(&self) -> Vec<(String, Act)> {
        let normal = |number: &String| number.trim().to_ascii_uppercase();
        let down = self.down.iter().map(|number| (normal(number), Act::Down));
        let slow = self.slow.iter().map(|number| (normal(number), Act::Slow(self.slow_for.0)));
        down.chain(slow).collect()
    }
}
