//! Minor page faults of the calling thread, after everything else of its own is resident.

use std::hint::black_box;

/// Minor page faults of the calling thread so far.
pub(crate) fn faults() -> libc::c_long {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: the call writes one `rusage` to the address, which has room for it.
    let code = unsafe { libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr()) };
    assert_eq!(code, 0);
    // SAFETY: the call succeeded, so it wrote the whole.
    unsafe { usage.assume_init() }.ru_minflt
}

/// Those of `work`, whose code and data must have been used before: it is the second lap.
pub(crate) fn faults_in(work: impl FnOnce()) -> libc::c_long {
    touch_stack();
    let before = faults();
    work();
    faults() - before
}

/// So that no call from here is the first as deep as it goes.
#[inline(never)]
fn touch_stack() {
    black_box([1_u8; 64 << 10]);
}

/// One fault: the first write to a page that nobody has touched.
pub(crate) fn plant() {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let rights = libc::PROT_READ | libc::PROT_WRITE;
    let nowhere = core::ptr::null_mut();
    // SAFETY: a mapping of its own, of fresh pages, at an address of the kernel's choice.
    let fresh = unsafe { libc::mmap(nowhere, 4096, rights, flags, -1, 0) };
    assert_ne!(fresh, libc::MAP_FAILED);
    // SAFETY: the first byte of the mapping, which nobody else uses.
    unsafe { fresh.cast::<u8>().write_volatile(1) };
    // SAFETY: the mapping above, which nobody uses any more.
    assert_eq!(unsafe { libc::munmap(fresh, 4096) }, 0);
}

/// Whether an address or thread sanitizer is linked in. Its shadow of the memory is pages of its
/// own, one for eight under AddressSanitizer, whose first touch is a fault of who touches what they
/// are the shadow of; under one `mlock` does nothing, and freed memory is kept for a while. What is
/// asked of the kernel's pages is not ours to answer then, and the tests of them do not ask.
///
/// Told by the shadow itself, the only mapping that is larger than any machine's memory.
pub(crate) fn under_a_sanitizer() -> bool {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let found = maps.lines().any(|line| {
        let (range, rest) = line.split_once(' ').unwrap();
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|hex| u64::from_str_radix(hex, 16).unwrap());
        rest.starts_with("rw") && to - from > 1 << 40
    });
    if found {
        eprintln!("skipped: pages are not counted under a sanitizer");
    }
    found
}
