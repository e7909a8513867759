//! The calling thread on one processor: Linux.

use core::mem::zeroed;

/// Lets the calling thread run on processor `cpu` alone; the system's error number if it will not.
pub(super) fn pin_here(cpu: usize) -> Result<(), i32> {
    if cpu >= libc::CPU_SETSIZE as usize {
        return Err(libc::EINVAL);
    }
    // SAFETY: an array of words, of which zeros are a value.
    let mut set: libc::cpu_set_t = unsafe { zeroed() };
    // SAFETY: the number is below the size of the set, as just seen.
    unsafe { libc::CPU_SET(cpu, &mut set) };
    // SAFETY: the set is there and of this size, and is only read; zero is the calling thread.
    let told = unsafe { libc::sched_setaffinity(0, size_of_val(&set), &raw const set) };
    if told == 0 {
        return Ok(());
    }
    Err(std::io::Error::last_os_error().raw_os_error().unwrap_or(0))
}
