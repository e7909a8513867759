//! The breaker against a list of all calls, and one situation after the other.

use std::time::Duration;

use proptest::prelude::*;
use shorttail::limit::{Breaker, BreakerState, Ticket};

const MS: u64 = 1_000_000;

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// 8 parts of 10 ms, half of 4 calls, 50 ms of rest, two probes.
fn breaker() -> Breaker {
    let builder = Breaker::builder().window(ms(80)).calls(4).rest(ms(50));
    builder.probes(2).build().unwrap()
}

/// The breaker in whole milliseconds, with every call of its life.
#[derive(Default)]
struct Model {
    phase: u64,
    state: State,
    /// The moment of the phase, and the one of the first closed phase is 0.
    mark: u64,
    /// Half-open: which rest of it, and the probes of that.
    round: u64,
    given: u32,
    good: u32,
    opened: u64,
    calls: Vec<(u64, u64, bool, bool)>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum State {
    #[default]
    Closed,
    Open,
    HalfOpen,
}

impl Model {
    fn begin(&mut self, state: State, mark: u64) {
        self.phase += 1;
        (self.round, self.given, self.good) = (0, 0, 0);
        self.state = state;
        self.mark = match state {
            State::Closed | State::HalfOpen => mark,
            State::Open => mark.max(self.mark + 1),
        };
        self.opened += u64::from(state == State::Open);
    }

    /// The probe's phase and round, or the wait.
    fn admit(&mut self, now: u64) -> Result<(u64, u64), u64> {
        if self.state == State::Open && now >= self.mark {
            self.begin(State::HalfOpen, now);
        } else if self.state == State::Open {
            return Err(self.mark - now);
        } else if self.state == State::HalfOpen {
            let round = now.saturating_sub(self.mark) / 50;
            if round != self.round {
                (self.round, self.given) = (round, 0);
            }
            if self.given == 2 {
                return Err(self.mark + (round + 1) * 50 - now);
            }
        }
        self.given += 1;
        Ok((self.phase, self.round))
    }

    fn end(&mut self, phase: u64, now: u64, failed: bool, slow: bool) {
        match self.state {
            _ if phase != self.phase => {}
            State::Closed => {
                self.calls.push((phase, now / 10, failed, slow));
                let from = (now / 10).saturating_sub(7);
                let from = match self.mark {
                    0 => from,
                    mark => from.max(mark / 10 + 1),
                };
                let of_late = self
                    .calls
                    .iter()
                    .filter(|call| call.0 == phase && call.1 >= from);
                let (mut calls, mut bad, mut late) = (0, 0, 0);
                for call in of_late {
                    calls += 1;
                    bad += u32::from(call.2);
                    late += u32::from(call.3);
                }
                if calls >= 4 && (bad * 2 >= calls || late * 4 >= calls * 3) {
                    self.begin(State::Open, now + 50);
                }
            }
            State::HalfOpen if failed || slow => self.begin(State::Open, now + 50),
            State::HalfOpen => {
                self.good += 1;
                if self.good == 2 {
                    self.begin(State::Closed, now);
                }
            }
            State::Open => unreachable!("an open breaker lets nothing through"),
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Admit,
    /// Ends one of the calls under way, by its place among them: succeeded, failed or cancelled.
    End(usize, u8),
    /// Loses one.
    Lose(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..30_u64).prop_map(Step::Wait),
        4 => Just(Step::Admit),
        4 => (0..8_usize, 0..5_u8).prop_map(|(call, how)| Step::End(call, how)),
        1 => (0..8_usize).prop_map(Step::Lose),
    ];
    prop::collection::vec(step, 1..200)
}

proptest! {
    #[test]
    fn does_what_a_list_of_calls_would(steps in steps()) {
        let builder = Breaker::builder().window(ms(80)).calls(4).rest(ms(50));
        let breaker = builder.probes(2).slow_rate(ms(20), 0.75).build().unwrap();
        let mut model = Model::default();
        let mut under_way: Vec<(Ticket, (u64, u64), u64)> = Vec::new();
        let mut now = 0;
        for step in steps {
            match step {
                Step::Wait(wait) => now += wait,
                Step::Admit if !breaker.admits(now * MS) => {
                    let wait = breaker.admit(now * MS).map(drop).unwrap_err().wait;
                    prop_assert_eq!(Err(wait), model.admit(now).map(drop).map_err(ms));
                }
                Step::Admit => match (breaker.admit(now * MS), model.admit(now)) {
                    (Ok(ticket), Ok(phase)) => under_way.push((ticket, phase, now)),
                    (told, expected) => prop_assert!(false, "{told:?}, not {expected:?}"),
                },
                Step::End(call, how) if call < under_way.len() => {
                    let (ticket, (phase, round), begun) = under_way.swap_remove(call);
                    let slow = now - begun >= 20;
                    match how {
                        0 => {
                            breaker.cancelled(ticket);
                            let here = (phase, round) == (model.phase, model.round);
                            if here && model.state == State::HalfOpen {
                                model.given -= 1;
                            }
                        }
                        1 | 2 => {
                            breaker.failed(ticket, now * MS);
                            model.end(phase, now, true, slow);
                        }
                        _ => {
                            breaker.succeeded(ticket, now * MS);
                            model.end(phase, now, false, slow);
                        }
                    }
                }
                Step::Lose(call) if call < under_way.len() => {
                    let _ = under_way.swap_remove(call);
                }
                Step::End(..) | Step::Lose(_) => {}
            }
            let expected = match model.state {
                State::Closed => BreakerState::Closed,
                State::Open if now < model.mark => BreakerState::Open,
                _ => BreakerState::HalfOpen,
            };
            prop_assert_eq!(breaker.state(now * MS), expected);
            prop_assert_eq!(breaker.opened(), model.opened);
        }
    }
}

fn open(breaker: &Breaker, now: u64) {
    for _ in 0..4 {
        breaker.failed(breaker.admit(now * MS).unwrap(), now * MS);
    }
    assert_eq!(breaker.state(now * MS), BreakerState::Open);
}

#[test]
fn a_call_of_before_the_break_changes_nothing_after_it() {
    let breaker = breaker();
    let [first, second] = [(); 2].map(|()| breaker.admit(0).unwrap());
    open(&breaker, 10);
    breaker.succeeded(first, 11 * MS);
    assert_eq!(breaker.state(59 * MS), BreakerState::Open);
    let probes = [(); 2].map(|()| breaker.admit(60 * MS).unwrap());
    breaker.failed(second, 61 * MS);
    assert_eq!(breaker.state(61 * MS), BreakerState::HalfOpen);
    for probe in probes {
        breaker.succeeded(probe, 62 * MS);
    }
    assert_eq!(breaker.state(62 * MS), BreakerState::Closed);
}

#[test]
fn a_lost_probe_holds_nothing_up_for_longer_than_a_rest() {
    let breaker = breaker();
    open(&breaker, 10);
    let [late, lost] = [(); 2].map(|()| breaker.admit(60 * MS).unwrap());
    let _ = lost;
    let wait = breaker.admit(100 * MS).unwrap_err().wait;
    assert_eq!(wait, ms(10));
    let probes = [(); 2].map(|()| breaker.admit(110 * MS).unwrap());
    assert!(breaker.admit(110 * MS).is_err());
    // The probe of the round before still counts.
    breaker.succeeded(late, 111 * MS);
    let [probe, other] = probes;
    breaker.succeeded(probe, 112 * MS);
    assert_eq!(breaker.state(112 * MS), BreakerState::Closed);
    breaker.failed(other, 113 * MS);
    assert_eq!(
        breaker.state(113 * MS),
        BreakerState::Closed,
        "and that is over"
    );
}

/// Each answer comes within the limit and takes longer than a rest.
#[test]
fn a_slow_and_healthy_source_closes_it() {
    for (probes, rest, takes) in [(1, 50, 75), (10, 50, 160), (3, 20, 500)] {
        let builder = Breaker::builder().window(ms(80)).calls(4).rest(ms(rest));
        let breaker = builder.probes(probes).build().unwrap();
        open(&breaker, 10);
        let mut under_way = std::collections::VecDeque::new();
        let mut now = 10;
        while breaker.state(now * MS) != BreakerState::Closed {
            now += 5;
            assert!(
                now < 10 + rest + takes + u64::from(probes) * rest,
                "{probes} {rest}"
            );
            if let Ok(ticket) = breaker.admit(now * MS) {
                under_way.push_back((ticket, now + takes));
            }
            while under_way.front().is_some_and(|(_, end)| *end <= now) {
                breaker.succeeded(under_way.pop_front().unwrap().0, now * MS);
            }
        }
        assert_eq!(breaker.opened(), 1);
    }
}

/// A thread that read its clock long ago ends a probe: what follows is no phase of before.
#[test]
fn a_clock_that_lags_gives_no_phase_the_name_of_another() {
    let breaker = breaker();
    open(&breaker, 10);
    let [bad, late] = [(); 2].map(|()| breaker.admit(60 * MS).unwrap());
    breaker.failed(bad, 5 * MS);
    assert!(
        breaker.admit(60 * MS).is_err(),
        "it is open for a moment at least"
    );
    let _probe = breaker.admit(61 * MS).unwrap();
    breaker.failed(late, 61 * MS);
    assert_eq!(breaker.state(61 * MS), BreakerState::HalfOpen);
    assert_eq!(breaker.opened(), 2);
}

/// From a moment of the future in each state: the next sound reading goes on as if it were of now.
#[test]
fn a_reading_of_the_future_holds_no_state() {
    for future_ns in [1_200 * MS, 3_600_000 * MS, u64::MAX] {
        // It opened then: the rest is taken to be over.
        let breaker = breaker();
        let tickets = [(); 4].map(|()| breaker.admit(10 * MS).unwrap());
        for ticket in tickets {
            breaker.failed(ticket, future_ns);
        }
        assert_eq!(breaker.opened(), 1);
        assert_eq!(breaker.state(11 * MS), BreakerState::HalfOpen);
        assert!(breaker.admits(11 * MS));
        // Half-open since then: lost probes are waited for as ever, from now on.
        let then_ns = future_ns.saturating_add(50 * MS);
        let _lost = [(); 2].map(|()| breaker.admit(then_ns).unwrap());
        let lost = [(); 2].map(|()| breaker.admit(12 * MS).unwrap());
        assert_eq!(breaker.admit(12 * MS).unwrap_err().wait, ms(50));
        let probes = [(); 2].map(|()| breaker.admit(62 * MS).unwrap());
        drop(lost);
        // Closed since then: it counts again, but not the call that finds out.
        for probe in probes {
            breaker.succeeded(probe, future_ns);
        }
        breaker.failed(breaker.admit(63 * MS).unwrap(), 63 * MS);
        assert_eq!(breaker.state(75 * MS), BreakerState::Closed);
        open(&breaker, 75);
        assert_eq!(breaker.opened(), 2);
        assert_eq!(breaker.admit(75 * MS).unwrap_err().wait, ms(50));
    }
}

/// A second is no future: a thread may be off its processor for so long.
#[test]
fn a_reading_of_a_second_ago_changes_no_state() {
    let breaker = breaker();
    open(&breaker, 1_010);
    assert_eq!(breaker.state(61 * MS), BreakerState::Open);
    assert!(!breaker.admits(61 * MS) && breaker.admit(61 * MS).is_err());
    let _probes = [(); 2].map(|()| breaker.admit(1_060 * MS).unwrap());
    assert!(breaker.admit(61 * MS).is_err());
}

/// A probe that was let through by a reading of the future and goes wrong now rests from now.
#[test]
fn a_rest_behind_a_phase_of_the_future_is_from_now() {
    let breaker = breaker();
    open(&breaker, 10);
    let probe = breaker.admit(3_600_000 * MS).unwrap();
    breaker.failed(probe, 60 * MS);
    assert_eq!(breaker.admit(60 * MS).unwrap_err().wait, ms(50));
}

/// What is given back for a probe of an earlier round lets no more through in this one.
#[test]
fn a_late_cancel_gives_back_nothing() {
    let breaker = breaker();
    open(&breaker, 10);
    let [late, _lost] = [(); 2].map(|()| breaker.admit(60 * MS).unwrap());
    let _probes = [(); 2].map(|()| breaker.admit(110 * MS).unwrap());
    breaker.cancelled(late);
    assert!(breaker.admit(111 * MS).is_err());
}

#[test]
fn failures_of_before_the_break_do_not_open_it_again() {
    let breaker = breaker();
    open(&breaker, 10);
    for probe in [(); 2].map(|()| breaker.admit(60 * MS).unwrap()) {
        breaker.succeeded(probe, 60 * MS);
    }
    // The four are in the window yet.
    breaker.failed(breaker.admit(70 * MS).unwrap(), 70 * MS);
    assert_eq!(breaker.state(70 * MS), BreakerState::Closed);
    assert_eq!(breaker.opened(), 1);
}

/// It counts from the eighth behind the one in which it closed, and not from a rest later.
#[test]
fn a_breaker_that_closed_opens_again() {
    let breaker = breaker();
    open(&breaker, 10);
    for probe in [(); 2].map(|()| breaker.admit(60 * MS).unwrap()) {
        breaker.succeeded(probe, 60 * MS);
    }
    open(&breaker, 70);
    assert_eq!(breaker.opened(), 2);
}

/// As many calls as may be asked for come together in one eighth, however many there are.
#[test]
fn the_most_calls_that_a_verdict_may_rest_on_are_reached() {
    let builder = Breaker::builder().window(ms(80)).calls(2_048);
    let breaker = builder.build().unwrap();
    let calls = (0..3_000).take_while(|_| breaker.admit(0).map(|t| breaker.failed(t, 0)).is_ok());
    assert_eq!(calls.count(), 2_048);
    let breaker = builder.build().unwrap();
    (0..10_000).for_each(|_| breaker.succeeded(breaker.admit(0).unwrap(), 0));
    while let Ok(ticket) = breaker.admit(0) {
        breaker.failed(ticket, 0);
    }
    assert_eq!(breaker.state(0), BreakerState::Open);
}

#[test]
fn few_calls_are_no_verdict_and_a_rate_is_reached_at_its_part() {
    let breaker = breaker();
    for _ in 0..3 {
        breaker.failed(breaker.admit(0).unwrap(), 0);
    }
    assert_eq!(breaker.state(0), BreakerState::Closed, "3 of 3 are few");
    let breaker = self::breaker();
    for _ in 0..4 {
        breaker.succeeded(breaker.admit(0).unwrap(), 0);
    }
    for _ in 0..3 {
        breaker.failed(breaker.admit(0).unwrap(), 0);
    }
    assert_eq!(breaker.state(0), BreakerState::Closed, "3 of 7");
    breaker.failed(breaker.admit(70 * MS).unwrap(), 70 * MS);
    assert_eq!(breaker.state(70 * MS), BreakerState::Open, "4 of 8");
}
