//! The processor's time stamp counter.

use core::arch::x86_64::{__cpuid, _rdtsc};
use std::env::consts::OS;
use std::fs;

/// Where Linux says which clock it goes by; it takes `tsc` only after it compared the processors.
const SOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

/// Whether the counter goes at one rate, whatever the processor's own is, and alike on all of them.
#[allow(unused_unsafe, reason = "newer compilers take __cpuid for safe")]
pub(super) fn is_steady() -> bool {
    // SAFETY: every x86-64 processor has the instruction.
    let leaf = |number| unsafe { __cpuid(number) };
    let is_invariant = leaf(0x8000_0000).eax >= 0x8000_0007 && leaf(0x8000_0007).edx & 1 << 8 != 0;
    let is_trusted = |source: String| source.trim() == "tsc";
    // A Linux that does not say so, as in a jail without that file, is taken not to trust it.
    is_invariant && fs::read_to_string(SOURCE).map_or(OS != "linux", is_trusted)
}

/// A reading, in ticks; may be taken some tens of nanoseconds before or after its place in the
/// program, as the processor sees fit.
#[inline]
pub(super) fn ticks() -> u64 {
    // SAFETY: every x86-64 processor has the instruction, and user programs may read the counter
    // where the system trusts it.
    unsafe { _rdtsc() }
}
