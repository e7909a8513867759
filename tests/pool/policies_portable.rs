//! Policies that this platform has not are refused, not left out.

use shorttail::pool::{BufferPool, ConfigError, HugePages, MemoryPolicy};

#[test]
fn each_is_refused_without_an_errno() {
    let builder = BufferPool::builder().class(64, 1);
    for (builder, policy) in [
        (builder.clone().lock_memory(true), MemoryPolicy::Lock),
        (builder.clone().dont_fork(true), MemoryPolicy::DontFork),
        (
            builder.clone().huge_pages(HugePages::Transparent),
            MemoryPolicy::HugePages,
        ),
        (
            builder.clone().huge_pages(HugePages::Reserved),
            MemoryPolicy::HugePages,
        ),
    ] {
        let errno = None;
        let refused = ConfigError::PolicyRefused { policy, errno };
        assert_eq!(builder.build().unwrap_err(), refused);
    }
    assert!(builder.build().is_ok());
}
