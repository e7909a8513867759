//! The library's own tests run without a guard, which is what these are about.

use std::panic::catch_unwind;

use super::{AllocGuard, AllocRegion, assert_no_alloc, count_allocs, process_allocs};

#[test]
fn a_missing_guard_is_noticed() {
    assert!(!AllocGuard::is_installed());
}

#[test]
fn nothing_passes_without_a_guard() {
    assert!(catch_unwind(|| count_allocs(|| ())).is_err());
    assert!(catch_unwind(|| assert_no_alloc(|| ())).is_err());
    assert!(catch_unwind(process_allocs).is_err());
    assert!(catch_unwind(|| AllocRegion::new("handler").run(|| ())).is_err());
}
