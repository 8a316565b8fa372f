//! Answers on their way back.
//!
//! To wake a task from a thread that is not the runtime's costs a system call, often two. So the writer wakes one waiter
//! of several, and that one, on the runtime's own thread, wakes the others with theirs.

use shiming_core::LedgerError;
use tokio::sync::oneshot;

use super::queue::Wrote;
use crate::StoreError;

/// What a waiter gets in the end.
pub(crate) type Answer = Result<Wrote, LedgerError>;

/// Where one answer goes.
pub(crate) struct Address(oneshot::Sender<Delivery>);

/// Somebody who waits for an answer.
pub(crate) struct Waiter(oneshot::Receiver<Delivery>);

/// An answer, and those that its receiver passes on: when it is opened, and as well when it never is.
struct Delivery {
    own: Option<Answer>,
    others: Vec<(Address, Answer)>,
}

/// So many answers travel together: with more, the one that is woken would have to do too much for the others.
const TOGETHER: usize = 32;

/// An address, and who waits there.
pub(crate) fn address() -> (Address, Waiter) {
    let (sender, receiver) = oneshot::channel();
    (Address(sender), Waiter(receiver))
}

/// Sends every answer to its address. Who has stopped waiting needs none.
pub(crate) fn deliver(mut answers: Vec<(Address, Answer)>) {
    while !answers.is_empty() {
        let rest = answers.split_off(answers.len().min(TOGETHER));
        deliver_together(answers);
        answers = rest;
    }
}

fn deliver_together(mut answers: Vec<(Address, Answer)>) {
    while let Some((Address(to), own)) = answers.pop() {
        match to.send(Delivery { own: Some(own), others: answers }) {
            Ok(()) => return,
            Err(mut returned) => answers = std::mem::take(&mut returned.others),
        }
    }
}

impl Waiter {
    /// Waits for the answer. There is none when the writer has ended without one.
    pub(crate) async fn answer(self) -> Answer {
        let closed = || LedgerError(StoreError::Closed.into());
        let own = self.0.await.ok().and_then(|mut delivery| delivery.own.take());
        own.unwrap_or_else(|| Err(closed()))
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        for (Address(to), answer) in self.others.drain(..) {
            let _ = to.send(Self { own: Some(answer), others: Vec::new() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::block_on;

    fn sent(count: usize) -> (Vec<(Address, Answer)>, Vec<Waiter>) {
        let addresses: Vec<_> = (0..count).map(|_| address()).collect();
        let (to, waiters): (Vec<_>, Vec<_>) = addresses.into_iter().unzip();
        (to.into_iter().map(|to| (to, Ok(Wrote::WithoutEntry))).collect(), waiters)
    }

    #[test]
    fn everyone_who_waits_is_answered_whoever_is_asked_first() {
        for backwards in [false, true] {
            let (answers, mut waiters) = sent(100);
            deliver(answers);
            if backwards {
                waiters.reverse();
            }
            // Waiters that are asked out of turn wait for the one that carries theirs: let all run side by side.
            std::thread::scope(|scope| {
                for waiter in waiters {
                    scope.spawn(|| assert!(block_on(waiter.answer()).is_ok()));
                }
            });
        }
    }

    #[test]
    fn those_who_stopped_waiting_keep_nothing_from_the_others() {
        for gone in 0..40 {
            let (answers, mut waiters) = sent(40);
            drop(waiters.remove(gone));
            deliver(answers);
            // This one may carry the others' answers, and never opens them.
            drop(waiters.pop());
            for waiter in waiters.into_iter().rev() {
                assert!(block_on(waiter.answer()).is_ok(), "{gone}");
            }
        }
    }

    #[test]
    fn without_a_writer_there_is_an_error_and_no_waiting() {
        let (to, waiter) = address();
        drop(to);
        assert!(block_on(waiter.answer()).is_err());
    }
}
