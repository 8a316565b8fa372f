//! Work that keeps a core for a while, done by threads that have nothing else to do.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Once,
    thread,
};

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

/// Does work that takes long, such as a signature of RSA with its quarter of a millisecond, and lets the thread that serves
/// go on meanwhile. What panics, panics here. Work whose caller goes away before its turn is not done, so that no more waits here
/// than there are calls to answer, whoever hangs up.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    THREADS.call_once(start);
    let (sender, receiver) = oneshot::channel();
    QUEUE.add(Box::new(move || {
        if !sender.is_closed() {
            // The caller may go away meanwhile.
            let _ = sender.send(catch_unwind(AssertUnwindSafe(work)));
        }
    }));
    match receiver.await {
        Ok(Ok(done)) => done,
        Ok(Err(panic)) => resume_unwind(panic),
        Err(_) => unreachable!("what somebody waits for is done, and answered whether it panics or not"),
    }
}

type Work = Box<dyn FnOnce() + Send>;

/// One queue for the process. Threads of its own stay few and busy: one that is done takes the next work without being
/// woken, and what a call allocates is freed by the thread that allocated it.
static QUEUE: Queue = Queue { waiting: Mutex::new(VecDeque::new()), filled: Condvar::new() };

/// Started with the first work: one for each core, since such work can keep them all.
static THREADS: Once = Once::new();

fn start() {
    for number in 0..thread::available_parallelism().map_or(1, usize::from) {
        let thread = thread::Builder::new().name(format!("aside-{number}")).spawn(|| QUEUE.work());
        thread.expect("a process that can start no thread cannot serve");
    }
}

struct Queue {
    waiting: Mutex<VecDeque<Work>>,
    filled: Condvar,
}

impl Queue {
    fn add(&self, work: Work) {
        self.waiting.lock().push_back(work);
        self.filled.notify_one();
    }

    fn work(&self) {
        loop {
            let mut waiting = self.waiting.lock();
            let work = loop {
                match waiting.pop_front() {
                    Some(work) => break work,
                    None => self.filled.wait(&mut waiting),
                }
            };
            drop(waiting);
            work();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc, Barrier,
            atomic::{AtomicUsize, Ordering},
        },
        time::Duration,
    };

    use super::*;

    #[tokio::test]
    async fn every_work_is_done_once_and_its_result_given_back() {
        static DONE: AtomicUsize = AtomicUsize::new(0);
        let works: Vec<_> = (0..100)
            .map(|number| {
                tokio::spawn(aside(move || {
                    DONE.fetch_add(1, Ordering::Relaxed);
                    number
                }))
            })
            .collect();
        for (number, work) in works.into_iter().enumerate() {
            assert_eq!(work.await.unwrap(), number);
        }
        assert_eq!(DONE.load(Ordering::Relaxed), 100);
    }

    #[tokio::test]
    async fn a_panic_is_the_callers_and_the_threads_go_on() {
        for _ in 0..=thread::available_parallelism().unwrap().get() {
            assert!(tokio::spawn(aside(|| panic!("as it must"))).await.unwrap_err().is_panic());
        }
        assert_eq!(aside(|| 1).await, 1);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_not_done() {
        static DONE: AtomicUsize = AtomicUsize::new(0);
        let threads = thread::available_parallelism().unwrap().get();
        // Keeps every thread until the barrier is waited for.
        let keep_all = || {
            let barrier = Arc::new(Barrier::new(threads + 1));
            for at in vec![Arc::clone(&barrier); threads] {
                QUEUE.add(Box::new(move || {
                    at.wait();
                }));
            }
            barrier
        };
        aside(|| ()).await;
        let busy = keep_all();
        let nobodys = aside(|| DONE.fetch_add(1, Ordering::Relaxed));
        assert!(tokio::time::timeout(Duration::ZERO, nobodys).await.is_err());
        let behind = keep_all();
        busy.wait();
        behind.wait();
        assert_eq!(DONE.load(Ordering::Relaxed), 0);
    }
}
