//! Where the counts are kept: one set a thread, and one shard a thread for the whole process.
//!
//! A thread takes a shard at its first allocation and keeps it for good, so that its writes are
//! plain load and store pairs. Threads that come after the last shard was taken share the
//! overflow shard and pay two read-modify-writes an allocation. Shards are not handed on when a
//! thread ends: noticing its end would need a thread-local destructor, and those allocate.

use core::cell::Cell;

use crossbeam_utils::CachePadded;

use super::AllocCounts;
use crate::sync::global::{AtomicU64, Ordering};
use crate::sync::{thread_number, threads_numbered};

/// Threads with a shard of their own: 64 KiB of zeroed memory, none of it touched before use.
const SHARDS: usize = 512;

static SHARD: [CachePadded<Tally>; SHARDS] = [const { CachePadded::new(Tally::new()) }; SHARDS];
static OVERFLOW: CachePadded<Tally> = CachePadded::new(Tally::new());

/// A shard's number before the thread has one.
const UNKNOWN: usize = usize::MAX;

/// One thread's own counts.
struct Local {
    allocs: Cell<u64>,
    reallocs: Cell<u64>,
    frees: Cell<u64>,
    bytes: Cell<u64>,
    shard: Cell<usize>,
}

thread_local! {
    /// Without a destructor and `const`: reading it neither allocates nor registers anything.
    static LOCAL: Local = const {
        Local {
            allocs: Cell::new(0),
            reallocs: Cell::new(0),
            frees: Cell::new(0),
            bytes: Cell::new(0),
            shard: Cell::new(UNKNOWN),
        }
    };
}

/// Counts that several threads read.
#[derive(Debug)]
pub(super) struct Tally {
    allocs: AtomicU64,
    reallocs: AtomicU64,
    frees: AtomicU64,
    bytes: AtomicU64,
}

impl Tally {
    pub(super) const fn new() -> Self {
        Self {
            allocs: AtomicU64::new(0),
            reallocs: AtomicU64::new(0),
            frees: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        }
    }

    /// Adds from any thread.
    #[inline]
    pub(super) fn add(&self, more: AllocCounts) {
        add_shared(&self.allocs, more.allocs);
        add_shared(&self.reallocs, more.reallocs);
        add_shared(&self.frees, more.frees);
        add_shared(&self.bytes, more.bytes);
    }

    pub(super) fn get(&self) -> AllocCounts {
        // Relaxed: statistics; each word is exact, the four are not one instant. [measure-1]
        let [allocs, reallocs, frees, bytes] =
            [&self.allocs, &self.reallocs, &self.frees, &self.bytes]
                .map(|word| word.load(Ordering::Relaxed));
        AllocCounts {
            allocs,
            reallocs,
            frees,
            bytes,
        }
    }
}

#[inline(always)]
fn add_shared(word: &AtomicU64, by: u64) {
    if by != 0 {
        // Relaxed: a statistic; publishes nothing. [measure-1]
        word.fetch_add(by, Ordering::Relaxed);
    }
}

#[inline(always)]
fn add_owned(word: &AtomicU64, by: u64) {
    // Relaxed: a statistic with one writer, so nothing is lost between load and store. [measure-1]
    let sum = word.load(Ordering::Relaxed).wrapping_add(by);
    // Relaxed: as above. [measure-1]
    word.store(sum, Ordering::Relaxed);
}

// The next three differ in which words they touch and are written out for the optimiser: each is
// to become a handful of additions in place. One function that takes the counts to add does not
// (19 ns an allocation and free instead of 2).

/// Counts an allocation of `bytes` by the calling thread. Never allocates.
#[inline(always)]
pub(super) fn count_alloc(bytes: u64) {
    LOCAL.with(|local| {
        add_local(&local.allocs, 1);
        add_local(&local.bytes, bytes);
        let Some(shard) = SHARD.get(local.shard.get()) else {
            return count_without_shard(&local.shard, 1, 0, 0, bytes);
        };
        add_owned(&shard.allocs, 1);
        add_owned(&shard.bytes, bytes);
    });
}

/// Counts a reallocation that grew by `bytes`, as [`count_alloc`].
#[inline(always)]
pub(super) fn count_realloc(bytes: u64) {
    LOCAL.with(|local| {
        add_local(&local.reallocs, 1);
        add_local(&local.bytes, bytes);
        let Some(shard) = SHARD.get(local.shard.get()) else {
            return count_without_shard(&local.shard, 0, 1, 0, bytes);
        };
        add_owned(&shard.reallocs, 1);
        add_owned(&shard.bytes, bytes);
    });
}

/// Counts a free, as [`count_alloc`].
#[inline(always)]
pub(super) fn count_free() {
    LOCAL.with(|local| {
        add_local(&local.frees, 1);
        let Some(shard) = SHARD.get(local.shard.get()) else {
            return count_without_shard(&local.shard, 0, 0, 1, 0);
        };
        add_owned(&shard.frees, 1);
    });
}

#[inline(always)]
fn add_local(count: &Cell<u64>, by: u64) {
    count.set(count.get().wrapping_add(by));
}

/// The first allocation of a thread, and every one of a thread that found no shard left.
#[cold]
#[inline(never)]
fn count_without_shard(own: &Cell<usize>, allocs: u64, reallocs: u64, frees: u64, bytes: u64) {
    own.set(thread_number().min(SHARDS));
    // A shard's one writer may also add to it as if it were one of many.
    let tally = SHARD.get(own.get()).unwrap_or(&OVERFLOW);
    tally.add(AllocCounts {
        allocs,
        reallocs,
        frees,
        bytes,
    });
}

/// What the calling thread has asked of the allocator so far.
#[inline]
pub(super) fn thread_counts() -> AllocCounts {
    LOCAL.with(|local| AllocCounts {
        allocs: local.allocs.get(),
        reallocs: local.reallocs.get(),
        frees: local.frees.get(),
        bytes: local.bytes.get(),
    })
}

/// What all threads have asked of the allocator so far, ended threads included.
pub(super) fn process_counts() -> AllocCounts {
    let taken = threads_numbered().min(SHARDS);
    SHARD[..taken]
        .iter()
        .fold(OVERFLOW.get(), |sum, shard| sum + shard.get())
}
