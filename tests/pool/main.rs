//! Behavior of `shorttail::pool`.

mod classes;
mod faults;
mod filling;
mod flow;
mod interop;
mod lifetime;
mod local;
mod misuse;
mod model;
mod overflow;
#[cfg(all(target_os = "linux", not(shorttail_portable)))]
mod policies_linux;
#[cfg(not(all(target_os = "linux", not(shorttail_portable))))]
mod policies_portable;
mod report;
mod secrets;
mod steps;
mod traits;
mod waiting;
mod wiping;

use shorttail::pool::{BufferPool, PooledBytes};

/// A pool of one class.
fn pool(slot_bytes: usize, slots: usize) -> BufferPool {
    BufferPool::builder()
        .class(slot_bytes, slots)
        .build()
        .unwrap()
}

/// Bytes in a slot of their own, from `pool`.
fn frozen(pool: &BufferPool, bytes: &[u8]) -> PooledBytes {
    let mut buf = pool.try_acquire(bytes.len()).unwrap();
    buf.try_put(bytes).unwrap();
    buf.freeze()
}
