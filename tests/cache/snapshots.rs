//! The hottest entries as bytes and back: bounds, order, damage, and what a restore does not do.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::{any, proptest};
use shorttail::cache::{
    Cache, Codec, Export, Lookup, Restore, Restored, Snapshot, SnapshotError, SnapshotWhy, Tag,
    Terms, WarmEnd, Warmer,
};

use super::origin::{Answer, Clocked, LONG, SECOND, set_up};
use super::snapshot_steps;

/// Numbers, with values below 1 000 only.
pub(crate) struct Numbers;

impl Codec<u32, u64> for Numbers {
    fn write_key(&self, key: &u32, into: &mut Vec<u8>) {
        into.extend(key.to_le_bytes());
    }

    fn read_key(&self, bytes: &[u8]) -> Option<u32> {
        bytes.try_into().ok().map(u32::from_le_bytes)
    }

    fn write_value(&self, value: &u64, into: &mut Vec<u8>) -> bool {
        into.extend(value.to_le_bytes());
        *value < 1_000
    }

    fn read_value(&self, bytes: &[u8]) -> Option<u64> {
        bytes.try_into().ok().map(u64::from_le_bytes)
    }
}

pub(crate) type Plain = Cache<u32, u64>;

pub(crate) fn filled(capacity: usize, keys: u32) -> Plain {
    let cache = Cache::builder(capacity).build().unwrap();
    for key in 0..keys {
        cache.insert(key, u64::from(key) + 1).unwrap();
    }
    cache
}

pub(crate) fn exported(cache: &Plain, export: Export) -> Vec<u8> {
    let mut file = Vec::new();
    export.write(cache, &Numbers, &mut file).unwrap();
    file
}

pub(crate) fn restored(cache: &Plain, file: &[u8]) -> Restored {
    let mut snapshot = Snapshot::open(file, &Numbers).unwrap();
    Restore::new().apply(cache, &mut snapshot).unwrap()
}

#[test]
fn the_hottest_come_first_and_the_bounds_hold() {
    let cache = filled(1_000, 900);
    for key in (0..900).step_by(30) {
        for _ in 0..3 {
            cache.get(&key);
        }
    }
    for key in (1..900).step_by(30) {
        cache.get(&key);
    }
    let mut order = Vec::new();
    cache.for_each_hot(|key, value| {
        assert_eq!(*value, u64::from(*key) + 1);
        order.push(*key);
        ControlFlow::Continue(())
    });
    assert_eq!(order.len(), 900);
    assert!(order[..30].iter().all(|key| key % 30 == 0), "three uses");
    assert!(order[30..60].iter().all(|key| key % 30 == 1), "one use");
    order.sort_unstable();
    order.dedup();
    assert_eq!(order.len(), 900);

    let whole = exported(&cache, Export::new());
    let thirty = exported(&cache, Export::new().entries_max(30));
    let mut snapshot = Snapshot::open(&thirty[..], &Numbers).unwrap();
    assert!(snapshot.keys().all(|key| key % 30 == 0));
    assert_eq!(snapshot.finish(), Ok(30));
    for bytes in [
        32,
        33,
        71,
        72,
        1_000,
        whole.len() as u64 - 1,
        whole.len() as u64,
    ] {
        let mut file = Vec::new();
        let export = Export::new().bytes_max(bytes);
        let written = export.write(&cache, &Numbers, &mut file).unwrap();
        assert_eq!(written.bytes, file.len() as u64);
        assert!(
            (bytes.saturating_sub(39)..=bytes).contains(&written.bytes),
            "{bytes}"
        );
        assert_eq!(written.is_cut, bytes < whole.len() as u64);
        assert_eq!(written.entries, (written.bytes - 32) / 40);
    }
    let refused = Export::new()
        .bytes_max(31)
        .write(&cache, &Numbers, &mut Vec::new());
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(cache.stats().hits, 120, "an export is no use");
}

#[test]
fn a_smaller_cache_has_the_hottest_and_a_larger_one_has_all() {
    let cache = filled(200, 200);
    for key in 100..140 {
        cache.get(&key);
    }
    let file = exported(&cache, Export::new());
    let small = filled(50, 0);
    let counts = restored(&small, &file);
    assert_eq!(counts.total(), 200);
    assert_eq!(
        (counts.stored, counts.no_room),
        (small.len() as u64, 200 - small.len() as u64)
    );
    assert!((100..140).all(|key| small.get(&key) == Lookup::Fresh(u64::from(key) + 1)));
    let large = filled(2_000, 0);
    assert_eq!(restored(&large, &file).stored, 200);
    assert!((0..200).all(|key| large.get(&key) == Lookup::Fresh(u64::from(key) + 1)));
}

#[test]
fn what_is_there_is_newer_and_what_was_used_stays() {
    let file = exported(&filled(200, 100), Export::new());
    let cache = filled(200, 0);
    for key in 0..10 {
        cache.insert(key, 500).unwrap();
    }
    cache.insert_negative(10).unwrap();
    let counts = restored(&cache, &file);
    assert_eq!((counts.present, counts.stored), (11, 89));
    assert_eq!(cache.get(&3), Lookup::Fresh(500));
    assert_eq!(cache.get(&10), Lookup::Negative);
    let full = filled(50, 0);
    for key in 1_000..1_050 {
        full.insert(key, 1).unwrap();
        full.get(&key);
    }
    let counts = restored(&full, &file);
    assert_eq!((counts.stored, counts.no_room), (0, 100));
    assert!((1_000..1_050).all(|key| full.contains(&key)));
}

#[test]
fn keys_alone_are_loaded_again_and_not_stored() {
    let cache = filled(20, 0);
    for key in 1..=5 {
        cache.insert(key, 1_000).unwrap();
    }
    cache.insert(6, 6).unwrap();
    let mut file = Vec::new();
    let written = Export::new().write(&cache, &Numbers, &mut file).unwrap();
    assert_eq!((written.entries, written.values), (6, 1));
    let counts = restored(&filled(20, 0), &file);
    assert_eq!((counts.keys_alone, counts.stored), (5, 1));
    let (cache, origin, _clock) = set_up(|builder| builder);
    for key in 1..=6 {
        origin.answer(key, Answer::Value(u64::from(key) * 7));
    }
    let mut snapshot = Snapshot::open(&file[..], &Numbers).unwrap();
    let warmer = Warmer::new();
    assert_eq!(warmer.run(&*cache, snapshot.keys()), WarmEnd::Finished);
    assert_eq!((snapshot.finish(), warmer.progress().done), (Ok(6), 6));
    assert_eq!(cache.get(&5), Lookup::Fresh(35));
}

#[test]
fn time_left_and_tags_come_along() {
    let clock = Clocked::default();
    let build = |ttl| {
        let builder = Cache::<u32, u64>::builder(100).tags(2).ttl(ttl);
        builder.clock(Arc::clone(&clock)).build().unwrap()
    };
    let old = build(100 * SECOND);
    old.insert_for(1, 1, 20 * SECOND).unwrap();
    old.insert_with_terms(2, 2, Terms::new().tag(Tag::new(1)))
        .unwrap();
    old.insert_with_terms(3, 3, Terms::new().ttl(50 * SECOND))
        .unwrap();
    clock.advance(5 * SECOND);
    let mut file = Vec::new();
    Export::new().write(&old, &Numbers, &mut file).unwrap();
    clock.advance(LONG); // of another process, whose clock says nothing here
    let new = build(30 * SECOND);
    let mut snapshot = Snapshot::open(&file[..], &Numbers).unwrap();
    let counts = Restore::new()
        .age(15 * SECOND)
        .apply(&new, &mut snapshot)
        .unwrap();
    assert_eq!(
        (counts.stored, counts.expired),
        (2, 1),
        "15 s were left of the first"
    );
    clock.advance(30 * SECOND - Duration::from_nanos(1));
    assert_eq!(new.get(&2), Lookup::Fresh(2));
    new.invalidate_tag(Tag::new(1)).unwrap();
    assert_eq!((new.get(&2), new.get(&3)), (Lookup::Miss, Lookup::Fresh(3)));
    clock.advance(Duration::from_nanos(1));
    assert_eq!(
        new.get(&3),
        Lookup::Miss,
        "30 s were left, and are this cache's own"
    );
    let untagged = Cache::<u32, u64>::builder(100).build().unwrap();
    let mut snapshot = Snapshot::open(&file[..], &Numbers).unwrap();
    let counts = Restore::new().apply(&untagged, &mut snapshot).unwrap();
    assert_eq!((counts.stored, counts.refused), (2, 1), "it has no tags");
}

#[test]
fn what_is_invalidated_during_a_restore_does_not_come_back() {
    struct Invalidates<'a>(&'a [u8], &'a Plain);
    impl Read for Invalidates<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.0.len() < 200 {
                self.1.invalidate_all();
            }
            self.0.read(into)
        }
    }
    let (old, new) = (filled(100, 20), filled(100, 0));
    let file = exported(&old, Export::new());
    let mut snapshot = Snapshot::open(Invalidates(&file, &new), &Numbers).unwrap();
    let counts = Restore::new().apply(&new, &mut snapshot).unwrap();
    assert_eq!(counts.total(), 20);
    assert!(counts.refused > 2, "{counts:?}");
    assert!((0..20).all(|key| new.get(&key) == Lookup::Miss));
}

#[test]
fn each_changed_byte_and_each_cut_is_found_where_it_is() {
    let file = exported(&filled(100, 5), Export::new());
    for at in 0..file.len() {
        for bit in 0..8 {
            let mut bad = file.clone();
            bad[at] ^= 1 << bit;
            let error = match Snapshot::open(&bad[..], &Numbers) {
                Ok(mut snapshot) => snapshot.finish().unwrap_err(),
                Err(error) => error,
            };
            // The header is 16 bytes, a record 40, and the trailer begins behind the fifth.
            let part = if at < 16 {
                0
            } else {
                16 + (at as u64 - 16) / 40 * 40
            };
            assert_eq!(error.at, part, "byte {at}, bit {bit}: {error}");
        }
        let mut snapshot = match Snapshot::open(&file[..at], &Numbers) {
            Ok(snapshot) => snapshot,
            Err(error) => {
                assert_eq!(
                    error,
                    SnapshotError {
                        at: 0,
                        why: SnapshotWhy::Truncated
                    }
                );
                continue;
            }
        };
        let cache = filled(100, 0);
        let error = Restore::new().apply(&cache, &mut snapshot).unwrap_err();
        assert_eq!(error.why.why, SnapshotWhy::Truncated);
        assert_eq!(error.why.at, 16 + error.restored.stored * 40);
        assert_eq!(cache.len() as u64, error.restored.stored);
    }
}

#[test]
fn a_record_that_is_missing_or_doubled_is_found() {
    let file = exported(&filled(100, 5), Export::new());
    let cut = |from: usize, to: usize| [&file[..from], &file[to..]].concat();
    for (bad, read) in [(cut(56, 96), 4), (cut(96, 56), 6)] {
        let mut snapshot = Snapshot::<_, _, u32, u64>::open(&bad[..], &Numbers).unwrap();
        let why = SnapshotWhy::Records { read, written: 5 };
        assert_eq!(snapshot.finish().unwrap_err().why, why);
    }
    let moved = [&file[..16], &file[56..96], &file[16..56], &file[96..]].concat();
    let mut snapshot = Snapshot::<_, _, u32, u64>::open(&moved[..], &Numbers).unwrap();
    let why = SnapshotWhy::Checksum;
    assert_eq!(snapshot.finish(), Err(SnapshotError { at: 216, why }));
    let other = filled(100, 0);
    other.insert(7, 7).unwrap();
    let strange = exported(&other, Export::new());
    let swapped = [&file[..16], &strange[16..56], &file[56..]].concat();
    let mut snapshot = Snapshot::<_, _, u32, u64>::open(&swapped[..], &Numbers).unwrap();
    assert_eq!(snapshot.finish(), Err(SnapshotError { at: 216, why }));
}

#[test]
fn other_versions_strangers_and_long_parts_are_refused() {
    let file = exported(&filled(100, 1), Export::new());
    let open = |bytes: &[u8]| {
        Snapshot::<_, _, u32, u64>::open(bytes, &Numbers)
            .err()
            .unwrap()
    };
    assert_eq!(open(b"GET / HTTP/1.1\r\n\r\n").why, SnapshotWhy::NoSnapshot);
    // The same header, of version 2, with its checksum.
    let header = *b"stailhot\x02\0\0\0\x29\x42\xC8\x87";
    assert_eq!(open(&header).why, SnapshotWhy::Version(2));
    let mut snapshot = Snapshot::open(&file[..], &Numbers).unwrap().part_max(7);
    let why = SnapshotWhy::TooLong {
        bytes: 8,
        bytes_max: 7,
    };
    let error = SnapshotError { at: 16, why };
    assert_eq!(snapshot.next(), Some(Err(error)));
    assert_eq!((snapshot.next(), snapshot.finish()), (None, Err(error)));
}

#[test]
fn a_codec_that_does_not_know_a_part_says_so() {
    struct Picky(bool);
    impl Codec<u32, u64> for Picky {
        fn write_key(&self, _: &u32, _: &mut Vec<u8>) {}
        fn read_key(&self, _: &[u8]) -> Option<u32> {
            self.0.then_some(1)
        }
    }
    let file = exported(&filled(100, 2), Export::new());
    for (codec, why) in [
        (Picky(false), SnapshotWhy::Key),
        (Picky(true), SnapshotWhy::Value),
    ] {
        let mut snapshot = Snapshot::open(&file[..], &codec).unwrap();
        assert_eq!(snapshot.finish(), Err(SnapshotError { at: 16, why }));
    }
}

#[test]
fn a_failing_sink_or_source_is_an_error() {
    struct Failing(usize);
    impl Write for Failing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(1).ok_or(ErrorKind::BrokenPipe)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(ErrorKind::ConnectionReset.into())
        }
    }
    let cache = filled(100, 5);
    for calls in 0..7 {
        let written = Export::new().write(&cache, &Numbers, &mut Failing(calls));
        assert_eq!(written.unwrap_err().kind(), ErrorKind::BrokenPipe);
    }
    assert_eq!(
        Export::new()
            .write(&cache, &Numbers, &mut Failing(7))
            .unwrap()
            .entries,
        5
    );
    let file = exported(&cache, Export::new());
    let broken = (&file[..60]).chain(Failing(0));
    let mut snapshot = Snapshot::<_, _, u32, u64>::open(broken, &Numbers).unwrap();
    let why = SnapshotWhy::Io(ErrorKind::ConnectionReset);
    assert_eq!(snapshot.finish(), Err(SnapshotError { at: 56, why }));
}

proptest! {
    #[test]
    fn what_is_written_is_read(data in proptest::collection::vec(any::<u8>(), 0..600)) {
        let (file, entries) = snapshot_steps::write(&data);
        let mut expected = HashMap::new();
        for piece in data.chunks(7) {
            let (key, value) = piece.split_at(piece.len().min(2));
            expected.insert(key.to_vec(), value.to_vec());
        }
        let (records, end) = snapshot_steps::read(&file);
        assert_eq!(end, Ok(entries));
        assert_eq!(entries, expected.len() as u64);
        assert!(records.is_sorted_by(|one, other| one.heat >= other.heat));
        for record in records {
            let value = expected.remove(&record.key).unwrap();
            assert_eq!(record.value, (value.len() != 3).then_some(value));
        }
    }

    #[test]
    fn no_bytes_get_past_the_reader(
        data in proptest::collection::vec(any::<u8>(), 0..200),
        at in any::<usize>(),
        change in any::<u8>(),
    ) {
        snapshot_steps::run(&data, at, change);
    }
}
