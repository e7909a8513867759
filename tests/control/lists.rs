//! The lists of reasons and tiers: a table by them has a row for each, in the order that is told.

use std::collections::BTreeSet;
use std::time::Duration;

use shorttail::control::{Class, Gate, Reason, RetryPolicy, StopReason, Tier};
use shorttail::control::{Decision, Failure};
use shorttail::time::Deadline;

#[test]
fn tiers_are_listed_as_they_are_served() {
    assert!(Tier::ALL.is_sorted());
    assert_eq!(Tier::ALL.map(|tier| Class::of(tier).tier()), Tier::ALL);
    assert_eq!(Tier::ALL[Tier::ALL.len() - 1], Tier::Sheddable);
}

#[test]
fn reasons_are_listed_once_each_in_their_order() {
    let texts = Reason::ALL.map(|reason| reason.to_string());
    assert_eq!(BTreeSet::from(texts).len(), Reason::ALL.len());
    assert!(Reason::ALL.is_sorted_by_key(|reason| *reason as usize));
}

#[test]
fn reasons_to_stop_are_listed_once_each_in_their_order() {
    let texts = StopReason::ALL.map(|reason| reason.to_string());
    assert_eq!(BTreeSet::from(texts).len(), StopReason::ALL.len());
    assert!(StopReason::ALL.is_sorted_by_key(|reason| *reason as usize));
}

/// What is refused is found by going through the lists, and only once.
#[test]
fn a_pass_through_the_lists_finds_each_refusal() {
    let gate = Gate::builder(1).build().unwrap();
    let inside = gate.try_enter(Class::CRITICAL, Deadline::NEVER, 0).unwrap();
    for tier in Tier::ALL {
        gate.try_enter(Class::of(tier), Deadline::NEVER, 0)
            .unwrap_err();
        gate.try_enter(Class::of(tier), Deadline::at(0), 1)
            .unwrap_err();
    }
    drop(inside);
    let stats = gate.stats();
    let found = |tier| Reason::ALL.map(|reason| stats.refused(reason, tier));
    assert_eq!(
        Tier::ALL.map(|tier| found(tier).iter().sum::<u64>()),
        [2; 3]
    );
}

#[test]
fn a_pass_through_the_list_finds_each_call_that_was_given_up() {
    let policy = RetryPolicy::builder().attempts_max(1).build().unwrap();
    for failure in [Failure::permanent(), Failure::transient()] {
        let deadline = Deadline::after(0, Duration::from_secs(1));
        let mut attempts = policy.start_unchecked(deadline, 0);
        assert!(matches!(attempts.failed(failure, 0), Decision::Stop(_)));
    }
    let stats = policy.stats();
    let given_up = StopReason::ALL.map(|reason| stats.stopped(reason));
    assert_eq!(given_up.iter().sum::<u64>(), 2);
}
