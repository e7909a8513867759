//! No bytes make a reader of snapshots panic or read on behind damage: what it gives is a
//! beginning of what was written, and a byte that was changed is found. The steps are those of the
//! crate's own test, `tests/cache/snapshot_steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/cache/snapshot_steps.rs"]
mod snapshot_steps;

fuzz_target!(|data: &[u8]| {
    if let [low, high, change, bytes @ ..] = data {
        let at = usize::from(u16::from_le_bytes([*low, *high]));
        snapshot_steps::run(bytes, at, *change);
    }
});
