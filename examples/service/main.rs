//! What do these blocks do to the slowest requests of a whole service? Here is a real HTTP service
//! on them, measured beside the same service written the ordinary way: both, and the ordinary one
//! under mimalloc too, run in a process of their own, are driven with the same traffic in turn, and
//! their percentiles, errors and allocations are printed side by side. What was not given back by
//! the end, a buffer, an arena or a permit, makes the exit status 1.
//!
//! Run: `cargo run --release --example service`; `-- --help` lists what else it can do. Last line:
//! `ordinary+mimalloc: all back: permits 128 of 128, every connection closed`.
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
