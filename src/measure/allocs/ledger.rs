//! Where the counts are kept: one shard a thread, which is also the thread's own count.
//!
//! A thread takes a shard at its first allocation and keeps it for good, so that its writes are
//! plain load and store pairs. Threads that come after the last shard was taken share the
//! overflow shard, pay two read-modify-writes an allocation, and count for themselves apart.
//! Shards are not handed on when a thread ends: noticing its end would need a thread-local
//! destructor, and those allocate.
//!
//! A thread that is watched (for its first offender, or to strike it with a fault) is taken its
//! shard away for the while. The branch that serves new threads then leads to the watch too, so
//! that watching costs the threads that are not watched nothing.

use core::cell::Cell;
use std::alloc::Layout;

use crossbeam_utils::CachePadded;

use super::call::Call;
use super::{AllocCounts, watch};
use crate::sync::global::{AtomicU64, Ordering};
use crate::sync::{thread_number, threads_numbered};

/// Threads with a shard of their own: 64 KiB of zeroed memory, none of it touched before use.
const SHARDS: usize = 512;

static SHARD: [CachePadded<Tally>; SHARDS] = [const { CachePadded::new(Tally::new()) }; SHARDS];
static OVERFLOW: CachePadded<Tally> = CachePadded::new(Tally::new());

/// What the allocator needs to know of the thread that called it.
struct Local {
    /// The thread's shard, where calls need only be added to it.
    shard: Cell<Option<&'static Tally>>,
    mode: Cell<Mode>,
    /// The thread's own counts, if it came too late for a shard.
    late: Cell<AllocCounts>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Counted,
    /// [`watch`] sees the thread's calls.
    Watched,
    /// The thread works for the watch itself: counted for nobody.
    Hidden,
}

thread_local! {
    /// Without a destructor and `const`: reading it neither allocates nor registers anything.
    static LOCAL: Local = const {
        Local {
            shard: Cell::new(None),
            mode: Cell::new(Mode::Counted),
            late: Cell::new(AllocCounts::NONE),
        }
    };
}

/// Counts that several threads read.
#[derive(Debug)]
pub(super) struct Tally {
    allocs: AtomicU64,
    zeroed: AtomicU64,
    reallocs: AtomicU64,
    frees: AtomicU64,
    bytes: AtomicU64,
}

impl Tally {
    pub(super) const fn new() -> Self {
        Self {
            allocs: AtomicU64::new(0),
            zeroed: AtomicU64::new(0),
            reallocs: AtomicU64::new(0),
            frees: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        }
    }

    /// Adds from any thread.
    #[inline]
    pub(super) fn add(&self, more: AllocCounts) {
        add_shared(&self.allocs, more.allocs);
        add_shared(&self.zeroed, more.zeroed);
        add_shared(&self.reallocs, more.reallocs);
        add_shared(&self.frees, more.frees);
        add_shared(&self.bytes, more.bytes);
    }

    pub(super) fn get(&self) -> AllocCounts {
        // Relaxed: statistics; each word is exact, the five are not one instant. [measure-1]
        let read = |word: &AtomicU64| word.load(Ordering::Relaxed);
        AllocCounts {
            allocs: read(&self.allocs),
            zeroed: read(&self.zeroed),
            reallocs: read(&self.reallocs),
            frees: read(&self.frees),
            bytes: read(&self.bytes),
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

// The next four differ in which words they touch and are written out for the optimiser: each is
// to become a handful of additions in place. One function that takes the counts to add does not
// (19 ns an allocation and free instead of 2).

/// Counts an allocation by the calling thread, and says whether it is to be refused.
///
/// Never allocates for itself; a watch that takes a backtrace does, and hides it.
#[inline(always)]
pub(super) fn count_alloc(layout: Layout) -> bool {
    LOCAL.with(|local| {
        let Some(shard) = local.shard.get() else {
            return count_without_shard(local, Call::Alloc(layout));
        };
        add_owned(&shard.allocs, 1);
        add_owned(&shard.bytes, layout.size() as u64);
        false
    })
}

/// Counts an allocation of zeroed memory, as [`count_alloc`].
#[inline(always)]
pub(super) fn count_zeroed(layout: Layout) -> bool {
    LOCAL.with(|local| {
        let Some(shard) = local.shard.get() else {
            return count_without_shard(local, Call::Zeroed(layout));
        };
        add_owned(&shard.allocs, 1);
        add_owned(&shard.zeroed, 1);
        add_owned(&shard.bytes, layout.size() as u64);
        false
    })
}

/// Counts a reallocation to `new_size`, as [`count_alloc`].
#[inline(always)]
pub(super) fn count_realloc(layout: Layout, new_size: usize) -> bool {
    let growth = new_size.saturating_sub(layout.size()) as u64;
    LOCAL.with(|local| {
        let Some(shard) = local.shard.get() else {
            return count_without_shard(local, Call::Realloc { layout, new_size });
        };
        add_owned(&shard.reallocs, 1);
        add_owned(&shard.bytes, growth);
        false
    })
}

/// Counts a free, as [`count_alloc`]; it cannot be refused.
#[inline(always)]
pub(super) fn count_free() {
    LOCAL.with(|local| {
        let Some(shard) = local.shard.get() else {
            count_without_shard(local, Call::Free);
            return;
        };
        add_owned(&shard.frees, 1);
    });
}

/// The first allocation of a thread, every one of a thread that found no shard left, and every
/// one of a thread that is watched.
#[cold]
#[inline(never)]
fn count_without_shard(local: &Local, call: Call) -> bool {
    let mode = local.mode.get();
    if mode == Mode::Hidden {
        return false;
    }
    let counts = call.counts();
    if let Some(own) = own_shard() {
        // A shard's one writer may also add to it as if it were one of many.
        own.add(counts);
        if mode == Mode::Counted {
            local.shard.set(Some(own));
        }
    } else {
        OVERFLOW.add(counts);
        local.late.set(local.late.get() + counts);
    }
    mode == Mode::Watched && watch::strikes(call)
}

fn own_shard() -> Option<&'static Tally> {
    SHARD.get(thread_number()).map(|shard| &**shard)
}

fn set_mode(local: &Local, mode: Mode) {
    local.mode.set(mode);
    // A thread that is counted again finds its shard at its next allocation.
    local.shard.set(None);
}

/// From here on, [`watch::strikes`] is asked about every call of this thread, or no longer.
pub(super) fn set_watched(watched: bool) {
    let mode = if watched {
        Mode::Watched
    } else {
        Mode::Counted
    };
    LOCAL.with(|local| set_mode(local, mode));
}

/// Runs `work` uncounted and unwatched. `work` does not unwind: it runs inside the allocator.
pub(super) fn hidden<R>(work: impl FnOnce() -> R) -> R {
    LOCAL.with(|local| {
        let mode = local.mode.get();
        set_mode(local, Mode::Hidden);
        let result = work();
        set_mode(local, mode);
        result
    })
}

/// What the calling thread has asked of the allocator so far.
#[inline]
pub(super) fn thread_counts() -> AllocCounts {
    own_shard().map_or_else(|| LOCAL.with(|local| local.late.get()), Tally::get)
}

/// What all threads have asked of the allocator so far, ended threads included.
pub(super) fn process_counts() -> AllocCounts {
    let taken = threads_numbered().min(SHARDS);
    SHARD[..taken]
        .iter()
        .fold(OVERFLOW.get(), |sum, shard| sum + shard.get())
}
