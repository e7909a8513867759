//! The blocks behind the traits of other crates, one module a feature.

#[cfg(feature = "allocator-api2")]
pub mod allocator_api2;
#[cfg(feature = "futures")]
pub mod futures;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "moka")]
pub mod moka;
#[cfg(feature = "serde")]
pub mod serde;
#[cfg(feature = "tokio")]
pub mod tokio;
#[cfg(feature = "tower")]
pub mod tower;
