//! FNV-1a (Fowler, Noll and Vo, 1991): a hash that is the same everywhere and for ever.

/// For bytes that were cut off or mixed up and for names; not for what somebody forges.
pub(super) const fn fnv1a(bytes: &[u8]) -> u64 {
    let (mut hash, mut at) = (0xCBF2_9CE4_8422_2325_u64, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01B3);
        at += 1;
    }
    hash
}
