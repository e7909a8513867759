//! Failures that the search must find: in histories written by hand, and in caches that are wrong.

use std::sync::{Mutex, MutexGuard};

use super::calls::Call;
use super::record::{Kept, record};
use super::search::is_linearizable;
use super::spec::{Did, KEYS, State};

use Did::{GaveUp, Got, Inserted, Invalidated, InvalidatedTag, Missed, Removed};

/// A history in which each call returns before the next begins.
fn in_turn(told: &[Did]) -> Vec<Call<Did>> {
    let call = |(at, &did): (u32, &Did)| Call {
        invoked: 2 * at,
        returned: 2 * at + 1,
        did,
    };
    (0..).zip(told).map(call).collect()
}

/// One call that goes on all the time, beside others in turn.
fn beside(during: Did, told: &[Did]) -> Vec<Call<Did>> {
    let mut history = in_turn(told);
    history.push(Call {
        invoked: 0,
        returned: u32::MAX,
        did: during,
    });
    history
}

fn allowed(history: &[Call<Did>], capacity: usize) -> bool {
    is_linearizable(history, &State::new(capacity))
}

#[test]
fn histories_of_a_right_cache_are_allowed() {
    let right: [&[Did]; 4] = [
        &[Missed(0), Inserted(0, 1, false), Got(0, 1), Got(0, 1)],
        &[
            Inserted(0, 1, false),
            Inserted(0, 2, true),
            Got(0, 2),
            Missed(1),
        ],
        &[
            Inserted(0, 1, false),
            Removed(0, true),
            Missed(0),
            Removed(0, false),
        ],
        &[
            Inserted(0, 1, false),
            Invalidated,
            Missed(0),
            Inserted(0, 2, true),
            Got(0, 2),
        ],
    ];
    for told in right {
        assert!(allowed(&in_turn(told), 2), "{told:?}");
    }
    let evicted = [
        Inserted(0, 1, false),
        Inserted(1, 2, false),
        Missed(0),
        Got(1, 2),
    ];
    assert!(allowed(&in_turn(&evicted), 1));
}

#[test]
fn histories_of_a_wrong_cache_are_refused() {
    let wrong: [(&str, &[Did]); 13] = [
        ("out of thin air", &[Got(0, 1)]),
        ("the other key's", &[Inserted(0, 1, false), Got(1, 1)]),
        (
            "replaced",
            &[Inserted(0, 1, false), Inserted(0, 2, true), Got(0, 1)],
        ),
        ("lost", &[Inserted(0, 1, false), Missed(0)]),
        ("before it was there", &[Got(0, 1), Inserted(0, 1, false)]),
        (
            "removed",
            &[Inserted(0, 1, false), Removed(0, true), Got(0, 1)],
        ),
        ("not removed", &[Inserted(0, 1, false), Removed(0, false)]),
        (
            "removed twice",
            &[Inserted(0, 1, false), Removed(0, true), Removed(0, true)],
        ),
        (
            "invalidated",
            &[Inserted(0, 1, false), Invalidated, Got(0, 1)],
        ),
        (
            "its tag invalidated",
            &[Inserted(0, 1, false), InvalidatedTag(0), Got(0, 1)],
        ),
        (
            "lost by another tag",
            &[Inserted(0, 1, false), InvalidatedTag(1), Missed(0)],
        ),
        (
            "as if it was new",
            &[Inserted(0, 1, false), Inserted(0, 2, false)],
        ),
        ("as if it was there", &[Inserted(0, 1, true)]),
    ];
    for (what, told) in wrong {
        assert!(!allowed(&in_turn(told), 2), "{what}");
    }
    let both = [Inserted(0, 1, false), Inserted(1, 2, false), Got(0, 1)];
    assert!(!allowed(&in_turn(&both), 1), "there is room for one");
}

/// What overlaps may come in either order, and only what overlaps.
#[test]
fn a_call_that_goes_on_may_have_happened_at_any_moment_of_it() {
    let told = [Missed(0), Got(0, 9), Got(0, 9)];
    assert!(allowed(&beside(Inserted(0, 9, false), &told), 2));
    let told = [Got(0, 9), Missed(0)];
    assert!(
        !allowed(&beside(Inserted(0, 9, false), &told), 2),
        "it went again"
    );
    let told = [Inserted(0, 1, false), Got(0, 1), Missed(0)];
    assert!(allowed(&beside(Invalidated, &told), 2));
    for during in [Invalidated, InvalidatedTag(0)] {
        let told = [Inserted(0, 1, false), Missed(0), Got(0, 1)];
        assert!(!allowed(&beside(during, &told), 2), "it came back");
    }
}

/// With room for one, the other entry goes before the new one comes, and for good.
#[test]
fn an_insert_may_let_another_go_before_its_own_is_there() {
    let told = [Inserted(0, 1, false), Missed(0), Missed(1), Missed(0)];
    let insert = Inserted(1, 9, false);
    assert!(allowed(&beside(insert, &told), 1));
    assert!(
        !allowed(&beside(insert, &told), 2),
        "there is room for both"
    );
    let told = [Inserted(0, 1, false), Missed(0), Got(0, 1)];
    assert!(!allowed(&beside(insert, &told), 1), "it came back");
    let told = [Inserted(0, 1, false), Missed(0)];
    let over = Inserted(0, 9, true);
    assert!(!allowed(&beside(over, &told), 1), "it takes its own place");
}

/// The other answer that is weaker than a map's: an insert that goes on across an invalidation may
/// count as before it. What was stored since it leaves alone then.
#[test]
fn an_insert_across_an_invalidation_is_from_before_or_after_for_good() {
    let insert = Inserted(0, 9, false);
    assert!(allowed(
        &beside(insert, &[Invalidated, Got(0, 9), Got(0, 9)]),
        2
    ));
    assert!(allowed(
        &beside(insert, &[Invalidated, Missed(0), Missed(0)]),
        2
    ));
    assert!(!allowed(
        &beside(insert, &[Invalidated, Got(0, 9), Missed(0)]),
        2
    ));
    let over = Inserted(0, 9, true);
    let told = [Invalidated, Inserted(0, 1, false), Got(0, 1), Got(0, 9)];
    assert!(allowed(&beside(over, &told), 2), "it is from after");
    assert!(!allowed(&beside(insert, &told), 2), "and there was one");
    for was_there in [false, true] {
        let told = [Invalidated, Inserted(0, 1, was_there), Got(0, 1), Got(0, 1)];
        assert!(allowed(&beside(insert, &told), 2), "it is from before");
    }
    for told in [
        [Invalidated, Inserted(0, 1, false), Got(0, 1), Missed(0)],
        [Invalidated, Inserted(0, 1, true), Got(0, 1), Missed(0)],
        [Inserted(0, 1, false), Got(0, 1), Missed(0), Missed(0)],
    ] {
        assert!(!allowed(&beside(over, &told), 2), "lost: {told:?}");
        assert!(!allowed(&beside(insert, &told), 2), "lost: {told:?}");
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// A get gives what was there before the last insert.
    GivesTheOld,
    GivesTheOthers,
    Loses,
    /// A remove leaves the entry.
    KeepsTheRemoved,
    /// An invalidation forgets one key alone.
    KeepsTheInvalidated,
    /// A tag's invalidation forgets the other tag.
    ForgetsTheOthers,
    SaysNew,
    SaysRemoved,
    /// A call that does not wait changes something and says that it did not.
    SaysNothing,
}

#[derive(Default)]
struct Inside {
    values: [Option<u8>; KEYS as usize],
    old: [Option<u8>; KEYS as usize],
    calls: usize,
}

/// A map behind a lock that is wrong now and then.
struct Broken {
    fault: Fault,
    inside: Mutex<Inside>,
}

impl Broken {
    /// The lock's contents, and whether this is a call to go wrong in.
    fn enter(&self) -> (MutexGuard<'_, Inside>, Fault) {
        let mut inside = self.inside.lock().unwrap();
        inside.calls += 1;
        let is_due = inside.calls % 3 == 0;
        (inside, if is_due { self.fault } else { Fault::None })
    }

    fn or_gave_up(&self, told: Did) -> Did {
        match self.enter().1 {
            Fault::SaysNothing => GaveUp,
            _ => told,
        }
    }
}

impl Kept for Broken {
    fn insert(&self, key: u8, value: u8) -> Did {
        let (mut inside, fault) = self.enter();
        let at = usize::from(key);
        let old = inside.values[at];
        inside.old[at] = old;
        if fault != Fault::Loses {
            inside.values[at] = Some(value);
        }
        Inserted(key, value, old.is_some() && fault != Fault::SaysNew)
    }

    fn get(&self, key: u8) -> Did {
        let (inside, fault) = self.enter();
        let at = usize::from(key);
        let found = match fault {
            Fault::GivesTheOld => inside.old[at].or(inside.values[at]),
            Fault::GivesTheOthers => inside.values[1 - at],
            _ => inside.values[at],
        };
        found.map_or(Missed(key), |value| Got(key, value))
    }

    fn remove(&self, key: u8) -> Did {
        let (mut inside, fault) = self.enter();
        let at = usize::from(key);
        let was = inside.values[at];
        if fault != Fault::KeepsTheRemoved {
            inside.values[at] = None;
        }
        Removed(key, was.is_some() || fault == Fault::SaysRemoved)
    }

    fn try_insert(&self, key: u8, value: u8) -> Did {
        let told = self.insert(key, value);
        self.or_gave_up(told)
    }

    fn try_remove(&self, key: u8) -> Did {
        let told = self.remove(key);
        self.or_gave_up(told)
    }

    fn invalidate(&self) -> Did {
        let (mut inside, fault) = self.enter();
        inside.values[0] = None;
        if fault != Fault::KeepsTheInvalidated {
            inside.values[1] = None;
        }
        Invalidated
    }

    fn invalidate_tag(&self, key: u8) -> Did {
        let (mut inside, fault) = self.enter();
        let at = usize::from(key);
        inside.values[at] = None;
        if fault == Fault::ForgetsTheOthers {
            inside.values[1 - at] = None;
        }
        InvalidatedTag(key)
    }
}

/// How many of the histories of a cache with `fault` are refused.
fn refused(fault: Fault) -> usize {
    let cache = |_| Broken {
        fault,
        inside: Mutex::default(),
    };
    let caches: Vec<Broken> = (0..300).map(cache).collect();
    let histories = record(&caches, 3, 5);
    let refused = histories.iter().filter(|history| !allowed(history, 2));
    refused.count()
}

#[test]
fn a_cache_that_is_wrong_now_and_then_is_found_out_by_what_its_callers_are_told() {
    assert_eq!(refused(Fault::None), 0);
    for fault in [
        Fault::GivesTheOld,
        Fault::GivesTheOthers,
        Fault::Loses,
        Fault::KeepsTheRemoved,
        Fault::KeepsTheInvalidated,
        Fault::ForgetsTheOthers,
        Fault::SaysNew,
        Fault::SaysRemoved,
        Fault::SaysNothing,
    ] {
        assert!(refused(fault) > 0, "{fault:?} was not noticed");
    }
}
