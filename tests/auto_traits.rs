//! Send, Sync and Unpin of every public type and future, as compile-time assertions.
//! One section a block, in alphabetical order.

const fn send<T: Send>() {}
const fn sync<T: Sync>() {}
const fn unpin<T: Unpin>() {}

// === arena ===

// === cache ===

// === channel ===

// === http1 ===

// === measure ===

// === pool ===

// === time ===

const _: () = {
    send::<shorttail::time::Deadline>();
    sync::<shorttail::time::Deadline>();
    unpin::<shorttail::time::Deadline>();
    send::<shorttail::time::MockClock>();
    sync::<shorttail::time::MockClock>();
    send::<shorttail::time::CoarseClock>();
    sync::<shorttail::time::CoarseClock>();
};

/// The assertions above are the test; this makes the binary report that it ran.
#[test]
fn the_table_compiles() {}
