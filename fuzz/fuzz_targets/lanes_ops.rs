//! A channel with lanes against plain queues and the rule of whose turn it is: every answer, count
//! and wake; every value is dropped once. The steps are those of the crate's own test,
//! `tests/channel/lanes/steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shorttail::channel::OnFull;

#[path = "../../tests/channel/line.rs"]
mod line;
#[path = "../../tests/channel/lanes/oracle.rs"]
mod oracle;
#[path = "../../tests/channel/lanes/steps.rs"]
mod steps;

const POLICIES: [OnFull; 4] = [
    OnFull::Wait,
    OnFull::Reject,
    OnFull::DropOldest,
    OnFull::Shed,
];

/// The capacity and the policy that a byte names.
fn lane(byte: &u8) -> (usize, OnFull) {
    let policy = POLICIES[usize::from(byte % 4)];
    (usize::from(byte / 4 % 5) + 1, policy)
}

fuzz_target!(|data: &[u8]| {
    if let [shape, a, b, c, d, taken @ ..] = data {
        let lanes = [a, b, c, d].map(lane);
        let count = usize::from(shape % 4) + 1;
        // No aging, or each second to fifth receive.
        let aging = [0, 2, 3, 4, 5][usize::from(shape / 4 % 5)];
        steps::run(&lanes[..count], aging, taken);
    }
});
