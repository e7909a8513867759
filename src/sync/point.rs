//! The named points at which a test may freeze a thread.

/// A place between two steps of a protocol at which a thread may lose its processor.
///
/// A thread held at any one of them delays no non-blocking call, unless the point says so;
/// what else it may delay is said there too. `tests/chaos/` holds one at each; for an example see
/// `stall`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Point {
    /// A sender has claimed its slot and not yet published it.
    SendClaimed,
    /// A receiver has claimed a message and not yet released the slot.
    RecvClaimed,
    /// A waiter is about to link its node.
    WaitLink,
    /// A thread holds the lock of a wait queue's list, where those wait for whom no cell was free.
    /// Their linking, cancelling, and the poll or drop of their futures wait for it, and so do the
    /// wakes that it was asked for.
    WaitLocked,
    /// A notifier has chosen waiters and not yet woken them. One in a cell is woken by the next
    /// notifier that finds nobody else; those from the list sleep on.
    WakePopped,
    /// A waiter was woken and has not yet acted on it. Until the next operation the others sleep
    /// on, though what it was woken for may be there.
    WakeRunning,
    /// A waiter is about to unlink its node on cancel or timeout.
    WaitUnlink,
    /// A handle is in the middle of `close`.
    CloseMiddle,
    /// The last handle of a side is in the middle of its drop.
    LastDrop,
    /// A thread holds the lock of a channel without room. Who waits there, ends its wait, or closes
    /// the channel waits for it; to a `try_` call it is as if nobody were there.
    MeetLocked,
    /// A sender's message stands in its lane, which is not yet marked.
    LanePublished,
    /// A receiver has taken an empty lane's mark away and not yet looked at the lane again.
    LaneDoubted,
    /// A buffer or arena slot was claimed and is not yet in the caller's hands.
    PoolClaimed,
    /// A buffer or arena is about to be given back.
    PoolRelease,
    /// A slot's bit is set and its word is not yet known to be listed.
    SlotReturned,
    /// An empty word of slots is off the list and was not yet looked at again.
    SlotUnlisted,
    /// A grown arena was exchanged for a spare and is not yet in the hands of `maintain`.
    ArenaExchange,
    /// A cache writer has filled a slot and not yet published it.
    CachePublish,
    /// A reader has claimed a cache slot and not yet looked again whether it is the key's. It holds
    /// the slot, whatever is in it by then.
    CacheClaimed,
    /// A reader holds a cache entry.
    CacheReading,
    /// A cache writer holds its shard's lock.
    CacheWriting,
    /// Somebody looks at half a line of a cache's index.
    CacheLine,
    /// What a load brought is stored, or not, and who waits for it has not been told.
    CacheLanding,
    /// A worker has taken a job and not yet begun it. Nobody else runs it.
    WorkerTook,
    /// A worker runs no more jobs and has not yet said so. Who waits for the workers' end waits for
    /// it.
    WorkerLeaving,
    /// A worker has said that it ended, and not yet woken who waits for that: who is asleep by then
    /// sleeps on until the next worker ends, or until its time is over.
    WorkerLeft,
    /// A pool is closed, and who stops it has not yet taken back what is inside.
    WorkersClosed,
}

impl Point {
    /// Every point, for tests that must cover them all; for an example see `tests/chaos`.
    pub const ALL: &'static [Self] = &[
        Self::SendClaimed,
        Self::RecvClaimed,
        Self::WaitLink,
        Self::WaitLocked,
        Self::WakePopped,
        Self::WakeRunning,
        Self::WaitUnlink,
        Self::CloseMiddle,
        Self::LastDrop,
        Self::MeetLocked,
        Self::LanePublished,
        Self::LaneDoubted,
        Self::PoolClaimed,
        Self::PoolRelease,
        Self::SlotReturned,
        Self::SlotUnlisted,
        Self::ArenaExchange,
        Self::CachePublish,
        Self::CacheClaimed,
        Self::CacheReading,
        Self::CacheWriting,
        Self::CacheLine,
        Self::CacheLanding,
        Self::WorkerTook,
        Self::WorkerLeaving,
        Self::WorkerLeft,
        Self::WorkersClosed,
    ];
}
