//! Every value is dropped once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use shorttail::channel::bounded;

#[derive(Clone)]
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn values_left_inside_go_with_the_last_receiver() {
    let drops = Arc::new(AtomicUsize::new(0));
    let (tx, rx) = bounded(4);
    for _ in 0..3 {
        assert!(tx.try_send(Counted(drops.clone())).is_ok());
    }
    let more = rx.clone();
    drop(rx);
    assert_eq!(drops.load(Ordering::SeqCst), 0, "another receiver is left");
    drop(more);
    assert_eq!(drops.load(Ordering::SeqCst), 3, "though a sender is left");
    assert!(tx.try_send(Counted(drops.clone())).is_err());
    drop(tx);
    assert_eq!(drops.load(Ordering::SeqCst), 4);
}

#[test]
fn an_iterator_dropped_midway_leaves_the_rest() {
    let drops = Arc::new(AtomicUsize::new(0));
    let (tx, rx) = bounded(4);
    for _ in 0..3 {
        assert!(tx.try_send(Counted(drops.clone())).is_ok());
    }
    drop(rx.iter().next());
    assert_eq!((drops.load(Ordering::SeqCst), rx.len()), (1, 2));
}

#[test]
fn a_value_that_panics_when_dropped_is_not_dropped_again() {
    struct Panics(Arc<AtomicUsize>);
    impl Drop for Panics {
        fn drop(&mut self) {
            let before = self.0.fetch_add(1, Ordering::SeqCst);
            assert!(before != 1, "the second one");
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    let (tx, rx) = bounded(4);
    for _ in 0..4 {
        assert!(tx.try_send(Panics(drops.clone())).is_ok());
    }
    assert!(catch_unwind(AssertUnwindSafe(|| drop(rx))).is_err());
    drop(tx);
    assert_eq!(drops.load(Ordering::SeqCst), 4);
}

/// The iterator that took it has lost it; what it had not taken is still inside.
#[test]
fn a_value_that_panics_while_it_is_drained_leaves_the_rest() {
    struct Panics(usize, Arc<AtomicUsize>);
    impl Drop for Panics {
        fn drop(&mut self) {
            self.1.fetch_add(1, Ordering::SeqCst);
            assert!(self.0 != 1, "the second one");
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    let (tx, rx) = bounded(4);
    for n in 0..4 {
        assert!(tx.try_send(Panics(n, drops.clone())).is_ok());
    }
    assert!(catch_unwind(AssertUnwindSafe(|| rx.drain().for_each(drop))).is_err());
    assert_eq!((drops.load(Ordering::SeqCst), rx.len()), (2, 2));
    assert!(rx.drain().map(|value| value.0).eq([2, 3]));
    assert_eq!(drops.load(Ordering::SeqCst), 4);
}

/// Every slot in turn, with the value's own address looked at where it is kept and taken out.
#[test]
fn sizes_and_alignments() {
    #[derive(Clone, Debug, PartialEq)]
    #[repr(align(256))]
    struct Wide(u8);
    #[derive(Clone, Debug, PartialEq)]
    #[repr(align(4096))]
    struct Page([u8; 4096]);
    fn through<T: Clone + PartialEq + std::fmt::Debug + Send + 'static>(values: &[T]) {
        for capacity in [1, 2, 5] {
            let (tx, rx) = bounded(capacity);
            for round in 0..40 {
                let value = &values[round % values.len()];
                (0..capacity).for_each(|_| tx.send(value.clone()).unwrap());
                assert!(tx.try_send(value.clone()).unwrap_err().is_full());
                for _ in 0..capacity {
                    let got = rx.recv().unwrap();
                    assert!(std::ptr::from_ref(&got).is_aligned());
                    assert_eq!(&got, value);
                }
            }
            values
                .iter()
                .take(capacity)
                .for_each(|value| tx.send(value.clone()).unwrap());
        }
    }
    through(&[Wide(1), Wide(2)]);
    through(&[(), ()]);
    through(&[[7_u8; 4096], [8; 4096]]);
    through(&[Page([1; 4096]), Page([2; 4096])]);
    through(&[1_u8, 2]);
    through(&[[1_u8; 3], [2; 3]]);
}

/// Nothing to hold, and yet each is dropped once.
#[test]
fn values_without_a_size_are_dropped_once() {
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    struct Nothing;
    impl Drop for Nothing {
        fn drop(&mut self) {
            DROPS.fetch_add(1, Ordering::SeqCst);
        }
    }
    let (tx, rx) = bounded(3);
    for _ in 0..3 {
        assert!(tx.try_send(Nothing).is_ok());
    }
    assert!(tx.try_send(Nothing).is_err());
    assert_eq!(DROPS.load(Ordering::SeqCst), 1, "the refused one");
    drop(rx.try_recv());
    drop((tx, rx));
    assert_eq!(DROPS.load(Ordering::SeqCst), 4);
}

#[test]
fn values_are_dropped_once_when_everybody_leaves_at_once() {
    let drops = Arc::new(AtomicUsize::new(0));
    let made = Arc::new(AtomicUsize::new(0));
    for _ in 0..200 {
        let (tx, rx) = bounded(2);
        thread::scope(|scope| {
            for _ in 0..2 {
                let (tx, rx) = (tx.clone(), rx.clone());
                let (made, drops) = (made.clone(), drops.clone());
                let make = move || {
                    made.fetch_add(1, Ordering::SeqCst);
                    Counted(drops.clone())
                };
                scope.spawn(move || drop((0..5).try_for_each(|_| tx.send(make()))));
                scope.spawn(move || drop(rx.recv()));
            }
            drop((tx, rx));
        });
    }
    assert_eq!(drops.load(Ordering::SeqCst), made.load(Ordering::SeqCst));
    assert_eq!(Arc::strong_count(&drops), 1, "no value is left");
}
