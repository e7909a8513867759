//! Behavior of `shorttail::pool`.

#[cfg(all(target_os = "linux", not(shorttail_portable)))]
mod bursts;
mod bytes_flow;
mod bytes_pool;
mod bytes_steps;
mod classes;
#[cfg(target_os = "linux")]
mod faults;
mod filling;
mod flow;
mod interop;
mod lifetime;
mod local;
mod local_bytes;
#[cfg(all(target_os = "linux", not(shorttail_portable)))]
mod maintain;
mod misuse;
mod model;
mod overflow;
#[cfg(target_os = "linux")]
mod page_faults;
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

#[cfg(target_os = "linux")]
use std::sync::{Mutex, MutexGuard, PoisonError};

use shorttail::pool::{BufferPool, PooledBytes};

/// A pool of one class.
fn pool(slot_bytes: usize, slots: usize) -> BufferPool {
    BufferPool::builder()
        .class(slot_bytes, slots)
        .build()
        .unwrap()
}

/// For who forks, and who counts faults or huge pages: a fork makes every page of the process
/// copy-on-write, and another test's next write to each a fault, which splits a huge page.
#[cfg(target_os = "linux")]
fn without_forks_of_others() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bytes in a slot of their own, from `pool`.
fn frozen(pool: &BufferPool, bytes: &[u8]) -> PooledBytes {
    let mut buf = pool.try_acquire(bytes.len()).unwrap();
    buf.try_put(bytes).unwrap();
    buf.freeze()
}
