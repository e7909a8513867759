//! What can report that memory ran out does, and what needs none goes on without.

use shorttail::arena::{self, Arena};
use shorttail::channel;
use shorttail::measure::AllocFault;
use shorttail::pool::BufferPool;

#[test]
fn an_arena_that_gets_no_memory_says_so() {
    let (struck, built) = AllocFault::fail_after(0).run(|| Arena::new(4096));
    let refused = arena::ConfigError::OutOfMemory { bytes: 4096 };
    assert_eq!((struck, built.err()), (1, Some(refused)));
    let (struck, built) = AllocFault::fail_after(1).run(|| Arena::new(4096));
    assert_eq!((struck, built.is_ok()), (0, true));
}

#[test]
fn a_built_arena_and_channel_work_when_no_memory_is_left() {
    let mut arena = Arena::new(4096).unwrap();
    let (sender, receiver) = channel::bounded::<u64>(4);
    let (struck, ()) = AllocFault::fail_after(0).lasting().run(|| {
        for round in 0..100_u64 {
            assert_eq!(arena.try_alloc(round).copied(), Ok(round));
            while arena.try_alloc([0_u8; 512]).is_ok() {}
            arena.reset();
            while sender.try_send(round).is_ok() {}
            while receiver.try_recv().is_ok() {}
        }
    });
    assert_eq!(struck, 0);
}

/// Each of the two allocations in turn: refused as by a spent budget, and nothing is owed.
#[test]
fn a_pool_that_the_heap_refuses_is_exhausted_and_owes_nothing() {
    let pool = BufferPool::builder().class(64, 1).heap_overflow(64);
    let pool = pool.build().unwrap();
    let _slot = pool.try_acquire(1).unwrap();
    for nth in [0, 1] {
        let (struck, told) = AllocFault::fail_after(nth).run(|| pool.try_acquire(1));
        assert_eq!(struck, 1);
        assert!(told.unwrap_err().is_exhausted());
        assert_eq!((pool.stats().heap_bytes, pool.stats().heap_buffers), (0, 0));
    }
    assert!(pool.try_acquire(1).unwrap().is_on_heap());
    assert_eq!((pool.stats().heap_taken, pool.stats().heap_refused), (1, 2));
}
