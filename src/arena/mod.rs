//! Hard-capped, recycled memory for one request at a time.
//!
//! An [`Arena`] hands out pieces of one block of memory and takes them all back at once. The block
//! is taken from the heap by the constructor and never grows: when it is used up, [`ArenaFull`]
//! says so. An [`ArenaPool`] keeps a fixed number of them; [`ArenaPool::try_acquire`] lends one,
//! and the guard's drop resets it and gives it back; [`ArenaPool::acquire`] and its kin wait for
//! one, first come, first served. The arenas of a pool may be allowed to grow, within a budget:
//! [`Overflow`].
//!
//! ```
//! use shorttail::arena::ArenaPool;
//!
//! let pool = ArenaPool::new(4, 16 * 1024)?;
//! let arena = pool.try_acquire().expect("four arenas, none in use");
//! let words: &mut [&str] = arena.try_alloc_slice_copy(&["GET", "/"])?;
//! words[1] = arena.try_alloc_str("/index")?;
//! assert_eq!(*words, ["GET", "/index"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | call | allocates | waits | steps |
//! |---|---|---|---|
//! | [`Arena::new`], [`ArenaPool::new`], [`Builder::build`] | all there will be | no | each page |
//! | [`ArenaPool::try_acquire`], refused or not | no | no | O(1): see its guarantees |
//! | [`ArenaPool::acquire`], `_timeout`, `_deadline` | no | parks the thread | as they came |
//! | [`ArenaPool::acquire_async`] | no | by `await` | the same line |
//! | [`Arena::try_alloc`] and its kin | no | no | O(1), and the copy |
//! | the same, of an arena that [may grow](Overflow::Grow) | when its blocks are used up | no | |
//! | [`Arena::reset`], the guard's drop | no | no | O(1); what was used, to wipe it |
//! | [`ArenaVec::try_push`], [`ArenaString::try_push_str`] | no | no | O(1), or one move of all |
//! | [`ArenaPool::maintain`] | and frees, where arenas grow | no | one rebuild a spare |
//!
//! # What it refuses
//! Values that need to be dropped: nothing in an arena ever is, so a `String` put there would
//! leak on every request. The allocating calls refuse them at compile time; [`ArenaBox`] and
//! [`ArenaVec`] take them, and drop them when they go.
//!
//! # Across `.await`
//! [`Arena`] is `Send` and not `Sync`: one thread at a time. A [`PooledArena`] may be kept in a
//! future that moves between threads. A `&Arena` held across an `.await` makes the future
//! `!Send`; slices and references that it handed out do not, if what they point to is `Sync`. So
//! borrow the arena between awaits, and carry what it gave:
//!
//! ```
//! # use shorttail::arena::ArenaPool;
//! # fn spawn(_: impl Future + Send + 'static) {}
//! let pool = ArenaPool::new(1, 1024).unwrap();
//! spawn(async move {
//!     let lent = pool.acquire_async().await;
//!     let name = lent.try_alloc_str("name").map(|name| &*name);
//!     std::future::ready(()).await; // `lent` and `name` cross it, `&Arena` does not
//!     name.map_or(0, str::len)
//! });
//! ```
//! ```compile_fail
//! # use shorttail::arena::{Arena, ArenaPool};
//! # fn spawn(_: impl Future + Send + 'static) {}
//! let pool = ArenaPool::new(1, 1024).unwrap();
//! spawn(async move {
//!     let lent = pool.acquire_async().await;
//!     let arena: &Arena = &lent;
//!     std::future::ready(()).await; // `&Arena` crosses it
//!     arena.used()
//! });
//! ```
//! A result that borrows from its arena and outlives the function that made it is a [`Frozen`].

mod acquire;
mod boxed;
mod builder;
mod bump;
mod demand;
mod error;
mod frozen;
mod growing;
mod growth;
mod pool;
mod spares;
mod stats;
mod string;
mod vec;

#[cfg(all(test, shorttail_loom))]
mod models;

pub use acquire::AcquireFuture;
pub use boxed::ArenaBox;
pub use builder::{Builder, Overflow};
pub use bump::Arena;
pub use error::{ArenaFull, ConfigError, Exhausted, NoRoom, PushFmtError};
pub use frozen::{Family, Frozen};
pub use pool::{ArenaPool, PooledArena};
pub use stats::ArenaStats;
pub use string::ArenaString;
pub use vec::ArenaVec;
