//! No safe call shows a byte that this holder did not write.

use std::io::{self, Read};

use bytes::BufMut;

use crate::pool;

const SECRET: u8 = b'S';

/// A reader that reports what it was given to read into.
struct Peeker {
    seen: Vec<u8>,
}

impl Read for Peeker {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.seen.extend_from_slice(room);
        room[0] = b'r';
        Ok(1)
    }
}

/// Leaves the secret in every byte of the only slot, by every way of writing.
fn plant(pool: &shorttail::pool::BufferPool) {
    let mut buf = pool.try_acquire(64).unwrap();
    buf.put_bytes(SECRET, 32);
    for byte in buf.spare_capacity_mut() {
        byte.write(SECRET);
    }
    // SAFETY: the loop above wrote the rest.
    unsafe { buf.set_len(64) };
    buf.truncate(1);
}

#[test]
fn fresh_buffer_shows_nothing() {
    let pool = pool(64, 1);
    plant(&pool);
    let mut buf = pool.try_acquire(64).unwrap();
    assert!(buf.is_empty());
    buf.try_put(b"x").unwrap();
    assert_eq!(&buf[..], b"x");
    assert_eq!(&buf.freeze()[..], b"x");
}

#[test]
fn reader_sees_zeros_or_what_this_holder_wrote() {
    let pool = pool(64, 1);
    plant(&pool);
    let mut buf = pool.try_acquire(64).unwrap();
    let mut peeker = Peeker { seen: Vec::new() };
    buf.read_from(&mut peeker).unwrap();
    buf.put_bytes(b'w', 10);
    buf.truncate(5);
    buf.read_from(&mut peeker).unwrap();
    assert!(peeker.seen.iter().all(|byte| *byte != SECRET));
    // Lent room may come back in any state, so it is not shown either.
    for byte in buf.spare_capacity_mut() {
        byte.write(b'U');
    }
    buf.read_from(&mut peeker).unwrap();
    assert!(
        peeker
            .seen
            .iter()
            .all(|byte| *byte != SECRET && *byte != b'U')
    );
    assert_eq!(&buf[..], b"rwwwwrr");
}

#[test]
fn thawed_view_does_not_show_the_rest_to_a_reader() {
    let pool = pool(64, 1);
    plant(&pool);
    let bytes = crate::frozen(&pool, b"ab").slice(..1);
    let mut buf = bytes.try_into_mut().unwrap();
    let mut peeker = Peeker { seen: Vec::new() };
    buf.read_from(&mut peeker).unwrap();
    assert_eq!((&buf[..], peeker.seen), (&b"ar"[..], vec![0; 63]));
}

/// Compacting moves a view over what others wrote before it: what is left of that is not shown.
#[test]
fn compacted_buffer_shows_nobody_elses_bytes_to_a_reader() {
    let pool = pool(64, 1);
    plant(&pool);
    let mut bytes = crate::frozen(&pool, &[SECRET; 40]);
    drop(bytes.split_to(38));
    let mut buf = bytes.try_into_mut().unwrap();
    buf.compact();
    let mut peeker = Peeker { seen: Vec::new() };
    buf.read_from(&mut peeker).unwrap();
    assert_eq!((buf.len(), peeker.seen), (3, vec![0; 62]));
}

/// The holder's own bytes need no zeroing: they may be shown, and are.
#[test]
fn compacted_buffer_keeps_what_its_holder_wrote() {
    let pool = pool(64, 1);
    plant(&pool);
    let mut buf = pool.try_acquire(64).unwrap();
    buf.put_bytes(b'w', 10);
    bytes::Buf::advance(&mut buf, 9);
    buf.compact();
    let mut peeker = Peeker { seen: Vec::new() };
    buf.read_from(&mut peeker).unwrap();
    let shown = [&[b'w'; 9][..], &[0; 54]].concat();
    assert_eq!((&buf[..], peeker.seen), (&b"wr"[..], shown));
}
