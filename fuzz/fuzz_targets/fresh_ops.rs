//! Ages, deadlines and CoDel on receive, against a deque and a second CoDel. The steps are those of
//! the crate's own test, `tests/channel/fresh_steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/channel/fresh_steps.rs"]
mod fresh_steps;

use fresh_steps::Rule;

const RULES: [Rule; 3] = [Rule::None, Rule::Folly, Rule::Rfc8289];

fuzz_target!(|data: &[u8]| {
    if let [channel, taken @ ..] = data {
        let rule = RULES[usize::from(channel % 3)];
        fresh_steps::run(usize::from(channel / 3 % 10) + 1, rule, taken);
    }
});
