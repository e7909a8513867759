//! The service example: its parts that need no socket, and both arms as a client meets them.
#![allow(
    dead_code,
    reason = "the example's modules are compiled here for their tests; not every part is under test"
)]

#[path = "../../examples/service/args.rs"]
mod args;
#[path = "../../examples/service/client.rs"]
mod client;
mod faults;
#[path = "../../examples/service/json.rs"]
mod json;
#[path = "../../examples/service/machine.rs"]
mod machine;
#[path = "../../examples/service/origin.rs"]
mod origin;
#[path = "../../examples/service/plan.rs"]
mod plan;
#[path = "../../examples/service/retries.rs"]
mod retries;
#[path = "../../examples/service/service.rs"]
mod service;
#[path = "../../examples/service/stats.rs"]
mod stats;
#[path = "../../examples/service/svg.rs"]
mod svg;
#[path = "../../examples/service/tally.rs"]
mod tally;
#[path = "../../examples/service/trouble.rs"]
mod trouble;
#[path = "../../examples/service/wire.rs"]
mod wire;

mod allocations;
mod answers;
mod arguments;
mod bad_input;
mod fault_counts;
mod fault_series;
mod fault_switches;
mod give_back;
mod open_loop;
mod output;
mod process;
mod refusals;
mod routes;
mod soak;
mod statistics;
mod traffic;
