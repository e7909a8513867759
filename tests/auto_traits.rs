//! Send, Sync and Unpin of every public type and future, as compile-time assertions.
//! One section a block, in alphabetical order.

const fn send<T: Send>() {}
const fn sync<T: Sync>() {}
const fn unpin<T: Unpin>() {}

/// Ambiguous, and so an error, if `T` is `Sync`.
trait NotSync<Marker> {
    const PROOF: () = ();
}
impl<T: ?Sized> NotSync<()> for T {}
impl<T: ?Sized + Sync> NotSync<u8> for T {}
const fn not_sync<T: NotSync<Marker>, Marker>() {
    T::PROOF
}

// === arena ===

const _: () = {
    send::<shorttail::arena::Arena>();
    send::<shorttail::arena::PooledArena>();
    send::<shorttail::arena::ArenaPool>();
    sync::<shorttail::arena::ArenaPool>();
    unpin::<shorttail::arena::PooledArena>();
    not_sync::<shorttail::arena::Arena, _>();
    not_sync::<shorttail::arena::PooledArena, _>();
};

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
