//! What a pool of arenas counted.

/// What [`ArenaPool::stats`](super::ArenaPool::stats) saw.
///
/// # Examples
/// ```
/// let stats = shorttail::arena::ArenaPool::new(3, 1024).unwrap().stats();
/// assert_eq!(stats.arenas - stats.in_use, 3);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArenaStats {
    /// Arenas in the pool.
    pub arenas: usize,
    /// Arenas lent, forgotten ones included.
    pub in_use: usize,
    /// Acquires that found none, also if they waited then.
    pub refused: u64,
    /// Threads and tasks that wait for one now.
    pub waiting: usize,
    /// Blocks that arenas took from the heap.
    pub grown: u64,
    /// Blocks that a limit, the budget or the heap refused.
    pub growth_refused: u64,
    /// Bytes of the budget that arenas hold now.
    pub grown_bytes: usize,
    /// Spares that are ready to take a grown arena's place.
    pub spares: usize,
    /// Grown arenas exchanged for a spare when they came back.
    pub exchanged: u64,
    /// Grown arenas that came back while no spare was ready, and kept their blocks.
    pub kept: u64,
    /// The size to which [`ArenaPool::maintain`](super::ArenaPool::maintain) rebuilds; zero if
    /// arenas do not grow.
    pub target_bytes: usize,
}
