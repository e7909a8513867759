//! What types forbid and what is caught when `unsafe` forges it.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;

use crate::{frozen, pool};

/// Set for the child in which the forged release happens.
const IN_CHILD: &str = "SHORTTAIL_FORGES_A_RELEASE";

/// Two owners of one slot, in a child process, since it does not live on.
#[test]
#[cfg_attr(miri, ignore = "starts a process")]
fn forged_second_release_aborts_with_a_message() {
    if env::var_os(IN_CHILD).is_some() {
        let pool = pool(64, 1);
        let buf = pool.try_acquire(1).unwrap();
        // SAFETY: none. This is the double owner that the free list must notice.
        let forged = unsafe { std::ptr::read(&raw const buf) };
        drop(buf);
        // Not even so does the second one live on.
        drop(catch_unwind(AssertUnwindSafe(|| drop(forged))));
        return;
    }
    let name = "misuse::forged_second_release_aborts_with_a_message";
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(IN_CHILD, "yes")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&child.stderr);
    assert!(
        told.contains("shorttail: slot 0 was released twice"),
        "{told}"
    );
    assert!(!child.status.success(), "{:?}", child.status);
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&child.status),
        Some(libc::SIGABRT)
    );
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
