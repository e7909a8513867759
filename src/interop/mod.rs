//! The blocks behind the traits of other crates, one module a feature.
//!
//! Another crate's types stand in the public interface here and nowhere else, and only with its
//! feature. Nothing here boxes a future, and nothing is on a block's own path: what exports (stats,
//! exemplars, snapshots) is called when somebody looks.

#[cfg(feature = "allocator-api2")]
pub mod allocator_api2;
#[cfg(feature = "futures")]
pub mod futures;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(feature = "moka")]
pub mod moka;
#[cfg(any(feature = "metrics", feature = "serde"))]
mod rows;
#[cfg(feature = "serde")]
pub mod serde;
#[cfg(feature = "tokio")]
pub mod tokio;
#[cfg(feature = "tower")]
pub mod tower;
#[cfg(feature = "tracing")]
pub mod tracing;
