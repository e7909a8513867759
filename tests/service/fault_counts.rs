//! Counts add up or are told; everything is back or is named.

use crate::client::{Block, Sample};
use crate::faults::accounts::{Accounts, is_all_back};
use crate::faults::state::State;
use crate::tally::Tally;
use crate::wire::Class;

const GOOD: Accounts = Accounts {
    sent: 100,
    answered: 80,
    refused: 10,
    failed: 6,
    cancelled: 4,
    wrong: 0,
};

fn service(requests: u64, shed: u64, failed: u64) -> State {
    State {
        requests,
        shed,
        failed,
        ..State::default()
    }
}

/// What the service counted before the run.
fn before() -> State {
    service(1_000, 50, 5)
}

#[test]
fn what_adds_up_passes_whether_the_cancelled_were_answered_or_not() {
    assert_eq!(GOOD.add_up(&before(), &service(1_096, 60, 11)), Ok(()));
    assert_eq!(GOOD.add_up(&before(), &service(1_100, 60, 11)), Ok(()));
}

#[test]
fn a_request_without_an_end_and_an_answer_nobody_asked_for_are_told() {
    let lost = Accounts { sent: 101, ..GOOD };
    let said = lost.add_up(&before(), &service(1_096, 60, 11));
    assert!(said.unwrap_err().starts_with("sent 101 but answered 80"));
    let wrong = Accounts { wrong: 1, ..GOOD };
    let said = wrong.add_up(&before(), &service(1_096, 60, 11));
    assert_eq!(said.unwrap_err(), "1 wrong answers");
}

#[test]
fn the_services_count_is_held_against_the_clients() {
    for (after, said) in [
        (service(1_095, 60, 11), "the service counts 95 answers"),
        (service(1_101, 60, 11), "the service counts 101 answers"),
        (service(1_096, 59, 11), "the service counts 9 refusals"),
        (service(1_096, 60, 16), "the service counts 11 failures"),
    ] {
        let told = GOOD.add_up(&before(), &after).unwrap_err();
        assert!(told.starts_with(said), "{told}");
    }
}

#[test]
fn a_blocks_samples_and_counts_become_one_account() {
    let sample = |class| Sample {
        class,
        at_ns: 0,
        latency_ns: 1,
        service_ns: 1,
        sent_ns: Some(0),
        end_ns: 1,
    };
    let classes = [
        Class::Fresh,
        Class::Stale,
        Class::Fallback,
        Class::Shed,
        Class::Error,
        Class::Error,
    ];
    let block = Block {
        samples: classes.map(sample).to_vec(),
        tally: Tally {
            sent: 8,
            again: 2,
            failed: 2,
            cut: 1,
            late: 1,
            ..Tally::default()
        },
        ..Block::default()
    };
    let expected = Accounts {
        sent: 8,
        answered: 3,
        refused: 1,
        failed: 2,
        cancelled: 2,
        wrong: 0,
    };
    assert_eq!(Accounts::of(&block), expected);
}

#[test]
fn what_is_still_lent_is_named() {
    let open = State {
        connections: 64,
        items: 3,
        log: 7,
        ..State::default()
    };
    assert_eq!(is_all_back(&open, 64), Ok(()));
    for (state, said) in [
        (State { permits: 1, ..open }, "still lent: permits 1"),
        (State { buffers: 2, ..open }, "still lent: buffers 2"),
        (State { arenas: 1, ..open }, "still lent: arenas 1"),
        (State { loads: 1, ..open }, "still lent: loads 1"),
    ] {
        assert_eq!(is_all_back(&state, 64).unwrap_err(), said);
    }
    let said = is_all_back(&open, 63).unwrap_err();
    assert_eq!(said, "still lent: connections 1");
}

#[test]
fn the_state_is_read_word_by_word() {
    let line = "state permits=1 connections=2 items=3 buffers=4 arenas=5 loads=6 log=7 \
                requests=8 shed=9 failed=10 jobs_panicked=11 loads_panicked=12 allocs_struck=13\n";
    let state = State::parse(line).unwrap();
    assert_eq!((state.permits, state.allocs_struck), (1, 13));
    for bad in [
        "",
        "stat permits=1",
        "state permits",
        "state permits=x",
        "state p=1",
    ] {
        assert_eq!(State::parse(bad), None, "{bad}");
    }
}
