//! Loads whose source is asked: one tells the breaker of each, and who is the probe.

use crate::sync::Arc;
use crate::sync::thread;

use super::super::asked::Asked;
use super::super::loads::Loads;
use super::model;
use crate::limit::{Breaker, BreakerState};

/// A load ends while somebody looks who hangs: the breaker hears of it once.
#[test]
fn load_ends_while_its_lease_lapses_and_the_breaker_hears_once() {
    model(None, || {
        let breaker = Arc::new(Breaker::builder().calls(2).build().unwrap());
        let asked = Arc::new(Asked::new(1));
        asked.begin(0, 10, Some(breaker.admit(0).unwrap()));
        let ender = {
            let (asked, breaker) = (Arc::clone(&asked), Arc::clone(&breaker));
            thread::spawn(move || {
                if let Some((ticket, _)) = asked.end(0) {
                    breaker.failed(ticket, 10);
                }
            })
        };
        asked.lapse(10, Some(&breaker));
        ender.join().unwrap();
        assert_eq!((breaker.opened(), asked.known_hung()), (0, 0));
        breaker.failed(breaker.admit(10).unwrap(), 10);
        assert_eq!(breaker.opened(), 1, "two failures, no more and no fewer");
    });
}

/// A load begins while somebody looks who hangs: the next look finds it.
#[test]
fn load_begins_while_another_looks_and_its_lease_is_not_forgotten() {
    model(None, || {
        let asked = Arc::new(Asked::new(2));
        asked.begin(0, 5, None);
        let beginner = {
            let asked = Arc::clone(&asked);
            thread::spawn(move || asked.begin(1, 10, None))
        };
        asked.lapse(5, None);
        beginner.join().unwrap();
        asked.lapse(10, None);
        assert_eq!(asked.known_hung(), 2);
    });
}

/// Two loads ask a breaker whose rest is over: one of them is the probe, and closes it.
#[test]
fn two_loads_race_for_the_one_probe_of_a_half_open_breaker() {
    const LATER: u64 = 60_000_000_000;
    model(Some(3), || {
        let breaker = Breaker::builder().calls(1).build().unwrap();
        breaker.failed(breaker.admit(0).unwrap(), 0);
        assert_eq!(breaker.opened(), 1);
        let loads = Arc::new(Loads::<u64, u64, ()> {
            breaker: Some(breaker),
            asked: Asked::new(2),
            ..Loads::none()
        });
        let ask = |loads: &Loads<u64, u64, ()>, flight| {
            let admitted = loads.admit(LATER);
            if let Ok(ticket) = admitted {
                loads.asked.begin(flight, LATER + 10, ticket);
                return true;
            }
            false
        };
        let other = {
            let loads = Arc::clone(&loads);
            thread::spawn(move || ask(&loads, 1))
        };
        let probes = [ask(&loads, 0), other.join().unwrap()];
        assert!(probes[0] != probes[1], "{probes:?}");
        let ended = loads.asked.end(u32::from(probes[1]));
        let (ticket, _) = ended.expect("its ticket");
        let breaker = loads.breaker.as_ref().unwrap();
        breaker.succeeded(ticket, LATER);
        assert_eq!(breaker.state(LATER), BreakerState::Closed);
    });
}
