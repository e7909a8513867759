//! Behaviour of `shorttail::measure::trial`, on a mock clock: nothing sleeps, nothing is timed.
#![cfg(feature = "trial")]

mod freeze;
mod gate;
mod ledger_steps;
mod misuse;
mod output;
mod settings;
mod shapes;
mod toggle;
