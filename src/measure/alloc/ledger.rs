//! Where the counts are kept: one set a thread, and one shard a thread for the whole process.
//!
//! A thread takes a shard at its first allocation and keeps it for good, so that its writes are
//! plain load and store pairs. Threads that come after the last shard was taken share the
//! overflow shard and pay two read-modify-writes an allocation. Shards are not handed on when a
//! thread ends: noticing its end would need a thread-local destructor, and those allocate.

use core::cell::Cell;

use crossbeam_utils::CachePadded;

use super::AllocCounts;
use crate::measure::thread_number::{thread_number, threads_numbered};
use crate::sync::global::{AtomicU64, Ordering};

/// Threads with a shard of their own: 64 KiB of zeroed memory, none of it touched before use.
const SHARDS: usize = 512;

static SHARD: [CachePadded<Tally>; SHARDS] = [const { CachePadded::new(Tally::new()) }; SHARDS];
static OVERFLOW: CachePadded<Tally> = CachePadded::new(Tally::new());

/// A shard's number before the thread has one.
const UNKNOWN: usize = usize::MAX;

struct Local {
    counts: Cell<AllocCounts>,
    shard: Cell<usize>,
}

thread_local! {
    /// Without a destructor and `const`: reading it neither allocates nor registers anything.
    static LOCAL: Local = const {
        Local {
            counts: Cell::new(AllocCounts::ZERO),
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

    /// Adds from the one thread that ever adds to this tally.
    #[inline(always)]
    fn add_owned(&self, more: AllocCounts) {
        add_owned(&self.allocs, more.allocs);
        add_owned(&self.reallocs, more.reallocs);
        add_owned(&self.frees, more.frees);
        add_owned(&self.bytes, more.bytes);
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
    if by != 0 {
        // Relaxed: a statistic with one writer, so nothing is lost between load and store. [measure-1]
        let sum = word.load(Ordering::Relaxed).wrapping_add(by);
        // Relaxed: as above. [measure-1]
        word.store(sum, Ordering::Relaxed);
    }
}

/// Adds what the calling thread just asked of the allocator. Never allocates.
#[inline(always)]
pub(super) fn note(more: AllocCounts) {
    LOCAL.with(|local| {
        local.counts.set(local.counts.get() + more);
        match SHARD.get(local.shard.get()) {
            Some(shard) => shard.add_owned(more),
            None => note_without_shard(&local.shard, more),
        }
    });
}

/// The first allocation of a thread, and every one of a thread that found no shard left.
#[cold]
#[inline(never)]
fn note_without_shard(own: &Cell<usize>, more: AllocCounts) {
    own.set(thread_number().min(SHARDS));
    match SHARD.get(own.get()) {
        Some(shard) => shard.add_owned(more),
        None => OVERFLOW.add(more),
    }
}

/// What the calling thread has asked of the allocator so far.
#[inline]
pub(super) fn thread_counts() -> AllocCounts {
    LOCAL.with(|local| local.counts.get())
}

/// What all threads have asked of the allocator so far, ended threads included.
pub(super) fn process_counts() -> AllocCounts {
    let taken = threads_numbered().min(SHARDS);
    SHARD[..taken]
        .iter()
        .fold(OVERFLOW.get(), |sum, shard| sum + shard.get())
}
