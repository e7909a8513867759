//! `Bytes` that go from thread to thread, and those that are kept while others come and go.

use bytes::{BufMut, Bytes};
use shorttail::pool::BytesPool;

use crate::bytes_pool::{frozen, pool};

/// Threads that acquire, share and drop, each other's bytes among them: contents stay apart.
#[test]
fn threads_pass_bytes_on_and_no_slot_has_two_holders() {
    let pool = pool(64, 64);
    let (sender, receiver) = std::sync::mpsc::sync_channel::<(u64, Bytes)>(16);
    std::thread::scope(|scope| {
        for thread in 0..3_u64 {
            let (pool, sender) = (pool.clone(), sender.clone());
            scope.spawn(move || {
                for round in 0..5_000 {
                    let Ok(mut buf) = pool.try_acquire(8) else {
                        continue;
                    };
                    let tag = thread << 32 | round;
                    buf.put_u64(tag);
                    sender.send((tag, buf.freeze())).unwrap();
                }
            });
        }
        drop(sender);
        let mut kept = std::collections::VecDeque::new();
        for (tag, bytes) in receiver {
            kept.push_back((tag, bytes.clone()));
            if kept.len() > 8 {
                let (tag, bytes) = kept.pop_front().unwrap();
                assert_eq!(bytes[..], tag.to_be_bytes());
            }
            assert_eq!(bytes[..], tag.to_be_bytes());
        }
    });
    pool.maintain();
    assert_eq!(pool.outstanding(), 0);
}

/// What became a hostage in this call uses up no look that an older one needs.
#[test]
fn a_hostage_that_is_back_is_found_behind_new_ones() {
    for slots in [2, 3, 8] {
        let builder = BytesPool::builder().class(8, slots).looks(slots as u32);
        let pool = builder.build().unwrap();
        let mut all: Vec<_> = (0..slots).map(|_| frozen(&pool, b"x")).collect();
        pool.maintain();
        for index in 0..slots {
            assert!(pool.try_acquire(8).is_err());
            drop(all.remove(index));
            all.insert(index, frozen(&pool, b"x"));
            // The one that is new is looked at in vain once; once more, and it is a hostage.
            pool.maintain();
        }
    }
}
