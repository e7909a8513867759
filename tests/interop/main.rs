//! The blocks behind the traits of other crates.

mod allocator_api2;
#[allow(dead_code, reason = "its other half is for other tests")]
#[path = "../channel/executor.rs"]
mod executor;
mod futures;
mod http;
mod metrics;
mod metrics_policies;
mod moka;
#[allow(dead_code, reason = "some of it is for other tests")]
#[path = "../cache/origin.rs"]
mod origin;
mod polled;
mod serde;
mod serde_blocks;
mod serde_config;
mod serde_limits;
mod snapshot_steps;
#[allow(dead_code, reason = "some tables are for other tests")]
#[path = "../http1/table/mod.rs"]
mod table;
mod tokio;
mod tokio_io;
mod tower;
mod tower_layers;
mod tower_stack;
mod tracing;
mod whole_service;
