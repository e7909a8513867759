//! Memory is resident before the first buffer is lent.

use shorttail::pool::BufferPool;

/// Minor page faults of the calling thread so far.
#[cfg(target_os = "linux")]
fn faults() -> i64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: the call writes one `rusage` to the address, which has room for it.
    let code = unsafe { libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr()) };
    assert_eq!(code, 0);
    // SAFETY: the call succeeded, so it wrote the whole.
    unsafe { usage.assume_init() }.ru_minflt
}

/// Faults while every byte of 256 slots of 64 KiB, 4096 pages and more, is written twice.
#[cfg(target_os = "linux")]
fn faults_of_first_touch(prefault: bool) -> i64 {
    let builder = BufferPool::builder().class(65_536, 256).prefault(prefault);
    let pool = builder.build().unwrap();
    let source = vec![1_u8; 65_536];
    let mut bufs = Vec::with_capacity(256);
    bufs.extend((0..256).map(|_| pool.try_acquire(1).unwrap()));
    let before = faults();
    for _ in 0..2 {
        for buf in &mut bufs {
            buf.clear();
            buf.try_put(&source).unwrap();
        }
    }
    faults() - before
}

/// A handful is allowed for the test's own stack and code.
#[cfg(target_os = "linux")]
#[test]
fn prefaulted_slots_fault_no_more() {
    let faults = faults_of_first_touch(true);
    assert!(faults < 16, "{faults} faults with prefault");
}

/// The control: without it the test above would show nothing. The portable region is zeroed by the
/// allocator, which touches it in any case.
#[cfg(all(target_os = "linux", not(shorttail_portable)))]
#[test]
fn without_prefault_the_first_touch_faults() {
    let faults = faults_of_first_touch(false);
    // Huge pages may cover many slots each.
    assert!(faults >= 8, "{faults} faults without prefault");
}
