//! What loom checks of arenas that grow. Run as `cargo loom`.
//!
//! Every model runs twice, as written and with all loads of 64-bit words as RMW(+0); see
//! `explore_deeply`. The free lists have models of their own in `slots`.

use crate::sync::thread;

use super::Arena;
use super::spares::Spares;
use crate::slots::Budget;
use crate::sync::Arc;
use crate::sync::explore::explore_deeply;

/// What an arena begins with here, and what it may have.
const BASE: usize = 64;
const LIMIT: usize = 256;

fn arena(budget: &Arc<Budget>) -> Arena {
    Arena::growing(BASE, false, budget, LIMIT).unwrap()
}

fn grown(budget: &Arc<Budget>) -> Arena {
    let mut arena = arena(budget);
    arena.try_alloc([0_u8; LIMIT / 2]).unwrap();
    arena.reset();
    assert!(arena.is_larger_than(BASE));
    arena
}

/// Two grown arenas come back while a third thread rebuilds, with one spare: no two are ever in
/// the spare's cell at once, and what either of them gets by an exchange has not grown.
#[test]
fn two_exchanges_race_rebuild_spare_has_one_holder() {
    explore_deeply("arena: two exchanges, rebuild", Some(3), Some(4), || {
        let budget = Arc::new(Budget::new(LIMIT * 2));
        let spares = Arc::new(Spares::new(vec![arena(&budget)]));
        let returns = [(); 2].map(|()| {
            let (spares, mut arena) = (Arc::clone(&spares), grown(&budget));
            thread::spawn(move || {
                let exchanged = spares.exchange(&mut arena);
                assert_eq!(arena.is_larger_than(BASE), !exchanged);
                exchanged
            })
        });
        let rebuilt = spares.rebuild_one(|arena| arena.rebuild(BASE));
        let exchanged = returns.map(|other| other.join().unwrap());
        assert!(exchanged[0] || exchanged[1]);
        let waiting = !spares.rebuild_one(|arena| arena.rebuild(BASE));
        let times = exchanged.iter().filter(|it| **it).count();
        assert_eq!(times, usize::from(rebuilt) + usize::from(!waiting));
        assert_eq!((spares.ready(), spares.len()), (1, 1));
    });
}
