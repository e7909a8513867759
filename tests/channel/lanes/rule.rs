//! Which lane is next: the same as an oracle says, and as seldom or often as promised.

use proptest::prelude::*;
use shorttail::channel::{Lanes, OnFull, TryRecvError};

use super::oracle::Oracle;
use super::steps;
use crate::on_full::policies;

/// What is promised of the receives in a row, whatever is sent in between.
struct Promises {
    aging: usize,
    /// Receives since one passed over the first lane with messages.
    in_order: usize,
    /// For each lane: receives since it was served, while it has had messages.
    waited: Vec<usize>,
}

impl Promises {
    fn hold(&mut self, filled: &[usize], served: usize) {
        self.in_order += 1;
        if filled[0] != served {
            assert!(
                self.in_order >= self.aging,
                "at most one in so many is aged"
            );
            self.in_order = 0;
        }
        let most = self.aging * (self.waited.len() - 1).max(1);
        for (lane, waited) in self.waited.iter_mut().enumerate() {
            let waits = filled.contains(&lane) && lane != served;
            *waited = if waits { *waited + 1 } else { 0 };
            assert!(lane == 0 || *waited < most, "lane {lane} starves");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// A step is a lane and what to do there; more receives than sends now and then, so that lanes
    /// get empty and full in turn.
    #[test]
    fn serves_the_lane_that_the_oracle_serves(
        capacities in proptest::collection::vec(1_usize..6, 1..6),
        aging in 2_u32..7,
        steps in proptest::collection::vec((any::<proptest::sample::Index>(), 0_u8..12), 0..400),
    ) {
        let (tx, rx) = Lanes::new(capacities.clone()).aging(aging).build().unwrap();
        let lanes: Vec<_> = capacities.iter().map(|&capacity| (capacity, OnFull::Wait)).collect();
        let mut oracle = Oracle::new(&lanes, aging);
        let mut promises = Promises {
            aging: aging as usize,
            in_order: 0,
            waited: vec![0; capacities.len()],
        };
        for (n, (lane, action)) in steps.into_iter().enumerate() {
            let lane = lane.index(capacities.len());
            match action {
                0..5 => prop_assert_eq!(tx.lane(lane).try_send(n), oracle.send(lane, n)),
                5 => prop_assert_eq!(tx.lane(lane).force_send(n), oracle.force(lane, n)),
                _ => {
                    let filled = oracle.filled();
                    let expected = oracle.recv();
                    prop_assert_eq!(rx.try_recv(), expected);
                    if let Ok((served, _)) = expected {
                        promises.hold(&filled, served);
                    }
                }
            }
            prop_assert_eq!(rx.len(lane), oracle.lanes[lane].inside.len());
        }
        for (lane, queue) in oracle.lanes.iter().enumerate() {
            prop_assert_eq!(rx.lane_stats(lane).aged, queue.aged);
        }
        tx.close();
        while let Ok(expected) = oracle.recv() {
            prop_assert_eq!(rx.try_recv(), Ok(expected));
        }
        prop_assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Sends, offers by each lane's policy, receives, waits of tasks, cancels and a close: every
    /// answer, every count and every wake.
    #[test]
    fn behaves_as_the_oracle_step_by_step(
        lanes in proptest::collection::vec((1_usize..5, policies()), 1..5),
        aging in 1_u32..6,
        taken in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        // One is no aging: strict.
        steps::run(&lanes, aging * u32::from(aging > 1), &taken);
    }
}

/// How often each lane is served in `receives` receives, while those of `saturated` are full.
fn shares(lanes: usize, aging: Option<u32>, saturated: &[usize], receives: usize) -> Vec<usize> {
    let builder = Lanes::new(vec![4; lanes]);
    let builder = match aging {
        Some(aging) => builder.aging(aging),
        None => builder,
    };
    let (tx, rx) = builder.build().unwrap();
    let mut shares = vec![0; lanes];
    for _ in 0..receives {
        for &lane in saturated {
            while tx.lane(lane).try_send(()).is_ok() {}
        }
        shares[rx.try_recv().unwrap().0] += 1;
    }
    for (lane, share) in shares.iter().enumerate() {
        assert_eq!(rx.lane_stats(lane).received, *share as u64);
    }
    shares
}

#[test]
fn a_low_lane_under_a_saturated_one_gets_one_of_as_many_receives_as_there_are_lanes() {
    for lanes in 2..=8 {
        for high in 0..lanes {
            for low in high + 1..lanes {
                let shares = shares(lanes, None, &[high, low], 100 * lanes);
                // The first aged turn may go to the other: neither was served by one before.
                assert!(shares[low] >= 99 && shares[low] <= 100, "{shares:?}");
                assert_eq!(shares[high] + shares[low], 100 * lanes);
            }
        }
    }
}

#[test]
fn lanes_that_are_all_saturated_share_the_aged_turns_alike() {
    assert_eq!(
        shares(4, Some(4), &[0, 1, 2, 3], 1_200),
        [900, 100, 100, 100]
    );
    assert_eq!(
        shares(5, Some(10), &[0, 1, 2, 3, 4], 1_600),
        [1_440, 40, 40, 40, 40]
    );
    assert_eq!(
        shares(32, Some(2), &(0..32).collect::<Vec<_>>(), 620)[1..],
        [10; 31]
    );
}

#[test]
fn without_aging_a_low_lane_starves() {
    let (tx, rx) = Lanes::new([1, 1]).strict().build().unwrap();
    tx.lane(1).try_send(9).unwrap();
    for n in 0..1_000 {
        tx.lane(0).try_send(n).unwrap();
        assert_eq!(rx.recv(), Ok((0, n)));
    }
    assert_eq!(rx.recv(), Ok((1, 9)));
}

/// Where one lane alone has messages no turn is counted, so the first of two is not an aged one.
#[test]
fn receives_without_a_choice_take_no_turn() {
    let (tx, rx) = Lanes::new([2, 2]).aging(2).build().unwrap();
    for _ in 0..7 {
        tx.lane(0).try_send(0).unwrap();
        tx.lane(1).try_send(1).unwrap();
        assert_eq!(rx.recv(), Ok((0, 0)));
        assert_eq!(rx.recv(), Ok((1, 1)));
        assert!(rx.try_recv().is_err());
        tx.lane(0).try_send(0).unwrap();
        tx.lane(1).try_send(1).unwrap();
        assert_eq!(rx.recv(), Ok((1, 1)), "every second choice");
        assert_eq!(rx.recv(), Ok((0, 0)));
        assert!(rx.try_recv().is_err());
    }
}

#[test]
fn a_lane_that_is_not_there_is_told_before_a_value_is_lost() {
    let (tx, rx) = Lanes::new([1, 1]).build::<u8>().unwrap();
    assert!(tx.get_lane(2).is_none());
    let no_lane = |call: &dyn Fn()| {
        let call = std::panic::AssertUnwindSafe(call);
        let panic = std::panic::catch_unwind(call).unwrap_err();
        assert_eq!(panic.downcast_ref::<String>().unwrap(), "lane 2 of 2");
    };
    no_lane(&|| _ = tx.lane(2));
    no_lane(&|| _ = rx.len(2));
}
