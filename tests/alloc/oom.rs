//! What can report that memory ran out does, and what needs none goes on without.

use shorttail::arena::{self, Arena};
use shorttail::channel;
use shorttail::measure::AllocFault;

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
