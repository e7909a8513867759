//! What a pool that wipes leaves behind, and what it touches.

use std::io::{self, Read};

use bytes::{Buf, BufMut};
use shorttail::pool::{BufferPool, PooledBuf};

const SLOT: usize = 64;
const SECRET: u8 = b'S';

fn wiping(slot_bytes: usize) -> BufferPool {
    let builder = BufferPool::builder().class(slot_bytes, 1);
    builder.prefault(false).wipe(true).build().unwrap()
}

/// The bytes of the only slot of `pool` after `hold` is done with the buffer.
fn left_by(pool: &BufferPool, hold: impl FnOnce(PooledBuf)) -> [u8; SLOT] {
    let buf = pool.try_acquire(1).unwrap();
    let start = buf.as_ptr();
    hold(buf);
    assert_eq!(pool.outstanding(), 0);
    // SAFETY: the pool keeps the slot mapped, its bytes were zeroed by the kernel at least, and
    // nobody holds it.
    unsafe { start.cast::<[u8; SLOT]>().read_volatile() }
}

/// A reader that leaves more than it says.
struct Scribbler;

impl Read for Scribbler {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        room.fill(SECRET);
        Ok(1)
    }
}

type Way = (&'static str, fn(PooledBuf));

/// Holds one after another, so that what one leaves marked or dirty shows in the next.
#[test]
fn no_way_of_writing_leaves_a_byte() {
    let pool = wiping(SLOT);
    let ways: [Way; 12] = [
        ("put", |mut buf| buf.try_put(&[SECRET; SLOT]).unwrap()),
        ("put and cleared", |mut buf| {
            buf.try_put(&[SECRET; SLOT]).unwrap();
            buf.clear();
            buf.try_put(b"x").unwrap();
        }),
        ("lent and not counted", |mut buf| {
            buf.spare_capacity_mut()[SLOT - 1].write(SECRET);
        }),
        ("put, then lent, then cleared", |mut buf| {
            buf.try_put(&[SECRET; 40]).unwrap();
            buf.clear();
            buf.spare_capacity_mut()[0].write(SECRET);
        }),
        ("by BufMut", |mut buf| buf.put_bytes(SECRET, SLOT)),
        ("read", |mut buf| {
            buf.read_from(&mut Scribbler).unwrap();
        }),
        ("frozen and shared", |mut buf| {
            buf.try_put(&[SECRET; SLOT]).unwrap();
            let bytes = buf.freeze();
            let part = bytes.slice(3..5);
            drop((bytes, part));
        }),
        ("thawed from the middle", |mut buf| {
            buf.try_put(&[SECRET; 20]).unwrap();
            let mut bytes = buf.freeze();
            bytes.advance(20);
            let mut buf = bytes.try_into_mut().unwrap();
            buf.try_put(&[SECRET; SLOT - 20]).unwrap();
        }),
        ("taken from the front", |mut buf| {
            buf.try_put(&[SECRET; SLOT]).unwrap();
            buf.advance(SLOT);
        }),
        ("compacted", |mut buf| {
            buf.try_put(&[SECRET; SLOT]).unwrap();
            buf.advance(SLOT - 1);
            buf.compact();
        }),
        ("thawed from the middle, then compacted", |mut buf| {
            buf.try_put(&[SECRET; 20]).unwrap();
            let mut bytes = buf.freeze();
            bytes.advance(10);
            let mut buf = bytes.try_into_mut().unwrap();
            buf.put_slice(&[SECRET; SLOT - 20]);
            buf.truncate(1);
            buf.compact();
        }),
        ("as bytes::Bytes", |mut buf| {
            buf.try_put(&[SECRET; SLOT]).unwrap();
            drop(buf.freeze().into_bytes().slice(1..));
        }),
    ];
    for (way, hold) in ways {
        assert_eq!(left_by(&pool, hold), [0; SLOT], "{way}");
    }
}

/// What a worker keeps for itself is as clean as what it gives back.
#[test]
fn a_workers_stock_is_wiped_too() {
    let pool = wiping(SLOT);
    let mut local = pool.local();
    let mut buf = local.try_acquire(1).unwrap();
    buf.try_put(&[SECRET; SLOT]).unwrap();
    let start = buf.as_ptr();
    local.put_back(buf);
    // SAFETY: the pool keeps the slot mapped, and the stock that has it leaves it alone.
    let left = unsafe { start.cast::<[u8; SLOT]>().read_volatile() };
    assert_eq!(left, [0; SLOT]);
}

/// The control: without the policy something is left.
#[test]
fn without_wiping_something_is_left() {
    let pool = crate::pool(SLOT, 1);
    let left = left_by(&pool, |mut buf| buf.try_put(&[SECRET; SLOT]).unwrap());
    assert_ne!(left, [0; SLOT]);
}

/// Bytes of a slot whose pages are counted.
#[cfg(all(target_os = "linux", not(shorttail_portable)))]
const WIDE: usize = 1 << 20;

#[cfg(all(target_os = "linux", not(shorttail_portable)))]
fn resident_pages(start: *const u8) -> usize {
    let mut resident = [0_u8; WIDE / 4096];
    let to = resident.as_mut_ptr();
    // SAFETY: the call looks at 256 pages' state and writes a byte for each.
    let code = unsafe { libc::mincore(start.cast_mut().cast(), WIDE, to) };
    assert_eq!(code, 0);
    resident.iter().filter(|page| **page & 1 == 1).count()
}

/// Pages that became resident under a buffer that `hold` had and dropped.
#[cfg(all(target_os = "linux", not(shorttail_portable)))]
fn pages_touched(hold: fn(PooledBuf)) -> usize {
    let pool = wiping(WIDE);
    let buf = pool.try_acquire(1).unwrap();
    let start = buf.as_ptr();
    hold(buf);
    resident_pages(start)
}

#[cfg(all(target_os = "linux", not(shorttail_portable)))]
#[test]
fn only_what_is_dirty_is_touched() {
    assert_eq!(pages_touched(drop), 0);
    let put = |mut buf: PooledBuf| buf.try_put(&[SECRET; 10]).unwrap();
    assert_eq!(pages_touched(put), 1);
    let put_and_freeze = |mut buf: PooledBuf| {
        buf.try_put(&[SECRET; 8193]).unwrap();
        drop(buf.freeze());
    };
    assert_eq!(pages_touched(put_and_freeze), 3);
    let lend = |mut buf: PooledBuf| {
        buf.spare_capacity_mut()[9].write(SECRET);
    };
    assert_eq!(pages_touched(lend), 256);
}

/// The mark goes back with the slot: pages given back to the system are not touched again.
#[cfg(all(target_os = "linux", not(shorttail_portable)))]
#[test]
fn the_next_holder_does_not_pay_for_the_last() {
    let pool = wiping(WIDE);
    let mut buf = pool.try_acquire(1).unwrap();
    let start = buf.as_ptr();
    buf.try_put(&[SECRET; 9000]).unwrap();
    drop(buf);
    // SAFETY: nobody holds the slot, and it is zeroed before and after.
    let code = unsafe { libc::madvise(start.cast_mut().cast(), WIDE, libc::MADV_DONTNEED) };
    assert_eq!((code, resident_pages(start)), (0, 0));
    pool.try_acquire(1).unwrap().try_put(b"x").unwrap();
    assert_eq!(resident_pages(start), 1);
}
