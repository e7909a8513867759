//! Buffers of fixed sizes from memory that is taken, and made resident, up front.
//!
//! [`BufferPool::try_acquire`] gives a [`PooledBuf`] to fill; [`PooledBuf::freeze`] turns it into
//! [`PooledBytes`] to share, slice and send; when the last of them is dropped, on whatever thread,
//! the slot is free again. None of this allocates, and a refusal is a value that says why.
//!
//! ```
//! use shorttail::pool::{AcquireError, BufferPool};
//!
//! let pool = BufferPool::builder().class(4096, 2).class(65_536, 1).build()?;
//! let mut request = pool.try_acquire(1000)?;
//! request.try_put(b"GET / HTTP/1.1\r\n\r\n")?; // or, as a `bytes::BufMut`, by `put_slice`
//!
//! let frozen = request.freeze();
//! let method = frozen.slice(..3); // shares the slot
//! assert_eq!(&method[..], b"GET");
//!
//! let _other = pool.try_acquire(4096)?;
//! let refused = pool.try_acquire(4096).unwrap_err();
//! assert!(matches!(refused, AcquireError::Exhausted { slot_bytes: 4096, slots: 2, .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | call | allocates | waits | steps |
//! |---|---|---|---|
//! | [`BufferPool::try_acquire`], refused or not | no | no | O(1): see its guarantees |
//! | [`BufferPool::acquire`], `_timeout`, `_deadline` | no | parks the thread | as they came |
//! | [`BufferPool::acquire_async`] | no | by `await` | the same line |
//! | [`LocalPool::try_acquire`], [`put_back`](LocalPool::put_back) | no | no | O(1), plain memory |
//! | with [`Builder::heap_overflow`] | twice, where a class is exhausted | no | and the heap's |
//! | filling a [`PooledBuf`] | no: it never grows | no | the copy |
//! | [`PooledBuf::freeze`], [`PooledBytes::slice`], clone, split, drop | no | no | O(1) |
//! | [`PooledBytes::into_bytes`] | one box of 32 bytes | no | O(1) and that box |
//! | [`BytesPool::try_acquire`], refused or not | no | no | a fixed number of looks at slots |
//! | [`LocalBytes::try_acquire`], [`freeze`](LocalBytes::freeze) | no | no | stock first |
//! | [`BytesBuf::freeze`] into `bytes::Bytes`, and their clones, slices, drops | no | no | O(1) |
//!
//! A [`BytesPool`] is for code that must have [`bytes::Bytes`] and no allocation: what is given up
//! for that is told there.
//!
//! # What is in a fresh buffer
//! Nothing: a [`PooledBuf`] starts with length 0, and no safe call shows a byte of the slot that
//! this holder did not write. The bytes of the last holder are still in the memory, though, unless
//! the pool wipes ([`Builder::wipe`]): they are overwritten on release in debug builds only.
//!
//! # What memory it is
//! Resident before the first buffer is lent ([`Builder::prefault`]). [`Builder::huge_pages`],
//! [`Builder::lock_memory`] and [`Builder::dont_fork`] ask for more, on Linux; what is asked for
//! and not to be had is a [`ConfigError`], never silently left out.
//!
//! A forked child has a copy of the pool: what either side writes from then on the other does not
//! see, its first write to a page costs a fault on either side, and each side has all slots that
//! were free as its own; [`BufferPool::maintain`] takes the parent's faults off its requests. A
//! child may only do what is async-signal-safe, and acquiring and dropping buffers are not said to
//! be. With [`Builder::dont_fork`] it does not have the memory at all.
//!
//! # When all slots are taken
//! A pool refuses, or waits; by [`Builder::use_next_larger`] the next larger class helps out, and
//! by [`Builder::heap_overflow`] the heap does, within a budget of bytes that is kept exactly. A
//! buffer from the heap is used, shared, wiped and dated as any other, and is freed by whoever
//! drops the last handle on it, or handed to who waits for a buffer of its class just then. It
//! lies in none of the pool's [`regions`](BufferPool::regions), nothing was done to make it
//! resident, and its first touch may fault: [`PooledBuf::is_on_heap`] tells.
//!
//! # Leaks and lifetimes
//! The memory is freed when the last pool handle and the last buffer are gone, in any order.
//! A forgotten buffer keeps its slot, and the memory, for good; [`BufferPool::outstanding`] counts
//! it, and [`BufferPool::outstanding_older_than`] names its slot.

mod acquire;
mod buffer_pool;
mod builder;
mod bytes_buf;
mod bytes_builder;
mod bytes_class;
mod bytes_pool;
mod class;
mod error;
mod extent;
mod hostages;
mod lent;
mod local;
mod local_bytes;
mod maintain;
mod memory;
mod overflow;
mod pooled_buf;
mod pooled_buf_traits;
mod pooled_bytes;
mod pooled_bytes_traits;
mod putting;
mod reading;
mod report;
mod since;
mod stats;

#[cfg(all(target_os = "linux", not(shorttail_portable)))]
#[path = "region_linux.rs"]
mod region;
#[cfg(not(all(target_os = "linux", not(shorttail_portable))))]
#[path = "region_portable.rs"]
mod region;

#[cfg(all(test, shorttail_loom))]
mod models;

pub use acquire::AcquireFuture;
pub use buffer_pool::BufferPool;
pub use builder::Builder;
pub use bytes_buf::BytesBuf;
pub use bytes_builder::BytesBuilder;
pub use bytes_pool::BytesPool;
pub use error::{AcquireError, BufferFull, ConfigError, PutFmtError, PutSliceError, ReadError};
pub use local::LocalPool;
pub use local_bytes::LocalBytes;
pub use maintain::Maintained;
pub use memory::{HugePages, MemoryPolicy};
pub use pooled_buf::PooledBuf;
pub use pooled_bytes::PooledBytes;
pub use report::{Outstanding, PoolRegion};
pub use stats::{ClassStats, PoolStats};
