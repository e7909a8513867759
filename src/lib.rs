//! Low-allocation hot-path building blocks that keep tail latency short in services.
#![cfg_attr(shorttail_rtsan, feature(sanitize))]
#![doc(test(attr(deny(warnings))))]

pub mod arena;
pub mod cache;
pub mod channel;
pub mod guide;
pub mod http1;
pub mod measure;
pub mod pool;
pub mod time;

mod ring;
mod slots;
mod sync;
mod wait;

#[cfg(shorttail_chaos)]
pub mod chaos {
    //! Test hooks: hold a thread at a named point. Present under `--cfg shorttail_chaos` only.
    pub use crate::sync::chaos::{Point, Stalled, stall};
}
