//! CoDel against folly's rule and the pseudo-code of RFC 8289, with one receiver.

use std::collections::VecDeque;
use std::time::Duration;

use proptest::prelude::*;
use shorttail::limit::Codel;

/// `folly/executors/Codel.cpp`, for one thread; it began long ago.
#[derive(Default)]
struct Folly {
    target: u64,
    interval: u64,
    interval_time: u64,
    min_delay: u64,
    overloaded: bool,
}

impl Folly {
    fn overloaded(&mut self, now: u64, delay: u64) -> bool {
        if now > self.interval_time {
            self.interval_time = now + self.interval;
            self.overloaded = self.min_delay > self.target;
            self.min_delay = delay;
            return false;
        }
        self.min_delay = self.min_delay.min(delay);
        self.overloaded && delay > 2 * self.target
    }
}

/// The pseudo-code of RFC 8289, section 5, for a queue that does not run empty; packets are the
/// times at which they were put in.
#[derive(Default)]
struct Rfc {
    target: u64,
    interval: u64,
    first_above_time: u64,
    drop_next: u64,
    count: u32,
    lastcount: u32,
    dropping: bool,
}

impl Rfc {
    fn control_law(&self, at: u64) -> u64 {
        at + (self.interval as f64 / f64::from(self.count).sqrt()) as u64
    }

    fn dodequeue(&mut self, now: u64, queue: &mut VecDeque<u64>) -> (u64, bool) {
        let packet = queue.pop_front().expect("as many as are asked for");
        if now - packet < self.target {
            self.first_above_time = 0;
            (packet, false)
        } else if self.first_above_time == 0 {
            self.first_above_time = now + self.interval;
            (packet, false)
        } else {
            (packet, now >= self.first_above_time)
        }
    }

    /// The packet, and how many were dropped before it.
    fn dequeue(&mut self, now: u64, queue: &mut VecDeque<u64>) -> (u64, usize) {
        let mut dropped = 0;
        let (mut packet, mut ok_to_drop) = self.dodequeue(now, queue);
        if self.dropping {
            if !ok_to_drop {
                self.dropping = false;
            }
            while now >= self.drop_next && self.dropping {
                dropped += 1;
                self.count += 1;
                (packet, ok_to_drop) = self.dodequeue(now, queue);
                if ok_to_drop {
                    self.drop_next = self.control_law(self.drop_next);
                } else {
                    self.dropping = false;
                }
            }
        } else if ok_to_drop {
            dropped += 1;
            (packet, _) = self.dodequeue(now, queue);
            self.dropping = true;
            let delta = self.count - self.lastcount;
            self.count = 1;
            let since = now.saturating_sub(self.drop_next);
            if delta > 1 && since < 16 * self.interval {
                self.count = delta;
            }
            self.drop_next = self.control_law(now);
            self.lastcount = self.count;
        }
        (packet, dropped)
    }
}

const TARGET: u64 = 50;
const INTERVAL: u64 = 1_000;

fn nanos(ns: u64) -> Duration {
    Duration::from_nanos(ns)
}

/// Steps of time and waits, in stretches of calm and of overload.
fn course() -> impl Strategy<Value = Vec<(u64, u64)>> {
    let stretch = (
        1_u64..400,
        0_u64..3 * TARGET,
        0_u64..2 * TARGET,
        1_usize..60,
    );
    let stretch = stretch.prop_flat_map(|(step, least, more, count)| {
        proptest::collection::vec((0..=step, least..=least + more), count)
    });
    proptest::collection::vec(stretch, 1..12).prop_map(|stretches| stretches.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn folly_sheds_what_folly_does(course in course()) {
        let codel = Codel::folly(nanos(TARGET), nanos(INTERVAL));
        let mut model = Folly { target: TARGET, interval: INTERVAL, ..Folly::default() };
        let mut now = 0;
        for (step, delay) in course {
            now += step;
            prop_assert_eq!(codel.sheds(now, delay), model.overloaded(now, delay));
            prop_assert_eq!(codel.is_overloaded(), model.overloaded);
        }
    }

    /// Call by call of the RFC's `dequeue`: its packet is the first that is not shed.
    #[test]
    fn rfc8289_sheds_what_its_pseudo_code_drops(course in course()) {
        let codel = Codel::rfc8289(nanos(TARGET), nanos(INTERVAL));
        let mut model = Rfc { target: TARGET, interval: INTERVAL, ..Rfc::default() };
        let mut now = 10_000;
        for (step, delay) in course {
            now += step;
            // Drops of one call are of packets with the same wait.
            let mut queue: VecDeque<u64> = std::iter::repeat_n(now - delay, 2_000).collect();
            let (_, dropped) = model.dequeue(now, &mut queue);
            let shed = (0..).take_while(|_| codel.sheds(now, delay)).count();
            prop_assert_eq!(shed, dropped, "at {}", now);
            if dropped == 0 {
                prop_assert_eq!(codel.is_overloaded(), model.dropping);
            }
        }
    }
}

/// Of the interval that it begins it is the first, however late.
#[test]
fn what_ends_an_interval_passes() {
    let codel = Codel::folly(nanos(TARGET), nanos(INTERVAL));
    assert!(!codel.sheds(1, TARGET + 1));
    assert!(!codel.sheds(INTERVAL + 2, 3 * TARGET));
    assert!(codel.is_overloaded() && codel.sheds(INTERVAL + 3, 3 * TARGET));
}

#[test]
fn a_burst_that_drains_is_not_shed() {
    let codel = Codel::folly(nanos(TARGET), nanos(INTERVAL));
    let law = Codel::rfc8289(nanos(TARGET), nanos(INTERVAL));
    for now in 1..10_000 {
        // Late all the time, but once in each interval.
        let delay = if now % 900 == 0 {
            TARGET - 1
        } else {
            20 * TARGET
        };
        assert!(!codel.sheds(now, delay) && !law.sheds(now, delay), "{now}");
    }
}

const SECOND: u64 = 1_000_000_000;

/// A queue that stands, with a reading of the future among those of its messages, in each state.
#[test]
fn a_reading_of_the_future_freezes_no_verdict() {
    for future in [2 * SECOND, 1 << 61] {
        for at in [1, 500, 1_500, 2_500] {
            for (name, codel) in [
                ("folly", Codel::folly(nanos(TARGET), nanos(INTERVAL))),
                ("rfc8289", Codel::rfc8289(nanos(TARGET), nanos(INTERVAL))),
            ] {
                let mut shed = 0;
                for now in 1..20 * INTERVAL {
                    if now == at {
                        _ = codel.sheds(future, future);
                    }
                    shed += u32::from(codel.sheds(now, 3 * TARGET));
                }
                assert!(codel.is_overloaded() && shed >= 20, "{name} {at}: {shed}");
                // And of one that drains nothing is shed from the next interval on.
                _ = codel.sheds(future, future);
                for now in 20 * INTERVAL..22 * INTERVAL + 5 {
                    _ = codel.sheds(now, 1);
                }
                assert!(!codel.is_overloaded(), "{name} {at}");
            }
        }
    }
}

/// The law's first drop, in a gap between messages.
#[test]
fn a_drop_in_the_future_puts_off_no_other() {
    let codel = Codel::rfc8289(nanos(TARGET), nanos(INTERVAL));
    assert!(!codel.sheds(1, 3 * TARGET));
    assert!(codel.sheds(1 << 61, 1 << 61));
    let late = (2 * INTERVAL..4 * INTERVAL).filter(|now| codel.sheds(*now, 3 * TARGET));
    assert!(late.count() >= 2);
}

/// Its message waited for ages, by its word, and is of no interval: the queue does not stand.
#[test]
fn a_reading_of_the_future_condemns_nobody() {
    let codel = Codel::folly(nanos(TARGET), nanos(INTERVAL));
    for now in 1..10 * INTERVAL {
        if now == 3 * INTERVAL {
            _ = codel.sheds(1 << 61, 1 << 61);
        }
        // A burst that drains: late, but once in each interval.
        let delay = if now % 300 == 0 { 1 } else { 3 * TARGET };
        assert!(!codel.sheds(now, delay), "{now}");
    }
}

/// A second is no future: a thread may be off its processor for so long.
#[test]
fn a_reading_of_a_second_ago_begins_no_interval() {
    let codel = Codel::folly(nanos(TARGET), nanos(INTERVAL));
    let mut shed = 0;
    for now in SECOND..SECOND + 10 * INTERVAL {
        _ = codel.sheds(now - SECOND + 1, 3 * TARGET);
        shed += u32::from(codel.sheds(now, 3 * TARGET));
    }
    assert!(u64::from(shed) > 8 * INTERVAL, "{shed}");
}

#[test]
fn spans_of_all_lengths_are_taken() {
    for span in [Duration::ZERO, Duration::MAX] {
        for codel in [Codel::folly(span, span), Codel::rfc8289(span, span)] {
            for now in [0, 1, 2, 1 << 61, u64::MAX - 1, u64::MAX] {
                _ = codel.sheds(now, now);
            }
        }
    }
    let zero = Codel::folly(Duration::ZERO, Duration::ZERO);
    assert!(!zero.sheds(1, 1) && !zero.sheds(2, 1) && zero.sheds(2, 1));
}
