//! Pages that the kernel took are counted and brought back, off the way of requests.

use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

use bytes::BufMut;
use shorttail::pool::{BufferPool, PooledBuf};

use crate::page_faults::{faults_in, under_a_sanitizer};

const SLOT: usize = 65_536;
const SLOTS: usize = 64;

fn pool(prefault: bool) -> BufferPool {
    let builder = BufferPool::builder().class(SLOT, SLOTS);
    builder.prefault(prefault).build().unwrap()
}

fn all(pool: &BufferPool) -> Vec<PooledBuf> {
    (0..SLOTS).map(|_| pool.try_acquire(1).unwrap()).collect()
}

/// Gives every page but the first of each slot back to the system, as swapping would.
fn take_pages(bufs: &[PooledBuf]) -> usize {
    let mut bytes = 0;
    for buf in bufs {
        let second = buf
            .as_ptr()
            .map_addr(|start| (start + 4096).next_multiple_of(4096));
        let len = (SLOT - 8192) / 4096 * 4096;
        // SAFETY: whole pages inside the buffer, of which nothing is written yet.
        let code = unsafe { libc::madvise(second.cast_mut().cast(), len, libc::MADV_DONTNEED) };
        assert_eq!(code, 0);
        bytes += len;
    }
    bytes
}

/// Faults while every byte of the buffers is written.
fn faults_of_filling(bufs: &mut [PooledBuf]) -> libc::c_long {
    faults_in(|| {
        for buf in bufs {
            buf.clear();
            buf.put_bytes(7, SLOT);
        }
    })
}

#[test]
fn what_is_gone_is_counted_and_brought_back_under_its_holders() {
    if under_a_sanitizer() {
        return;
    }
    let _alone = crate::without_forks_of_others();
    let pool = pool(true);
    let mut bufs = all(&pool);
    bufs.iter_mut().for_each(|buf| buf.put_slice(b"kept"));
    let fresh = pool.maintain();
    let bytes = fresh.region_bytes;
    assert!(bytes >= SLOT * SLOTS);
    assert_eq!((fresh.absent_bytes, fresh.restored_bytes), (0, bytes));
    let taken = take_pages(&bufs);
    let told = pool.maintain();
    assert_eq!((told.absent_bytes, told.restored_bytes), (taken, bytes));
    assert_eq!(pool.maintain().absent_bytes, 0);
    assert!(bufs.iter().all(|buf| *buf == "kept"));
    assert_eq!(faults_of_filling(&mut bufs), 0);
    // The control: without it there are faults.
    bufs.iter_mut().for_each(PooledBuf::clear);
    take_pages(&bufs);
    assert!(faults_of_filling(&mut bufs) >= SLOTS as libc::c_long);
}

#[test]
fn what_was_not_to_be_resident_is_counted_alone() {
    let pool = pool(false);
    let told = pool.maintain();
    assert_eq!(
        (told.absent_bytes, told.restored_bytes),
        (told.region_bytes, 0)
    );
    all(&pool)[0].put_u8(1);
    assert!(pool.maintain().absent_bytes < told.region_bytes);
}

/// Faults of writing to every buffer while a forked child has a copy of them.
fn faults_beside_a_child(between: impl FnOnce(&BufferPool)) -> libc::c_long {
    let _alone = crate::without_forks_of_others();
    let pool = pool(true);
    let mut bufs = all(&pool);
    faults_of_filling(&mut bufs);
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    // SAFETY: the child makes three system calls, and ends.
    let child = unsafe { libc::fork() };
    assert!(child >= 0);
    if child == 0 {
        let mut byte = 0_u8;
        // SAFETY: the child's copy, which nobody uses: so that it ends when the parent does.
        unsafe { libc::close(ours.as_raw_fd()) };
        // SAFETY: the call writes one byte to the address, which has room for it.
        unsafe { libc::read(theirs.as_raw_fd(), (&raw mut byte).cast(), 1) };
        // SAFETY: ends the child without any exit handler.
        unsafe { libc::_exit(0) }
    }
    between(&pool);
    let faults = faults_of_filling(&mut bufs);
    ours.write_all(&[0]).unwrap();
    // SAFETY: the call waits for our own child, and writes nothing.
    let code = unsafe { libc::waitpid(child, core::ptr::null_mut(), 0) };
    assert_eq!(code, child);
    faults
}

/// Forks make each page copy-on-write: the parent's first write to it is a fault, now or then.
#[test]
fn the_faults_that_a_fork_brings_are_taken_here() {
    if under_a_sanitizer() {
        return;
    }
    let untended = faults_beside_a_child(|_| ());
    assert!(untended >= SLOTS as libc::c_long, "{untended}");
    let tended = faults_beside_a_child(|pool| {
        let told = pool.maintain();
        assert_eq!(told.restored_bytes, told.region_bytes);
    });
    // A few for the test's own stack, which is copied too.
    assert!(tended < 16, "{tended}");
}
