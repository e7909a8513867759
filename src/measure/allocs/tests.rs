//! The library's own tests run without a guard, which is what these are about.

use std::panic::catch_unwind;

use core::future::ready;
use core::pin::pin;
use core::task::{Context, Waker};

use super::{
    AllocFault, AllocGuard, AllocRegion, assert_no_alloc, count_allocs, no_alloc_polls,
    process_allocs, thread_allocs,
};

#[test]
fn a_missing_guard_is_noticed() {
    assert!(!AllocGuard::is_installed());
}

#[test]
fn nothing_passes_without_a_guard() {
    assert!(catch_unwind(|| count_allocs(|| ())).is_err());
    assert!(catch_unwind(|| assert_no_alloc(|| ())).is_err());
    assert!(catch_unwind(process_allocs).is_err());
    assert!(catch_unwind(thread_allocs).is_err());
    assert!(catch_unwind(|| AllocFault::fail_after(0).run(|| ())).is_err());
    let poll = || {
        let mut context = Context::from_waker(Waker::noop());
        pin!(no_alloc_polls(ready(1))).poll(&mut context)
    };
    assert!(catch_unwind(poll).is_err());
    assert!(catch_unwind(|| AllocRegion::new("handler").run(|| ())).is_err());
}
