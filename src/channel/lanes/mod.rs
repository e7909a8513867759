//! Lanes: several bounded queues with one set of receivers, the first lane before the others.

mod builder;
mod closed_future;
mod core;
mod in_line;
mod lane;
mod marks;
#[cfg(all(test, shorttail_loom))]
mod models;
mod offer_future;
mod receiver;
mod recv_future;
mod send_future;
mod sender;
mod source;
mod stats;
mod taker;
mod turns;

pub use builder::Lanes;
pub use closed_future::LanesClosedFuture;
pub use lane::Lane;
pub use offer_future::LaneOfferFuture;
pub use receiver::LanesReceiver;
pub use recv_future::LaneRecvFuture;
pub use send_future::LaneSendFuture;
pub use sender::LanesSender;
pub use stats::LaneStats;
pub(crate) use taker::Taker;
