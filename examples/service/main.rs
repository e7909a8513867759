//! A real HTTP service on shorttail's blocks, measured beside the same service written the
//! ordinary way.
//!
//! `cargo run --release --example service` starts both, and the ordinary one under mimalloc too,
//! each in a process of its own, drives the same traffic through them in turn, and prints their
//! percentiles, errors and allocations side by side. `--help` lists what else it can do. The last
//! lines say that every buffer, arena and permit came back.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

mod alloc;
mod args;
mod child;
mod client;
#[cfg(target_os = "linux")]
#[path = "cores_linux.rs"]
mod cores;
#[cfg(not(target_os = "linux"))]
#[path = "cores_portable.rs"]
mod cores;
mod delay;
mod driver;
mod faults;
mod json;
mod lines;
mod machine;
mod ordinary;
mod origin;
mod plan;
mod remote;
mod report;
mod retries;
mod service;
#[path = "shorttail/mod.rs"]
mod shorttail_arm;
mod stats;
mod svg;
mod tally;
mod trouble;
mod wire;

use std::process::ExitCode;

use args::Mode;

/// What a shell expects of a program that did not understand its arguments.
const BAD_ARGUMENTS: u8 = 2;

fn main() -> ExitCode {
    let options = match args::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("service: {message}");
            return ExitCode::from(BAD_ARGUMENTS);
        }
    };
    let done = match &options.mode {
        Mode::Help => {
            println!("{}", args::HELP);
            return ExitCode::SUCCESS;
        }
        Mode::Measure { sweep } => driver::measure(&options, *sweep),
        Mode::Faults { faults, strict } => faults::run(&options, faults, *strict),
        Mode::Soak(time) => faults::soak::run(&options, *time),
        Mode::Serve(address) => child::serve(&options, *address),
        Mode::Child => child::run(&options),
    };
    done.unwrap_or_else(|error| {
        eprintln!("service: {error}");
        ExitCode::FAILURE
    })
}
