//! What types forbid and what is caught when `unsafe` forges it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{frozen, pool};

#[test]
fn forged_second_release_is_told() {
    let pool = pool(64, 1);
    let buf = pool.try_acquire(1).unwrap();
    // SAFETY: none. This is the double owner that the free list must notice.
    let forged = unsafe { std::ptr::read(&raw const buf) };
    drop(buf);
    let caught = catch_unwind(AssertUnwindSafe(|| drop(forged)));
    let text = *caught.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(text, "slot 0 was released twice");
    let _only = pool.try_acquire(1).unwrap();
    assert!(pool.try_acquire(1).is_err());
}

#[test]
fn ranges_outside_the_view_panic_and_lose_no_handle() {
    let pool = pool(64, 1);
    let mut bytes = frozen(&pool, b"abc");
    #[expect(
        clippy::reversed_empty_ranges,
        reason = "that it is refused is the test"
    )]
    let tries: [&dyn Fn(); 4] = [
        &|| drop(bytes.slice(..4)),
        &|| drop(bytes.slice(2..1)),
        &|| drop(bytes.slice(4..)),
        &|| drop(bytes.slice(..=usize::MAX)),
    ];
    for attempt in tries {
        assert!(catch_unwind(AssertUnwindSafe(attempt)).is_err());
    }
    assert!(catch_unwind(AssertUnwindSafe(|| drop(bytes.split_to(4)))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(bytes.split_off(4)))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| bytes::Buf::advance(&mut bytes, 4))).is_err());
    assert_eq!(&bytes[..], b"abc");
    assert!(bytes.try_into_mut().is_ok());
}
