//! What loom checks of shared slots. Run as `cargo loom`.
//!
//! Every access to a slot's bytes passes through a cell that loom watches, the poisoning on release
//! included, so each model fails on two holders as well as on what its name says.
//!
//! Every model runs twice; see `explore_strictly`.
//!
//! Each step that a model needs has a mutant in `tests/mutants/pool.tsv`.

mod lent;

use crate::sync::thread;

use super::{BufferPool, PooledBuf, PooledBytes};
use crate::sync::explore::explore_strictly;

fn pool(slots: usize) -> BufferPool {
    let builder = BufferPool::builder().class(8, slots).prefault(false);
    builder.build().unwrap()
}

fn wiping() -> BufferPool {
    let builder = BufferPool::builder().class(8, 1).prefault(false);
    builder.wipe(true).build().unwrap()
}

/// Takes the only slot, and finds nothing of what was written there.
fn find_nothing(pool: &BufferPool) {
    if let Ok(mut buf) = pool.try_acquire(1) {
        let first = &buf.spare_capacity_mut()[0];
        // SAFETY: the kernel zeroed the slot, and what was written since is bytes.
        assert_eq!(unsafe { first.assume_init_read() }, 0);
    }
}

fn written(pool: &BufferPool) -> PooledBuf {
    let mut buf = pool.try_acquire(1).unwrap();
    buf.try_put(b"a").unwrap();
    buf
}

fn read(bytes: &PooledBytes) {
    assert_eq!(bytes[..], *b"a");
}

/// One handle is dropped while the other is cloned, read and dropped: one release, after the reads.
#[test]
fn drop_races_clone_released_once_by_last() {
    explore_strictly("pool: drop against clone", None, || {
        let pool = pool(1);
        let bytes = written(&pool).freeze();
        let other = bytes.clone();
        let thread = thread::spawn(move || {
            let third = other.clone();
            drop(other);
            read(&third);
        });
        read(&bytes);
        drop(bytes);
        thread.join().unwrap();
        assert_eq!(pool.outstanding(), 0);
    });
}

/// Three handles are read and dropped by three threads; the slot's next life counts from one again.
#[test]
fn three_drops_race_next_life_starts_unshared() {
    explore_strictly("pool: three drops", Some(3), || {
        let pool = pool(1);
        let bytes = written(&pool).freeze();
        let others = [bytes.clone(), bytes.clone()].map(|other| {
            thread::spawn(move || {
                read(&other);
                drop(other);
            })
        });
        read(&bytes);
        drop(bytes);
        for other in others {
            other.join().unwrap();
        }
        let again = written(&pool).freeze();
        assert!(again.try_into_mut().is_ok());
        assert_eq!(pool.outstanding(), 0);
    });
}

/// One handle is thawed and written while the other is read and dropped: never both at once.
///
/// The thawing thread is the spawned one: loom 0.7.3 looks back at the last access of a word only,
/// so the dropper's own load would hide from it that a thaw before it may as well come after.
#[test]
fn drop_races_try_into_mut_writer_is_alone() {
    explore_strictly("pool: drop against thaw", None, || {
        let pool = pool(1);
        let bytes = written(&pool).freeze();
        let other = bytes.clone();
        let thread = thread::spawn(move || match other.try_into_mut() {
            Ok(mut buf) => buf[0] = b'b',
            Err(bytes) => read(&bytes),
        });
        read(&bytes);
        drop(bytes);
        thread.join().unwrap();
        assert_eq!(pool.outstanding(), 0);
    });
}

/// Two handles are thawed at once: at most one succeeds, and one does if the other gave up.
#[test]
fn two_try_into_mut_race_at_most_one_writer() {
    explore_strictly("pool: two thaws", None, || {
        let pool = pool(1);
        let bytes = written(&pool).freeze();
        let other = bytes.clone();
        let thaw = |bytes: PooledBytes| match bytes.try_into_mut() {
            Ok(mut buf) => buf[0] = b'b',
            Err(bytes) => drop(bytes),
        };
        let thread = thread::spawn(move || thaw(other));
        thaw(bytes);
        thread.join().unwrap();
        assert_eq!(pool.outstanding(), 0);
    });
}

/// A buffer is dropped on one thread while another acquires: the next holder writes alone.
#[test]
fn release_races_acquire_next_holder_is_alone() {
    explore_strictly("pool: release against acquire", Some(4), || {
        let pool = pool(1);
        let buf = written(&pool);
        let thread = {
            let pool = pool.clone();
            thread::spawn(move || pool.try_acquire(1).map(|mut buf| buf.try_put(b"b")).is_ok())
        };
        drop(buf);
        assert!(pool.try_acquire(1).is_ok() || pool.stats().exhausted > 0);
        thread.join().unwrap();
        drop(written(&pool));
    });
}

/// The last buffer and the last pool handle go at once: the memory is freed after both.
#[test]
fn late_release_races_pool_drop_freed_after_both() {
    explore_strictly("pool: late release against pool drop", None, || {
        let pool = pool(1);
        let bytes = written(&pool).freeze();
        let thread = thread::spawn(move || {
            read(&bytes);
            drop(bytes);
        });
        drop(pool);
        thread.join().unwrap();
    });
}

/// What one holder wrote and two read is zeroed by the last of them, after the other's reads, and
/// before the next holder has the slot: the mark goes with the hold.
#[test]
fn wiped_by_the_last_of_two_before_the_next_holder() {
    explore_strictly("pool: wipe by the last of two", Some(3), || {
        let pool = wiping();
        let bytes = written(&pool).freeze();
        let other = bytes.clone();
        let thread = thread::spawn(move || {
            read(&other);
            drop(other);
        });
        read(&bytes);
        drop(bytes);
        find_nothing(&pool);
        thread.join().unwrap();
        find_nothing(&pool);
    });
}

/// One handle is thawed, written and dropped while the other is dropped: the mark has one writer
/// at a time, and misses neither's bytes.
#[test]
fn wipe_races_thaw_mark_has_one_writer() {
    explore_strictly("pool: wipe against thaw", Some(3), || {
        let pool = wiping();
        let bytes = written(&pool).freeze();
        let other = bytes.clone();
        let thread = thread::spawn(move || {
            if let Ok(mut buf) = other.try_into_mut() {
                buf.try_put(b"b").unwrap();
            }
        });
        read(&bytes);
        drop(bytes);
        thread.join().unwrap();
        assert_eq!(pool.outstanding(), 0);
        find_nothing(&pool);
    });
}

/// One holder's wipe is over before the next one's mark: two threads use the slot in turn.
#[test]
fn wiped_slot_races_the_next_holder() {
    explore_strictly("pool: wipe against acquire", Some(3), || {
        let pool = wiping();
        let buf = written(&pool);
        let thread = {
            let pool = pool.clone();
            thread::spawn(move || {
                find_nothing(&pool);
                if let Ok(mut buf) = pool.try_acquire(1) {
                    buf.try_put(b"b").unwrap();
                }
            })
        };
        drop(buf);
        find_nothing(&pool);
        thread.join().unwrap();
        find_nothing(&pool);
    });
}
