//! The search for an order, after Wing and Gong (1993), with Lowe's memory of states (2017).

use std::collections::HashSet;

use super::history::Call;
use super::spec::State;

/// Whether the calls can have happened one after another, from `start`.
pub(super) fn is_linearizable(history: &[Call], start: &State) -> bool {
    assert!(history.len() <= 64, "one bit for each call");
    let mut search = Search {
        history,
        seen: HashSet::new(),
    };
    search.goes_on(0, start)
}

/// Fails with the history if there is no such order.
#[track_caller]
pub(super) fn assert_linearizable(history: &[Call], start: &State) {
    let mut sorted = history.to_vec();
    sorted.sort_by_key(|call| call.invoked);
    assert!(
        is_linearizable(&sorted, start),
        "no order of these calls is allowed from {start:?}:\n{sorted:#?}"
    );
}

struct Search<'a> {
    history: &'a [Call],
    /// Which calls had happened, and what was then: no need to go on from there twice.
    seen: HashSet<(u64, State)>,
}

impl Search<'_> {
    /// Whether the calls that are not `done` can follow on `state`.
    fn goes_on(&mut self, done: u64, state: &State) -> bool {
        let calls = self.history.iter().enumerate();
        let left: Vec<_> = calls.filter(|(at, _)| done & 1 << at == 0).collect();
        let Some(first_return) = left.iter().map(|(_, call)| call.returned).min() else {
            return true;
        };
        if !self.seen.insert((done, state.clone())) {
            return false;
        }
        // All that are left and begin before any of them returns are going on at one moment.
        let open = left.iter().filter(|(_, call)| call.invoked < first_return);
        let sends = open.clone().filter(|(_, call)| call.did.is_send()).count();
        open.into_iter().any(|&(at, call)| {
            let others = sends - usize::from(call.did.is_send());
            state
                .after(call.did, others)
                .is_some_and(|next| self.goes_on(done | 1 << at, &next))
        })
    }
}
