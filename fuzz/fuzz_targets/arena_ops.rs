//! A pool of arenas and a model of it take the same steps and agree to the byte: what is refused,
//! used, left, exchanged and paid back, that what is in an arena stays as it was put there, and
//! that nothing of a wiped one is left behind. The steps are those of the crate's own test,
//! `tests/arena/steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/arena/model.rs"]
mod model;
#[path = "../../tests/arena/pool_model.rs"]
mod pool_model;
#[path = "../../tests/arena/session.rs"]
mod session;
#[path = "../../tests/arena/steps.rs"]
mod steps;

fuzz_target!(|data: &[u8]| steps::run(data));
