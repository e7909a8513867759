//! Cores on Linux: the client keeps the lower ones, the arms get the rest, so that neither takes
//! the other's time.

/// The cores this thread may run on, in ascending order.
pub(crate) fn allowed() -> Vec<usize> {
    let mut set = empty();
    // SAFETY: `set` is a `cpu_set_t` of the size given, and 0 names the calling thread.
    let failed = unsafe { libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &raw mut set) };
    if failed != 0 {
        return Vec::new();
    }
    let all = 0..libc::CPU_SETSIZE as usize;
    // SAFETY: `core` is below `CPU_SETSIZE`, the number of bits in the set.
    all.filter(|&core| unsafe { libc::CPU_ISSET(core, &set) })
        .collect()
}

/// Restricts this thread, and those it will start, to `cores`. A refusal changes nothing: the
/// measurement is noisier then, not wrong.
pub(crate) fn stay_on(cores: &[usize]) {
    let mut set = empty();
    for &core in cores
        .iter()
        .filter(|&&core| core < libc::CPU_SETSIZE as usize)
    {
        // SAFETY: `core` is below `CPU_SETSIZE`, the number of bits in the set.
        unsafe { libc::CPU_SET(core, &mut set) };
    }
    // SAFETY: `set` is a `cpu_set_t` of the size given, and 0 names the calling thread.
    let _: i32 =
        unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set) };
}

fn empty() -> libc::cpu_set_t {
    // SAFETY: `cpu_set_t` is an array of integers, for which all zeroes is a value.
    unsafe { core::mem::zeroed() }
}
