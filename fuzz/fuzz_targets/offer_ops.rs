//! Offers by each policy against a mutex ring: what is told, what is counted, who is woken, and
//! that every value is dropped once. The steps are those of the crate's own test,
//! `tests/channel/offer_steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shorttail::channel::OnFull;

#[allow(dead_code, reason = "its other half is for other tests")]
#[path = "../../tests/channel/line.rs"]
mod line;
#[path = "../../tests/channel/offer_steps.rs"]
mod offer_steps;
#[allow(dead_code, reason = "its other half is for other tests")]
#[path = "../../tests/channel/oracle.rs"]
mod oracle;

const POLICIES: [OnFull; 4] = [
    OnFull::Wait,
    OnFull::Reject,
    OnFull::DropOldest,
    OnFull::Shed,
];

fuzz_target!(|data: &[u8]| {
    if let [channel, taken @ ..] = data {
        let policy = POLICIES[usize::from(channel % 4)];
        offer_steps::run(policy, usize::from(channel / 4 % 10) + 1, taken);
    }
});
