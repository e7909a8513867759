//! Closures in a place of fixed size.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use shorttail::time::Deadline;
use shorttail::workers::{Inline, Pool};

/// Counts its drops.
#[derive(Clone, Default)]
struct Drops(Arc<AtomicUsize>);

impl Drop for Drops {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drops {
    /// Something that is counted when it is dropped.
    fn one(&self) -> Self {
        Self(self.0.clone())
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn what_a_closure_holds_is_dropped_once() {
    let drops = Drops::default();
    let one = drops.one();
    let called = Inline::<32>::new(move || drop(one));
    called.call();
    assert_eq!(drops.count(), 1);
    let one = drops.one();
    drop(Inline::<32>::new(move || drop(one)));
    assert_eq!(drops.count(), 2, "though it was not called");
    let one = drops.one();
    let panics = Inline::<32>::new(move || {
        let _one = &one;
        panic!("in the closure");
    });
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| panics.call())).is_err());
    assert_eq!(drops.count(), 3);
}

#[repr(align(16))]
struct Aligned([u8; 16]);

#[repr(align(32))]
struct TooAligned(u8);

#[test]
fn a_closure_fits_to_the_last_byte_or_comes_back() {
    let (told, tells) = shorttail::channel::bounded(4);
    let bytes = [7_u8; 24 - size_of::<usize>()];
    let sender = told.clone();
    let fits = Inline::<24>::try_new(move || sender.try_send(bytes[0]).unwrap()).unwrap();
    fits.call();
    let bytes = [9_u8; 25 - size_of::<usize>()];
    let refused = Inline::<24>::try_new(move || told.try_send(bytes[0]).unwrap()).unwrap_err();
    (refused.into_inner())();
    assert_eq!([(); 2].map(|()| tells.try_recv()), [Ok(7), Ok(9)]);

    let aligned = Aligned([1; 16]);
    let inline = Inline::<16>::new(move || {
        let aligned = &aligned;
        assert_eq!(std::ptr::from_ref(aligned).addr() % 16, 0);
        assert_eq!(aligned.0, [1; 16]);
    });
    let moved = Box::new(inline);
    moved.call();
    let over = TooAligned(1);
    let refused = Inline::<64>::try_new(move || assert_eq!({ &over }.0, 1)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "a closure of 32 bytes, aligned to 32, in a place of 64"
    );
    (refused.into_inner())();
}

#[test]
fn closures_are_jobs() {
    let drops = Drops::default();
    let pool = Pool::builder().lane("all", 64);
    let pool = pool.build(|job: Inline<16>, _| job.call()).unwrap();
    for _ in 0..64 {
        let one = drops.one();
        let job = Inline::new(move || drop(one));
        pool.try_submit(0, job, Deadline::NEVER).unwrap();
    }
    assert!(pool.drain(std::time::Duration::MAX).is_clean());
    assert_eq!(drops.count(), 64);
}
