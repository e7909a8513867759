//! What any bytes do to a reader of snapshots; shared with the fuzz target `cache_snapshot`.

use shorttail::cache::{Cache, Codec, Export, Record, Restore, Snapshot, SnapshotWhy};

type Entry = Record<Vec<u8>, Vec<u8>>;

/// Keys of one byte and of many, and values that not every key has.
pub(crate) struct Bytes;

impl Codec<Vec<u8>, Vec<u8>> for Bytes {
    fn write_key(&self, key: &Vec<u8>, into: &mut Vec<u8>) {
        into.extend(key);
    }

    fn read_key(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        Some(bytes.to_vec())
    }

    fn write_value(&self, value: &Vec<u8>, into: &mut Vec<u8>) -> bool {
        into.extend(value);
        value.len() != 3
    }

    fn read_value(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        Some(bytes.to_vec())
    }
}

/// The whole records of a snapshot, and how it ended.
pub(crate) fn read(bytes: &[u8]) -> (Vec<Entry>, Result<u64, SnapshotWhy>) {
    let mut snapshot = match Snapshot::open(bytes, &Bytes) {
        Ok(snapshot) => snapshot.part_max(1 << 16),
        Err(error) => {
            assert_eq!(error.at, 0);
            return (Vec::new(), Err(error.why));
        }
    };
    let records: Vec<_> = snapshot.by_ref().map_while(Result::ok).collect();
    assert!(snapshot.next().is_none(), "it has ended");
    let end = snapshot.finish();
    assert_eq!(records.len() as u64, snapshot.records());
    if let Err(error) = end {
        assert!((16..=bytes.len() as u64).contains(&error.at), "{error}");
    }
    (records, end.map_err(|error| error.why))
}

/// A snapshot of the entries that `data` stands for, one of which is given in full by its length.
pub(crate) fn write(data: &[u8]) -> (Vec<u8>, u64) {
    let cache = Cache::builder(300).build().unwrap();
    for piece in data.chunks(7) {
        let (key, value) = piece.split_at(piece.len().min(2));
        cache.insert(key.to_vec(), value.to_vec()).unwrap();
        if key[0] % 2 == 0 {
            cache.get(key);
        }
    }
    let mut file = Vec::new();
    let written = Export::new().write(&cache, &Bytes, &mut file).unwrap();
    assert_eq!(written.bytes, file.len() as u64);
    assert!(!written.is_cut);
    (file, written.entries)
}

/// Reads `data` as it is; and a snapshot made of it whole, cut short, and with one byte changed.
pub(crate) fn run(data: &[u8], at: usize, change: u8) {
    let (records, end) = read(data);
    if let Ok(count) = end {
        assert_eq!(count, records.len() as u64);
    }
    let (mut file, entries) = write(data);
    let (whole, end) = read(&file);
    assert_eq!(end, Ok(entries));
    let at = at % file.len();
    let (begin, end) = read(&file[..at]);
    assert_eq!(end, Err(SnapshotWhy::Truncated));
    assert!(whole.starts_with(&begin));
    if change != 0 {
        file[at] ^= change;
        let (begin, end) = read(&file);
        assert!(end.is_err(), "byte {at} changed by {change}");
        assert!(whole.starts_with(&begin));
        // What is whole is stored and counted, also by a restore.
        let cache = Cache::builder(300).build().unwrap();
        if let Ok(mut snapshot) = Snapshot::open(&file[..], &Bytes) {
            let error = Restore::new().apply(&cache, &mut snapshot).unwrap_err();
            assert_eq!(error.restored.total(), begin.len() as u64);
            assert_eq!(error.restored.stored, cache.len() as u64);
        }
    }
}
