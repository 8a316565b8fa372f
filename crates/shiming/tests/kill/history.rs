//! What was sent and what came of it, over all the server's lives; and whether the ledger agrees.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde_json::Value;
use shiming_wire::jdcloud::sign::Manner;

use crate::{
    calls::{Answer, signed},
    dice::Dice,
    people::{Expected, claim},
};

/// Every request, in the order in which they were made. Each is about a person of its own and has a nonce of its own.
#[derive(Default)]
pub(crate) struct History {
    requests: Vec<Sent>,
}

struct Sent {
    bytes: Arc<[u8]>,
    expected: Expected,
    /// The third generation leaves the nonce unsigned: a repetition gets the first answer again, where the second
    /// generation's is refused.
    repeats: bool,
    sendings: u32,
    /// The id of its verdict, when one was received.
    verdict: Option<String>,
    /// Whether a repetition was refused as used before.
    refused: bool,
}

/// The words of the refusal of a nonce that was spent.
const USED: &str = "request has been used before[gw]";

impl History {
    /// A new request, ready to be sent.
    pub(crate) fn fresh(&mut self, dice: &mut Dice) -> (usize, Arc<[u8]>) {
        let number = self.requests.len();
        let (id, name, expected) = claim(number);
        let repeats = dice.one_in(4);
        let manner = if repeats { Manner::Python } else { Manner::Go };
        let bytes = signed(&id, &name, &format!("kill-{number:08}"), manner).into();
        self.requests.push(Sent { bytes, expected, repeats, sendings: 0, verdict: None, refused: false });
        self.again(number)
    }

    /// An old request, ready to be sent again.
    pub(crate) fn again(&mut self, number: usize) -> (usize, Arc<[u8]>) {
        let sent = &mut self.requests[number];
        sent.sendings += 1;
        (number, Arc::clone(&sent.bytes))
    }

    pub(crate) fn len(&self) -> usize {
        self.requests.len()
    }

    /// Those that got neither a verdict nor a refusal: nobody knows whether they were decided.
    pub(crate) fn open(&self) -> Vec<usize> {
        let open = |(_, sent): &(usize, &Sent)| sent.verdict.is_none() && !sent.refused;
        self.requests.iter().enumerate().filter(open).map(|(number, _)| number).collect()
    }

    /// How many verdicts were received.
    pub(crate) fn acknowledged(&self) -> usize {
        self.requests.iter().filter(|sent| sent.verdict.is_some()).count()
    }

    /// Judges an answer that was received whole.
    pub(crate) fn answered(&mut self, number: usize, answer: &Answer) {
        let (sent, envelope) = (&mut self.requests[number], &answer.envelope);
        let what = || format!("request {number}: {envelope}");
        match answer.status {
            200 => {
                assert_eq!(envelope["result"]["code"], sent.expected.words().0, "{}", what());
                let id = envelope["requestId"].as_str().unwrap();
                match &sent.verdict {
                    None => sent.verdict = Some(id.to_owned()),
                    Some(first) => assert!(sent.repeats && first == id, "decided twice, {first}: {}", what()),
                }
            }
            401 => {
                assert_eq!(envelope["error"]["message"], USED, "{}", what());
                assert!(!sent.repeats, "{}", what());
                assert!(sent.sendings > 1, "refused at first sight: {}", what());
                sent.refused = true;
            }
            _ => panic!("{} {}", answer.status, what()),
        }
    }

    /// Compares with the ledger's entries (an export in JSON): each acknowledged verdict is there as it was told, and
    /// nothing is there twice.
    pub(crate) fn compare(&self, exported: &str) -> Ledger {
        let entries: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        // A person stands for one request: two entries about one are a nonce that was taken twice, told or not.
        for member in ["request_id", "subject", "spent"] {
            let once: HashSet<_> = entries.iter().map(|entry| entry[member].as_str().unwrap()).collect();
            assert_eq!(once.len(), entries.len(), "an entry's {member} is there twice");
        }
        let verdicts: HashMap<_, _> =
            entries.iter().map(|entry| (entry["request_id"].as_str().unwrap(), &entry["verdict"])).collect();
        for (number, sent) in self.requests.iter().enumerate() {
            if let Some(id) = &sent.verdict {
                let kept =
                    verdicts.get(id.as_str()).unwrap_or_else(|| panic!("the verdict of request {number} is lost"));
                assert_eq!(**kept, sent.expected.words().1, "the verdict of request {number}");
            }
        }
        assert!(entries.len() <= self.len(), "more decisions than requests");
        Ledger { verdicts: tally(entries.iter().map(|entry| entry["verdict"].as_str().unwrap().to_owned())) }
    }

    /// What the ledger must hold when each request was decided exactly once.
    pub(crate) fn each_once(&self) -> Ledger {
        Ledger { verdicts: tally(self.requests.iter().map(|sent| sent.expected.words().1.to_owned())) }
    }
}

/// How many entries there are with each verdict.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ledger {
    verdicts: HashMap<String, usize>,
}

fn tally(words: impl Iterator<Item = String>) -> HashMap<String, usize> {
    words.fold(HashMap::new(), |mut tally, word| {
        *tally.entry(word).or_default() += 1;
        tally
    })
}
