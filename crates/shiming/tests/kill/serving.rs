//! Killing a server under load.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::Value;

use crate::{
    calls::{ACCESS_KEY, Line, SECRET},
    dice::Dice,
    history::History,
    people::on_record,
    program::{Home, Server},
};

/// So many times it is killed under load; more often while it starts.
const KILLS: usize = 50;
const THREADS: usize = 4;
/// At most so many events (a request sent, an answer received) come before a kill.
const EVENTS: usize = 120;

#[test]
fn what_was_acknowledged_is_kept_and_nothing_is_decided_twice() {
    let home = Home::new();
    home.write("people.csv", on_record());
    home.run(&["registry", "import", "people.csv", "--data", "data", "--quiet"], 0);
    let add = ["callers", "add", "--label", "kill", "--access-key", ACCESS_KEY, "--secret-file", "-", "--data", "data"];
    home.run_with(&add, SECRET, 0);

    let mut dice = Dice::of_this_run();
    let history = Mutex::new(History::default());
    let mut head = None;
    for _ in 0..KILLS {
        while dice.one_in(4) {
            let server = Server::start(&home);
            std::thread::sleep(Duration::from_micros(dice.below(50_000) as u64));
            server.kill();
        }
        let mut server = Server::start(&home);
        let door = server.ready(&home);
        send_again(&mut Line::to(&door), &history, &mut dice);
        load_and_kill(server, &door, &history, &mut dice);
        head = Some(audit(&home, head.as_deref()));
        history.lock().unwrap().compare(&home.run(&["ledger", "export", "--json", "--data", "data"], 0));
    }

    let mut server = Server::start(&home);
    let mut line = Line::to(&server.ready(&home));
    let mut history = history.into_inner().unwrap();
    // The first time settles what is open, and afterwards nothing is.
    for number in history.open().into_iter().chain(0..history.len()) {
        let (_, bytes) = history.again(number);
        history.answered(number, &line.ask(&bytes, || ()).expect("nobody kills it now"));
    }
    server.kill();
    audit(&home, head.as_deref());
    let kept = history.compare(&home.run(&["ledger", "export", "--json", "--data", "data"], 0));
    assert_eq!(kept, history.each_once());
    assert!(history.acknowledged() > 2 * KILLS, "there was hardly any load: {}", history.acknowledged());
}

/// After a restart: what nobody knows the end of is sent until it is known, and some old requests are sent again.
fn send_again(line: &mut Line, history: &Mutex<History>, dice: &mut Dice) {
    let mut history = history.lock().unwrap();
    let open = history.open();
    let old = (0..10.min(history.len())).map(|_| dice.below(history.len()));
    for number in open.iter().chain(&open).copied().chain(old.collect::<Vec<_>>()) {
        let (_, bytes) = history.again(number);
        history.answered(number, &line.ask(&bytes, || ()).expect("nobody kills it now"));
    }
}

/// Sends from several threads, new requests and old ones, and kills the server after so many events.
fn load_and_kill(mut server: Server, door: &str, history: &Mutex<History>, dice: &mut Dice) {
    let (events, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let event = || {
        events.fetch_add(1, Ordering::Relaxed);
    };
    let last = 1 + dice.below(EVENTS);
    let a_little_more = Duration::from_micros(dice.below(1500) as u64);
    std::thread::scope(|threads| {
        for mut dice in (0..THREADS).map(|_| dice.split()) {
            let over = &over;
            threads.spawn(move || {
                // A thread that fails ends the others, so that the failure is seen.
                let _ends = Ends(over);
                let mut line = Line::to(door);
                while !over.load(Ordering::Relaxed) {
                    let (number, bytes) = choose(&mut history.lock().unwrap(), &mut dice);
                    // It is dead.
                    let Some(answer) = line.ask(&bytes, event) else { break };
                    history.lock().unwrap().answered(number, &answer);
                    event();
                }
            });
        }
        server
            .until("there was load enough", || events.load(Ordering::Relaxed) >= last || over.load(Ordering::Relaxed));
        std::thread::sleep(a_little_more);
        server.kill();
        over.store(true, Ordering::Relaxed);
    });
}

/// A new request mostly; now and then an old one, or the newest, which another thread may be sending right now.
fn choose(history: &mut History, dice: &mut Dice) -> (usize, std::sync::Arc<[u8]>) {
    match (history.len(), dice.below(8)) {
        (0, _) | (_, 2..) => history.fresh(dice),
        (length, 0) => history.again(dice.below(length)),
        (length, _) => history.again(length - 1),
    }
}

struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The chain verifies, and holds what it held the last time; its head now.
fn audit(home: &Home, before: Option<&str>) -> String {
    let mut arguments = vec!["ledger", "verify", "--json", "--data", "data"];
    arguments.extend(before.iter().flat_map(|head| ["--head", head]));
    let audit: Value = serde_json::from_str(&home.run(&arguments, 0)).unwrap();
    audit["head"].as_str().unwrap().to_owned()
}
