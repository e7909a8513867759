//! The service example: its parts that need no socket, and both arms as a client meets them.
#![allow(
    dead_code,
    reason = "the example's modules are compiled here for their tests; not every part is under test"
)]

#[path = "../../examples/service/args.rs"]
mod args;
#[path = "../../examples/service/client.rs"]
mod client;
#[path = "../../examples/service/json.rs"]
mod json;
#[path = "../../examples/service/machine.rs"]
mod machine;
#[path = "../../examples/service/origin.rs"]
mod origin;
#[path = "../../examples/service/plan.rs"]
mod plan;
#[path = "../../examples/service/service.rs"]
mod service;
#[path = "../../examples/service/stats.rs"]
mod stats;
#[path = "../../examples/service/svg.rs"]
mod svg;
#[path = "../../examples/service/wire.rs"]
mod wire;

mod allocations;
mod answers;
mod arguments;
mod bad_input;
mod give_back;
mod open_loop;
mod output;
mod process;
mod refusals;
mod routes;
mod statistics;
mod traffic;
