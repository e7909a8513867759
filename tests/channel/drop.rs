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

#[test]
fn sizes_and_alignments() {
    #[derive(Clone, Copy, Debug, PartialEq)]
    #[repr(align(256))]
    struct Wide(u8);
    let (tx, rx) = bounded(1);
    tx.send(Wide(1)).unwrap();
    assert_eq!(rx.recv(), Ok(Wide(1)));
    let (tx, rx) = bounded(1);
    tx.send(()).unwrap();
    assert!(tx.try_send(()).is_err());
    assert_eq!(rx.recv(), Ok(()));
    let (tx, rx) = bounded(2);
    tx.send([7_u8; 4096]).unwrap();
    assert_eq!(rx.recv(), Ok([7; 4096]));
}

#[test]
fn values_are_dropped_once_when_everybody_leaves_at_once() {
    let drops = Arc::new(AtomicUsize::new(0));
    let mut made = 0;
    for _ in 0..200 {
        let (tx, rx) = bounded(2);
        thread::scope(|scope| {
            for _ in 0..2 {
                let (tx, rx, drops) = (tx.clone(), rx.clone(), drops.clone());
                scope.spawn(move || drop((0..5).try_for_each(|_| tx.send(Counted(drops.clone())))));
                scope.spawn(move || drop(rx.recv()));
            }
            drop((tx, rx));
        });
        made += 10;
    }
    assert!(drops.load(Ordering::SeqCst) <= made);
    assert_eq!(Arc::strong_count(&drops), 1, "no value is left");
}
