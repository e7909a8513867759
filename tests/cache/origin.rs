//! An origin that answers when the test says so.

use std::collections::HashMap;
use std::panic::panic_any;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use shorttail::cache::{Cache, Load, LoadingBuilder};
use shorttail::time::MockClock;

pub(crate) const LONG: Duration = Duration::from_secs(3_600);
pub(crate) const SECOND: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Value(u64),
    Nothing,
    Error(&'static str),
    Panic,
}

#[derive(Default)]
struct Script {
    answers: HashMap<u32, Vec<Answer>>,
    calls: HashMap<u32, usize>,
}

/// The test's end: what loads began, and what they shall say.
pub(crate) struct Origin {
    script: Arc<(Mutex<Script>, Condvar)>,
    began: Receiver<u32>,
}

/// The cache's end. Each call waits for one answer to its key.
pub(crate) struct Remote {
    script: Arc<(Mutex<Script>, Condvar)>,
    began: Mutex<Sender<u32>>,
}

pub(crate) fn origin() -> (Origin, Remote) {
    let script = Arc::new((Mutex::new(Script::default()), Condvar::new()));
    let (began, has_begun) = channel();
    let origin = Origin {
        script: Arc::clone(&script),
        began: has_begun,
    };
    let remote = Remote {
        script,
        began: Mutex::new(began),
    };
    (origin, remote)
}

impl Origin {
    /// Lets one call for `key`, present or future, answer.
    pub(crate) fn answer(&self, key: u32, answer: Answer) {
        let (script, changed) = &*self.script;
        let mut script = script.lock().unwrap();
        script.answers.entry(key).or_default().push(answer);
        changed.notify_all();
    }

    /// Waits until a load calls, and says for which key.
    pub(crate) fn called(&self) -> u32 {
        self.began.recv().unwrap()
    }

    pub(crate) fn calls(&self, key: u32) -> usize {
        let script = self.script.0.lock().unwrap();
        script.calls.get(&key).copied().unwrap_or(0)
    }
}

impl Load<u32, u64> for Remote {
    type Error = &'static str;

    fn load(&self, key: &u32) -> Result<Option<u64>, Self::Error> {
        let (script, changed) = &*self.script;
        let mut script = script.lock().unwrap();
        *script.calls.entry(*key).or_default() += 1;
        self.began.lock().unwrap().send(*key).ok();
        let answer = loop {
            let waiting = script.answers.get_mut(key).filter(|list| !list.is_empty());
            if let Some(list) = waiting {
                break list.remove(0);
            }
            script = changed.wait(script).unwrap();
        };
        drop(script);
        match answer {
            Answer::Value(value) => Ok(Some(value)),
            Answer::Nothing => Ok(None),
            Answer::Error(error) => Err(error),
            Answer::Panic => panic_any("scripted"),
        }
    }
}

pub(crate) type Clocked = Arc<MockClock>;
pub(crate) type Loading = LoadingBuilder<u32, u64, Remote, shorttail::cache::KeyedState, Clocked>;
pub(crate) type Cached = Cache<u32, u64, Remote, shorttail::cache::KeyedState, Clocked>;

/// 10 s fresh, 5 s stale, 20 s in place of errors, 2 s negative.
pub(crate) fn timed(remote: Remote, clock: &Clocked) -> Loading {
    Cache::builder(100)
        .ttl(10 * SECOND)
        .stale_window(5 * SECOND)
        .error_window(20 * SECOND)
        .negative_ttl(2 * SECOND)
        .clock(Arc::clone(clock))
        .loader(remote)
        .loads_max(8)
        .loader_threads(3)
}

/// A cache, its origin and its clock.
pub(crate) fn set_up(adjust: impl FnOnce(Loading) -> Loading) -> (Arc<Cached>, Origin, Clocked) {
    let (origin, remote) = origin();
    let clock = Clocked::default();
    let cache = adjust(timed(remote, &clock)).build().unwrap();
    (Arc::new(cache), origin, clock)
}

/// Waits until `holds`; the threads that make it true need no help from here.
pub(crate) fn until(holds: impl Fn() -> bool) {
    while !holds() {
        std::thread::yield_now();
    }
}
