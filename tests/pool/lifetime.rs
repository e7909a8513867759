//! The pool may go first; a panic and a forgotten handle cost what they hold.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use bytes::Buf;
use shorttail::pool::LocalPool;

use crate::{frozen, pool};

#[test]
fn buffers_outlive_the_pool_on_other_threads() {
    let pool = pool(128, 24);
    let users: Vec<_> = (0..24_u8)
        .map(|number| {
            let mut buf = pool.try_acquire(1).unwrap();
            thread::spawn(move || {
                buf.try_put(&[number; 100]).unwrap();
                let bytes = buf.freeze();
                let view = bytes.slice(50..);
                drop(bytes);
                view.into_bytes()
            })
        })
        .collect();
    drop(pool);
    for (number, user) in (0..).zip(users) {
        let bytes = user.join().unwrap();
        assert!(bytes.len() == 50 && bytes.iter().all(|byte| *byte == number));
    }
}

#[test]
fn clone_of_the_handle_keeps_the_pool() {
    let first = pool(8, 1);
    let second = first.clone();
    drop(first);
    drop(second.try_acquire(8).unwrap());
    assert_eq!(second.outstanding(), 0);
}

#[test]
fn panic_while_filling_returns_the_slot() {
    let pool = pool(8, 1);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let mut buf = pool.try_acquire(8).unwrap();
        buf.try_put(b"half").unwrap();
        panic!("the fill fails");
    }));
    assert!(caught.is_err());
    assert!(pool.try_acquire(8).unwrap().is_empty());
}

#[test]
fn forgotten_handles_are_outstanding_for_good() {
    let pool = pool(8, 3);
    std::mem::forget(pool.try_acquire(8));
    std::mem::forget(frozen(&pool, b"abc").clone());
    assert_eq!(pool.outstanding(), 2);
    let last = pool.try_acquire(8).unwrap();
    assert!(pool.try_acquire(8).is_err());
    drop(pool);
    assert_eq!(last.capacity(), 8);
}

/// However its last buffer gave it up: nothing of what that one took is left out.
#[test]
fn a_buffer_begins_at_its_slot_whatever_the_last_one_took() {
    let pool = pool(64, 1);
    let mut local = pool.local();
    let mut start = None;
    let mut taken = |local: &mut LocalPool| {
        let mut buf = local.try_acquire(64).unwrap();
        buf.try_put(b"abcd").unwrap();
        let first = *start.get_or_insert(buf.as_ptr());
        assert_eq!((buf.as_ptr(), buf.capacity()), (first, 64));
        buf.advance(3);
        assert_eq!((buf.as_ptr(), buf.capacity()), (first.wrapping_add(3), 61));
        buf
    };
    drop(taken(&mut local));
    let kept = taken(&mut local);
    local.put_back(kept);
    let bytes = taken(&mut local).freeze();
    assert_eq!(bytes, b"d"[..]);
    let view = bytes.as_ptr();
    let thawed = bytes.try_into_mut().unwrap();
    assert_eq!((thawed.as_ptr(), thawed.capacity()), (view, 61));
    drop(thawed);
    drop(taken(&mut local));
}
