//! Which of a fixed number of slots are free, and who keeps the memory behind them alive.
//!
//! [`SlotSet`] is a two-level bitmap: words of up to 32 free bits, each on a cache line of its
//! own, and for every 32 words a summary that lists the words worth looking at. A slot always
//! returns to its own bit, so there is no ABA, and a second release that finds it free is seen: not
//! one of a slot that was claimed again, or handed to who waits. [`Owner`] and [`Lease`] tie a set
//! to the memory it hands out. [`Block`] and [`Budget`] are for memory on top of that, and
//! [`touch`] makes either resident.

mod block;
mod budget;
mod dry;
mod lease;
mod line;
mod refused;
mod set;
mod summary;
mod touch;
mod waiting;
mod word;

#[cfg(all(test, shorttail_loom))]
mod models;
#[cfg(all(test, not(shorttail_loom)))]
mod tests;

pub(crate) use block::Block;
pub(crate) use budget::Budget;
pub(crate) use lease::{Lease, Owner};
pub(crate) use set::SlotSet;
pub(crate) use touch::touch;
pub(crate) use waiting::LeaseWait;
