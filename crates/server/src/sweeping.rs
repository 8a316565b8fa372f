//! Erasing what cases no longer need: papers that were superseded, what is sealed of closed cases, requests that nobody
//! repeats any more, notices that were delivered; and papers that a stop left without a case.

use std::{sync::Arc, time::Duration};

use shiming_core::{Cases, Clock, Papers, submit::Swept};

/// How often it is swept.
const EVERY: Duration = Duration::from_mins(10);

/// Sweeps now and then, for as long as it is run. What ended longer than `keep` ago is erased.
pub async fn run(cases: Arc<dyn Cases>, papers: Arc<dyn Papers>, clock: Arc<dyn Clock>, keep: Duration) {
    let mut turn = tokio::time::interval(EVERY);
    turn.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        turn.tick().await;
        sweep(&*cases, &*papers, &*clock, keep).await;
    }
}

async fn sweep(cases: &dyn Cases, papers: &dyn Papers, clock: &dyn Clock, keep: Duration) {
    let now = clock.now();
    let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
    match cases.sweep(now, now.plus_millis(-keep)).await {
        Ok(swept) if swept == Swept::default() => {}
        Ok(Swept { papers, cases, requests, notices }) => {
            tracing::info!(papers, cases, requests, notices, "what cases no longer need was erased");
        }
        Err(error) => tracing::error!(error = ?error, "what cases no longer need cannot be erased"),
    }
    // It says itself what it has removed.
    if let Err(error) = papers.sweep(now).await {
        tracing::error!(error = ?error, "papers that belong to nothing cannot be removed");
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicI64, Ordering},
        time::Instant,
    };

    use shiming_core::{
        Case, Submitter, UnixTime,
        check::Asking,
        submit::{Content, Media, Opening, Paper},
    };
    use shiming_store::{MasterKeys, Options, Store};

    use super::*;

    struct Turned(AtomicI64);

    impl Clock for Turned {
        fn now(&self) -> UnixTime {
            UnixTime(self.0.load(Ordering::Relaxed))
        }
    }

    const KEEP: Duration = Duration::from_hours(30 * 24);

    async fn closed(store: &Store, clock: &Arc<Turned>) -> Case {
        let verb = Submitter::new(store.cases(), store.papers(), store.ledger(), Arc::clone(clock) as _);
        let asking =
            || Asking { door: "door", caller: "app", operation: "Apply", request_id: "r", arrived: Instant::now() };
        let paper = Paper { role: "licence".into(), media: Media::Png, bytes: b"a licence".to_vec() };
        let content = Content { papers: vec![paper], ..Content::default() };
        let opening = Opening { kind: "template".into(), content, submit: true, ..Opening::default() };
        let key = verb.create(asking(), opening, None).await.unwrap().case.key;
        verb.close(asking(), &key, None).await.unwrap()
    }

    /// A store in a directory of its own, and a clock a little ahead of the files' times.
    fn store() -> (tempfile::TempDir, Store, Arc<Turned>) {
        let dir = tempfile::tempdir().unwrap();
        let now = dir.path().metadata().unwrap().modified().unwrap();
        let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        let clock = Arc::new(Turned(AtomicI64::new(i64::try_from(now).unwrap())));
        let keys = MasterKeys::from_text("test AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
        let random = Arc::new(|bytes: &mut [u8]| aws_lc_rs::rand::fill(bytes).map_err(std::io::Error::other));
        let store = Store::create(&dir.path().join("data"), &keys, Options::new(Arc::clone(&clock) as _, random));
        (dir, store.unwrap(), clock)
    }

    fn files(dir: &tempfile::TempDir) -> usize {
        std::fs::read_dir(dir.path().join("data/papers")).unwrap().count()
    }

    #[tokio::test]
    async fn papers_that_count_no_longer_are_erased_when_they_were_kept_long_enough() {
        let (dir, store, clock) = store();
        let case = closed(&store, &clock).await;
        let millis = i64::try_from(KEEP.as_millis()).unwrap();
        clock.0.fetch_add(millis, Ordering::Relaxed);
        sweep(&*store.cases(), &*store.papers(), &*clock, KEEP).await;
        assert_eq!((files(&dir), store.cases().papers(&case.key).await.unwrap().len()), (1, 1), "not yet");
        clock.0.fetch_add(1, Ordering::Relaxed);
        sweep(&*store.cases(), &*store.papers(), &*clock, KEEP).await;
        assert_eq!((files(&dir), store.cases().papers(&case.key).await.unwrap().len()), (0, 0));
    }

    #[tokio::test]
    async fn it_is_swept_without_being_asked() {
        let (dir, store, clock) = store();
        closed(&store, &clock).await;
        let orphan = Paper { role: "licence".into(), media: Media::Png, bytes: b"of no case".to_vec() };
        store.papers().put(orphan).await.unwrap();
        clock.0.fetch_add(2 * i64::try_from(KEEP.as_millis()).unwrap(), Ordering::Relaxed);
        assert_eq!(files(&dir), 2);
        let sweeping = tokio::spawn(run(store.cases(), store.papers(), clock, KEEP));
        while files(&dir) > 0 {
            tokio::task::yield_now().await;
        }
        sweeping.abort();
    }
}
