//! The search for an order, after Wing and Gong (1993), with Lowe's memory of states (2017).

use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::Hash;

use super::calls::Call;

/// The sequential rules: a state, and what it may become.
pub(super) trait Rules: Clone + Eq + Hash + Debug {
    /// What a call did, or what it was told.
    type Did: Copy + Debug;

    /// The state after a call that is told `did`; nothing if it must not be told that.
    ///
    /// `beside` are the calls of others that are going on at that moment and have not happened.
    fn after(&self, did: Self::Did, beside: &[Self::Did]) -> Option<Self>;
}

/// Whether the calls can have happened one after another, from `start`.
pub(super) fn is_linearizable<R: Rules>(history: &[Call<R::Did>], start: &R) -> bool {
    assert!(history.len() <= 64, "one bit for each call");
    let mut search = Search {
        history,
        seen: HashSet::new(),
    };
    search.goes_on(0, start)
}

/// Fails with the history if there is no such order.
#[track_caller]
pub(super) fn assert_linearizable<R: Rules>(history: &[Call<R::Did>], start: &R) {
    let mut sorted = history.to_vec();
    sorted.sort_by_key(|call| call.invoked);
    assert!(
        is_linearizable(&sorted, start),
        "no order of these calls is allowed from {start:?}:\n{sorted:#?}"
    );
}

struct Search<'a, R: Rules> {
    history: &'a [Call<R::Did>],
    /// Which calls had happened, and what was then: no need to go on from there twice.
    seen: HashSet<(u64, R)>,
}

impl<R: Rules> Search<'_, R> {
    /// Whether the calls that are not `done` can follow on `state`.
    fn goes_on(&mut self, done: u64, state: &R) -> bool {
        let calls = self.history.iter().enumerate();
        let left: Vec<_> = calls.filter(|(at, _)| done & 1 << at == 0).collect();
        let Some(first_return) = left.iter().map(|(_, call)| call.returned).min() else {
            return true;
        };
        if !self.seen.insert((done, state.clone())) {
            return false;
        }
        // All that are left and begin before any of them returns are going on at one moment.
        let mut open = left;
        open.retain(|(_, call)| call.invoked < first_return);
        open.iter().any(|&(at, call)| {
            let others = open.iter().filter(|(other, _)| *other != at);
            let beside: Vec<_> = others.map(|(_, call)| call.did).collect();
            state
                .after(call.did, &beside)
                .is_some_and(|next| self.goes_on(done | 1 << at, &next))
        })
    }
}
