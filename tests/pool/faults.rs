//! Memory is resident before the first buffer is lent.

#[cfg(target_os = "linux")]
use bytes::BufMut;
#[cfg(target_os = "linux")]
use shorttail::pool::PooledBytes;
use shorttail::pool::{BufferPool, BytesPool};

/// Minor page faults of the calling thread so far.
#[cfg(target_os = "linux")]
pub(crate) fn faults() -> i64 {
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
    let _alone = crate::without_forks_of_others();
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

/// Its slots are the heap's, which gives memory of this size as pages that nobody has touched; the
/// mutant that leaves them so is noticed here.
#[cfg(target_os = "linux")]
#[test]
fn slots_that_become_bytes_fault_no_more() {
    let pool = BytesPool::builder().class(65_536, 256).build().unwrap();
    let source = vec![1_u8; 65_536];
    let mut frozen = Vec::with_capacity(256);
    let before = faults();
    for _ in 0..2 {
        frozen.clear();
        pool.maintain();
        frozen.extend((0..256).map(|_| {
            let mut buf = pool.try_acquire(65_536).unwrap();
            buf.try_put(&source).unwrap();
            buf.freeze()
        }));
    }
    let faults = faults() - before;
    assert!(faults < 16, "{faults} faults");
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

/// A lap through what a pool's users do, on every slot of two classes.
#[cfg(target_os = "linux")]
fn lap(pool: &BufferPool, held: &mut Vec<PooledBytes>, round: usize) {
    for slot in 0..48 {
        let mut buf = pool.try_acquire([1, 1025][slot % 2]).unwrap();
        let room = buf.capacity();
        buf.put_bytes(round as u8, room);
        let mut bytes = buf.freeze();
        let front = bytes.split_to(room / 2);
        drop((bytes.clone(), front.slice(1..)));
        held.push(if round % 2 == 0 { front } else { bytes });
    }
    assert!(pool.try_acquire(1).is_err());
    for (slot, bytes) in held.drain(..).enumerate() {
        assert_eq!(bytes[0], round as u8);
        if slot % 3 == 0 {
            drop(bytes.try_into_mut().unwrap());
        }
    }
}

/// Faults of this thread in `laps` laps after one to warm up, with `between` called in the middle.
#[cfg(target_os = "linux")]
fn faults_of_laps(laps: usize, between: impl FnOnce()) -> i64 {
    let _alone = crate::without_forks_of_others();
    let builder = BufferPool::builder().class(1024, 24).class(65_536, 24);
    let pool = builder.build().unwrap();
    let mut held = Vec::with_capacity(48);
    lap(&pool, &mut held, 0);
    let before = faults();
    (0..laps / 2).for_each(|round| lap(&pool, &mut held, round));
    between();
    (laps / 2..laps).for_each(|round| lap(&pool, &mut held, round));
    faults() - before
}

#[cfg(target_os = "linux")]
#[test]
fn after_one_lap_there_is_no_fault() {
    assert_eq!(faults_of_laps(200, || ()), 0);
}

/// The control: one page that nobody has touched is one fault, and it is seen.
#[cfg(target_os = "linux")]
#[test]
fn a_planted_fault_is_seen() {
    // Beyond the 32 MiB up to which glibc may keep freed blocks, and so hand out touched pages.
    let layout = std::alloc::Layout::from_size_align(40 << 20, 4096).unwrap();
    // SAFETY: the size is not zero.
    let fresh = unsafe { std::alloc::alloc(layout) };
    assert!(!fresh.is_null());
    // SAFETY: inside the allocation, which is a mapping of its own: fresh pages.
    let page = unsafe { fresh.add(4096 * 32) };
    // SAFETY: as above, and nobody else uses it.
    let planted = faults_of_laps(4, || unsafe { page.write_volatile(1) });
    // SAFETY: allocated above with this layout.
    unsafe { std::alloc::dealloc(fresh, layout) };
    assert!(planted > 0);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "stress: twenty seconds"]
fn after_one_lap_there_is_no_fault_for_long() {
    assert_eq!(faults_of_laps(200_000, || ()), 0);
}
