//! A pool whose buffers end as `bytes::Bytes`.

use std::io::{self, Read, Write};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use proptest::prelude::*;
use shorttail::pool::{AcquireError, BytesPool, ConfigError, ReadError};
use tokio::io::AsyncReadExt;

pub(crate) fn pool(slot_bytes: usize, slots: usize) -> BytesPool {
    let builder = BytesPool::builder().class(slot_bytes, slots);
    builder.build().unwrap()
}

pub(crate) fn frozen(pool: &BytesPool, bytes: &[u8]) -> Bytes {
    let mut buf = pool.try_acquire(bytes.len()).unwrap();
    buf.try_put(bytes).unwrap();
    buf.freeze()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn steps_are_as_those_of_the_model(data in prop::collection::vec(any::<u8>(), 0..400)) {
        crate::bytes_steps::run(&data);
    }
}

#[test]
fn classes_are_found_by_size_and_checked() {
    let builder = BytesPool::builder().class(64, 1).class(8, 1);
    let pool = builder.clone().build().unwrap();
    let sizes = [0, 8, 9, 64].map(|len| pool.try_acquire(len).unwrap().capacity());
    assert_eq!(sizes, [8, 8, 64, 64]);
    let oversized = AcquireError::Oversized {
        len: 65,
        slot_bytes_max: 64,
    };
    assert_eq!(pool.try_acquire(65).unwrap_err(), oversized);
    assert_eq!(pool.stats().oversized, 1);

    let refused = |builder: shorttail::pool::BytesBuilder| builder.build().unwrap_err();
    assert_eq!(refused(BytesPool::builder()), ConfigError::NoClasses);
    let twice = ConfigError::DuplicateClass { slot_bytes: 8 };
    assert_eq!(refused(builder.class(8, 7)), twice);
    let (slot_bytes, slots) = (0, 3);
    let empty = ConfigError::EmptyClass { slot_bytes, slots };
    assert_eq!(refused(BytesPool::builder().class(0, 3)), empty);
    for (slot_bytes, slots) in [(usize::MAX, 1), (8, usize::MAX), (u32::MAX as usize, 1)] {
        let large = ConfigError::ClassTooLarge { slot_bytes, slots };
        assert_eq!(
            refused(BytesPool::builder().class(slot_bytes, slots)),
            large
        );
    }
}

#[test]
fn the_next_larger_class_helps_out_where_it_may() {
    let classes = BytesPool::builder().class(8, 1).class(16, 1).class(32, 1);
    for helps in [false, true] {
        let pool = classes.clone().use_next_larger(helps).build().unwrap();
        let _small = pool.try_acquire(8).unwrap();
        let second = pool.try_acquire(8).map(|buf| buf.capacity());
        assert_eq!(second.ok(), helps.then_some(16));
        let _next = pool.try_acquire(16).unwrap();
        assert!(pool.try_acquire(8).unwrap_err().is_exhausted());
        assert_eq!(pool.stats().exhausted, 2);
    }
}

#[test]
fn boundary_counts_are_exact() {
    for slots in [1, 15, 16, 17, 63, 64, 65, 128, 1025] {
        let pool = pool(1, slots);
        let mut all: Vec<_> = (0..slots).map(|_| frozen(&pool, b"x")).collect();
        let (len, slot_bytes) = (1, 1);
        let exhausted = AcquireError::Exhausted {
            len,
            slot_bytes,
            slots,
        };
        assert_eq!(pool.try_acquire(1).unwrap_err(), exhausted);
        all.clear();
        pool.maintain();
        all.extend((0..slots).map(|_| frozen(&pool, b"x")));
        assert!(pool.try_acquire(1).is_err());
    }
}

/// Whatever is kept, a slot that is back is seen in as many calls as there are slots for each look.
#[test]
fn what_is_back_is_seen_in_a_bounded_number_of_calls() {
    for (slots, looks) in [(64, 16), (65, 16), (64, 1), (200, 64), (16, 16), (3, 5)] {
        let builder = BytesPool::builder().class(8, slots).looks(looks);
        let pool = builder.build().unwrap();
        let mut all: Vec<_> = (0..slots).map(|_| frozen(&pool, b"x")).collect();
        // All of them hostages, by many calls in vain.
        (0..4 * slots).for_each(|_| assert!(pool.try_acquire(8).is_err()));
        assert_eq!(pool.stats().hostages, slots);
        for index in 0..slots {
            drop(all.remove(index));
            let calls = slots.div_ceil(looks as usize);
            let seen = (0..calls).find_map(|_| pool.try_acquire(8).ok());
            let buf = seen.unwrap_or_else(|| panic!("slot {index} of {slots} not seen"));
            drop(buf);
            all.insert(index, frozen(&pool, b"x"));
        }
    }
}

/// Seen by what it leaves marked: a slot is a hostage from the second look in vain on.
#[test]
fn a_call_looks_at_no_more_slots_than_it_was_built_with() {
    let builder = BytesPool::builder().class(8, 200).looks(3);
    let pool = builder.build().unwrap();
    let _all: Vec<_> = (0..200).map(|_| frozen(&pool, b"x")).collect();
    pool.maintain();
    for call in 1..=20 {
        assert!(pool.try_acquire(8).is_err());
        assert_eq!(pool.stats().hostages, 3 * call);
    }
}

#[test]
fn hostages_cost_their_slots_and_no_call_of_others() {
    let pool = pool(64, 64);
    let hostages: Vec<_> = (0..60).map(|_| frozen(&pool, b"kept for ever")).collect();
    let slices: Vec<_> = hostages.iter().map(|bytes| bytes.slice(..1)).collect();
    drop(hostages);
    let refusals = (0..1_000).filter(|_| {
        let four: [_; 4] = std::array::from_fn(|_| {
            let mut buf = pool.try_acquire(8).ok()?;
            buf.try_put(b"x").unwrap();
            Some(buf.freeze())
        });
        four.iter().any(Option::is_none)
    });
    // While they are not known as hostages yet, a call's looks may all be spent on them.
    let refusals = refusals.count();
    assert!(refusals < 20, "{refusals} of 1000 rounds");
    assert_eq!(pool.stats().hostages, 60);
    drop(slices);
    pool.maintain();
    assert_eq!((pool.outstanding(), pool.stats().hostages), (0, 0));
}

#[test]
fn slots_that_are_filled_for_long_hide_no_other() {
    // More than a call may look at, less than it may pass.
    let pool = pool(8, 128);
    let mut filling: Vec<_> = (0..127).map(|_| pool.try_acquire(8).unwrap()).collect();
    for _ in 0..1_000 {
        drop(frozen(&pool, b"x"));
        // Two are back now, both unseen, and somewhere among the others.
        let mut done = filling.pop().unwrap();
        done.try_put(b"x").unwrap();
        drop(done.freeze());
        filling.push(pool.try_acquire(8).unwrap());
    }
}

#[test]
fn dropped_unfrozen_or_frozen_empty_is_back_at_once() {
    let pool = pool(64, 1);
    for _ in 0..100 {
        let mut buf = pool.try_acquire(1).unwrap();
        buf.try_put(b"never sent").unwrap();
        drop(buf);
        assert_eq!(pool.outstanding(), 0);
        let empty = pool.try_acquire(1).unwrap().freeze();
        assert_eq!((empty.len(), pool.outstanding()), (0, 0));
    }
}

#[test]
fn a_slot_stays_where_it_is_and_whole() {
    let pool = pool(100, 1);
    let at = pool.try_acquire(1).unwrap().as_ptr();
    assert_eq!(at.align_offset(64), 0);
    for len in (1..=100).cycle().take(1_000) {
        let mut buf = pool.try_acquire(len).unwrap();
        assert_eq!((buf.as_ptr(), buf.capacity()), (at, 100));
        buf.put_bytes(b'x', len);
        let mut bytes = buf.freeze();
        assert_eq!(bytes.as_ptr(), at);
        drop(bytes.split_to(len / 2));
    }
}

#[test]
fn bytes_that_are_made_ones_own_are_copied_and_let_go() {
    let pool = pool(64, 1);
    let mut own = BytesMut::from(frozen(&pool, b"abc"));
    own.extend_from_slice(&[b'd'; 100]);
    let vec = Vec::from(frozen(&pool, b"abc"));
    assert_eq!((own.len(), &vec[..]), (103, &b"abc"[..]));
    let bytes = frozen(&pool, b"abc");
    assert!(!bytes.is_unique());
    let bytes = bytes.try_into_mut().unwrap_err();
    assert!(pool.try_acquire(1).is_err());
    drop(bytes);
    assert!(pool.try_acquire(1).is_ok());
}

#[test]
fn a_full_buffer_refuses_by_every_way_and_stays_in_its_slot() {
    let pool = pool(4, 1);
    let mut buf = pool.try_acquire(4).unwrap();
    let at = buf.as_ptr();
    buf.write_all(b"abc").unwrap();
    let full = buf.try_put(b"de").unwrap_err();
    assert_eq!((full.requested, full.remaining), (2, 1));
    assert!(std::fmt::Write::write_str(&mut buf, "de").is_err());
    assert_eq!(buf.write(b"de").unwrap(), 1);
    assert_eq!(buf.write(b"e").unwrap(), 0);
    assert_eq!(
        buf.write_all(b"e").unwrap_err().kind(),
        io::ErrorKind::WriteZero
    );
    assert!(!buf.has_remaining_mut());
    assert_eq!(buf.chunk_mut().len(), 0);
    assert!(matches!(
        buf.read_from(&mut io::repeat(1)),
        Err(ReadError::Full)
    ));
    assert_eq!((buf.as_ptr(), buf.capacity()), (at, 4));
    assert_eq!(buf.freeze(), "abcd");
}

#[test]
#[should_panic = "requested: 5, remaining: 4"]
fn put_slice_beyond_the_end_panics() {
    pool(4, 1).try_acquire(4).unwrap().put_slice(b"abcde");
}

#[test]
#[should_panic = "advance by 5 in a room of 4"]
fn advance_beyond_the_end_panics() {
    let pool = pool(4, 1);
    let mut buf = pool.try_acquire(4).unwrap();
    // SAFETY: none is needed: the call refuses.
    unsafe { buf.advance_mut(5) };
}

#[test]
fn tokio_reads_to_the_end_of_the_slot_and_a_full_one_is_no_end_of_input() {
    let pool = pool(4, 1);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(async {
        let mut input = &b"abcdef"[..];
        let mut buf = pool.try_acquire(4).unwrap();
        assert_eq!(
            AsyncReadExt::read_buf(&mut input, &mut buf).await.unwrap(),
            4
        );
        assert_eq!(
            AsyncReadExt::read_buf(&mut input, &mut buf).await.unwrap(),
            0
        );
        let full = buf.not_full().unwrap_err();
        assert_eq!((full.requested, full.remaining, input.len()), (1, 0, 2));
        assert_eq!(buf.freeze(), "abcd");
        let mut buf = pool.try_acquire(4).unwrap();
        assert_eq!(
            AsyncReadExt::read_buf(&mut input, &mut buf).await.unwrap(),
            2
        );
        assert_eq!(
            AsyncReadExt::read_buf(&mut input, &mut buf).await.unwrap(),
            0
        );
        assert!(buf.not_full().is_ok()); // the end of the input
    });
}

/// Reports what it is given to read into, and leaves one byte.
struct Peeker(Vec<u8>);

impl Read for Peeker {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.0.extend_from_slice(room);
        room[0] = b'r';
        Ok(1)
    }
}

#[test]
fn no_reader_sees_what_a_former_holder_left() {
    let pool = pool(64, 1);
    let plant = || drop(frozen(&pool, &[b'S'; 64]));
    plant();
    let mut buf = pool.try_acquire(64).unwrap();
    buf.try_put(b"own").unwrap();
    let mut peeker = Peeker(Vec::new());
    assert_eq!(buf.read_from(&mut peeker).unwrap(), 1);
    assert_eq!(peeker.0, [0; 61]);
    // Lent room may be left in any state.
    for byte in buf.spare_capacity_mut() {
        byte.write(b'S');
    }
    peeker.0.clear();
    assert_eq!(buf.read_from(&mut peeker).unwrap(), 1);
    assert_eq!(peeker.0, [0; 60]);
    assert_eq!(buf.freeze(), "ownrr");
    plant();
    assert_eq!(pool.try_acquire(64).unwrap().len(), 0);
}

#[test]
fn a_reader_that_fails_or_unwinds_leaves_what_was_there() {
    struct Broken(bool);
    impl Read for Broken {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            room.fill(b'x');
            match self.0 {
                true => panic!("broken"),
                false => Err(io::ErrorKind::BrokenPipe.into()),
            }
        }
    }
    let pool = pool(64, 1);
    let mut buf = pool.try_acquire(64).unwrap();
    buf.try_put(b"abc").unwrap();
    assert!(matches!(
        buf.read_from(&mut Broken(false)),
        Err(ReadError::Io(_))
    ));
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        drop(buf.read_from(&mut Broken(true)));
    }));
    assert!(unwound.is_err());
    assert_eq!(buf.freeze(), "abc");
}

#[test]
fn memory_outlives_the_pool_as_long_as_its_bytes() {
    let pool = pool(64, 3);
    let bytes = frozen(&pool, b"late");
    let mut owned = pool.try_acquire(64).unwrap().into_owned();
    drop(pool);
    owned.try_put(b"later").unwrap();
    let other = std::thread::spawn(move || owned.freeze());
    assert_eq!(
        (bytes, other.join().unwrap()),
        ("late".into(), "later".into())
    );
}

#[test]
fn an_owned_buffer_is_the_same_and_goes_back_once() {
    let pool = pool(64, 1);
    let mut buf = pool.try_acquire(64).unwrap();
    buf.try_put(b"abc").unwrap();
    let at = buf.as_ptr();
    let owned = buf.into_owned();
    assert!(pool.try_acquire(1).is_err());
    assert_eq!((owned.as_ptr(), &owned[..]), (at, &b"abc"[..]));
    drop(owned.into_owned());
    assert_eq!(pool.outstanding(), 0);
    assert!(pool.try_acquire(1).is_ok());
}

#[test]
fn a_forgotten_buffer_costs_its_slot() {
    let builder = BytesPool::builder().class(64, 2).track_age(true);
    let pool = builder.build().unwrap();
    std::mem::forget(pool.try_acquire(1).unwrap());
    (0..100).for_each(|_| drop(frozen(&pool, b"x")));
    pool.maintain();
    assert_eq!(pool.outstanding(), 1);
    assert_eq!(pool.outstanding_older_than(Duration::ZERO).count(), 1);
}

#[test]
fn the_report_names_what_is_kept_and_since_when() {
    let builder = BytesPool::builder().class(64, 2).class(8, 2);
    let pool = builder.clone().track_age(true).build().unwrap();
    let kept = frozen(&pool, &[1; 20]);
    let filling = pool.try_acquire(3).unwrap();
    drop(frozen(&pool, &[1; 20]));
    let sizes = |age| {
        let older = pool.outstanding_older_than(age);
        older.map(|held| held.slot_bytes).collect::<Vec<_>>()
    };
    assert_eq!(sizes(Duration::ZERO), [8, 64, 64]); // one of them back unseen
    pool.maintain();
    assert_eq!(sizes(Duration::ZERO), [8, 64]);
    assert_eq!(sizes(Duration::from_secs(3_600)), [0; 0]);
    drop((kept, filling));
    pool.maintain();
    assert_eq!(sizes(Duration::ZERO), [0; 0]);

    let silent = builder.build().unwrap();
    let _held = silent.try_acquire(1).unwrap();
    assert_eq!(silent.outstanding_older_than(Duration::ZERO).count(), 0);
}
