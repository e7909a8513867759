//! Reading a snapshot, record by record.

use core::fmt;
use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::time::Duration;
use std::io::{ErrorKind, Read};

use super::super::slot::NEVER;
use super::super::tag::Tag;
use super::codec::Codec;
use super::crc::Crc;
use super::error::{SnapshotError, SnapshotWhy};
use super::{CHECKSUM, HEAD, HEADER, MAGIC, NONE, PART_MAX, TRAILER, VERSION};

/// What is read at a time, so that memory is taken for bytes that are there.
const CHUNK: usize = 64 << 10;

/// A snapshot that is read: an iterator over its records, the hottest first, which ends after the
/// last or with the first error.
///
/// `R` is a file, a socket of a peer, or bytes in memory; give it a buffer if reading it is a
/// system call. Nothing is read beyond the trailer. Every record was checked before it is given,
/// but that none is missing is known at the end only: [`finish`](Self::finish) says so.
///
/// `next` waits for `R`, and reads one record. Allocates one buffer, which grows to the longest key
/// and value together, and what the codec does.
///
/// # Examples
/// ```
/// use shorttail::cache::{Cache, Codec, Export, Load, Snapshot, WarmEnd, Warmer};
///
/// struct Ids;
/// impl<V> Codec<u64, V> for Ids {
///     fn write_key(&self, key: &u64, into: &mut Vec<u8>) {
///         into.extend(key.to_le_bytes());
///     }
///     fn read_key(&self, bytes: &[u8]) -> Option<u64> {
///         bytes.try_into().ok().map(u64::from_le_bytes)
///     }
/// }
/// struct Squares;
/// impl Load<u64, u64> for Squares {
///     type Error = ();
///     fn load(&self, key: &u64) -> Result<Option<u64>, ()> {
///         Ok(Some(key * key))
///     }
/// }
///
/// let old = Cache::builder(1_000).build().unwrap();
/// for key in 0..500_u64 {
///     old.insert(key, key * key).unwrap();
/// }
/// let mut file = Vec::new();
/// Export::new().write(&old, &Ids, &mut file).unwrap();
///
/// // After the restart, or at a peer.
/// let new = Cache::builder(1_000).loader(Squares).build().unwrap();
/// let snapshot = Snapshot::<_, _, u64, u64>::open(&file[..], &Ids).unwrap();
/// let mut snapshot = snapshot.part_max(1 << 10);
/// assert_eq!(Warmer::new().concurrency(2).run(&new, snapshot.keys()), WarmEnd::Finished);
/// assert_eq!(snapshot.finish(), Ok(500));
/// assert_eq!((snapshot.records(), new.len()), (500, 500));
/// ```
pub struct Snapshot<'a, R, C: ?Sized, K, V> {
    from: R,
    codec: &'a C,
    part_max: u32,
    /// Bytes read, whole parts alone.
    at: u64,
    /// Of all checksums so far.
    whole: Crc,
    records: u64,
    state: State,
    buffer: Vec<u8>,
    of: PhantomData<fn() -> (K, V)>,
}

#[derive(Clone, Copy)]
enum State {
    Open,
    Over,
    Broken(SnapshotError),
}

/// One entry of a snapshot.
///
/// # Examples
/// ```
/// use shorttail::cache::Record;
/// let key = |record: Record<u64, String>| record.key;
/// # let _ = key;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record<K, V> {
    /// Its key.
    pub key: K,
    /// Its value, if it was written with it.
    pub value: Option<V>,
    /// How much longer it was fresh when it was written; `None` if it had no end.
    pub ttl: Option<Duration>,
    /// The group that it belonged to.
    pub tag: Option<Tag>,
    /// How hot it was, up to 8: 1 and its uses in the small queue, 5 and its uses in the main one.
    pub heat: u16,
}

impl<'a, R: Read, C: Codec<K, V> + ?Sized, K, V> Snapshot<'a, R, C, K, V> {
    /// Reads the header. Waits for `from`; allocates nothing by itself.
    ///
    /// # Errors
    /// [`SnapshotError`] if it is no snapshot, or of another version.
    /// # Examples
    /// See [`Snapshot`].
    pub fn open(from: R, codec: &'a C) -> Result<Self, SnapshotError> {
        let mut snapshot = Self {
            from,
            codec,
            part_max: PART_MAX as u32,
            at: 0,
            whole: Crc::new(),
            records: 0,
            state: State::Open,
            buffer: Vec::new(),
            of: PhantomData,
        };
        snapshot
            .header()
            .map_err(|why| SnapshotError { at: 0, why })?;
        Ok(snapshot)
    }

    /// The longest key, and the longest value, that is taken, in bytes: 2^30 if not set, and at
    /// most. Memory is taken as the bytes come, 64 KiB at a time. For an example see [`Snapshot`].
    #[must_use]
    pub fn part_max(mut self, bytes: u32) -> Self {
        self.part_max = bytes.min(PART_MAX as u32);
        self
    }

    /// The keys, for a [`Warmer`](crate::cache::Warmer). They end with the first error, which
    /// [`finish`](Self::finish) tells. For an example see [`Snapshot`].
    pub const fn keys(&mut self) -> SnapshotKeys<'_, 'a, R, C, K, V> {
        SnapshotKeys(self)
    }

    /// Records read so far; for an example see [`Snapshot`].
    #[must_use]
    pub const fn records(&self) -> u64 {
        self.records
    }

    /// Reads on to the end, and says how many records there are in all. Waits for the source, and
    /// reads the records that are left as the iterator does.
    ///
    /// # Errors
    /// The [`SnapshotError`] that ended it, now or earlier.
    /// # Examples
    /// See [`Snapshot`].
    pub fn finish(&mut self) -> Result<u64, SnapshotError> {
        loop {
            match self.state {
                State::Over => return Ok(self.records),
                State::Broken(error) => return Err(error),
                State::Open => drop(self.next()),
            }
        }
    }

    fn header(&mut self) -> Result<(), SnapshotWhy> {
        let mut header = [0; HEADER];
        self.fill(&mut header)?;
        if header[..MAGIC.len()] != MAGIC {
            return Err(SnapshotWhy::NoSnapshot);
        }
        let (checked, checksum) = header.split_at(HEADER - CHECKSUM);
        if Crc::of(checked) != word(checksum) {
            return Err(SnapshotWhy::Checksum);
        }
        match u16::from_le_bytes([header[8], header[9]]) {
            VERSION => {}
            other => return Err(SnapshotWhy::Version(other)),
        }
        self.at = HEADER as u64;
        Ok(())
    }

    /// The next record; `None` after the trailer.
    fn part(&mut self) -> Result<Option<Record<K, V>>, SnapshotWhy> {
        let mut head = [0; HEAD];
        let (first, rest) = head.split_at_mut(TRAILER);
        self.fill(first)?;
        if word(first) == NONE {
            self.trailer(&head[..TRAILER])?;
            return Ok(None);
        }
        self.fill(rest)?;
        let (checked, checksum) = head.split_at(HEAD - CHECKSUM);
        if Crc::of(checked) != word(checksum) {
            return Err(SnapshotWhy::Checksum);
        }
        self.whole.add(checksum);
        let (key, value) = (word(&head), word(&head[4..]));
        let longest = if value == NONE { key } else { key.max(value) };
        if longest > self.part_max {
            let (bytes, bytes_max) = (longest, self.part_max);
            return Err(SnapshotWhy::TooLong { bytes, bytes_max });
        }
        let has_value = value != NONE;
        let (key, value) = (key as usize, if has_value { value as usize } else { 0 });
        self.take(key + value)?;
        let mut checksum = [0; CHECKSUM];
        self.fill(&mut checksum)?;
        if Crc::of(&self.buffer) != word(&checksum) {
            return Err(SnapshotWhy::Checksum);
        }
        self.whole.add(&checksum);
        let (key_bytes, value_bytes) = self.buffer.split_at(key);
        let decoded = self.codec.read_key(key_bytes).ok_or(SnapshotWhy::Key)?;
        let loaded =
            has_value.then(|| self.codec.read_value(value_bytes).ok_or(SnapshotWhy::Value));
        let loaded = loaded.transpose()?;
        self.at += (HEAD + key + value + CHECKSUM) as u64;
        self.records += 1;
        let left_ns = u64::from_le_bytes(head[12..20].try_into().expect("eight bytes"));
        Ok(Some(Record {
            key: decoded,
            value: loaded,
            ttl: (left_ns != NEVER).then(|| Duration::from_nanos(left_ns)),
            tag: u16::from_le_bytes([head[8], head[9]])
                .checked_sub(1)
                .map(Tag::new),
            heat: u16::from_le_bytes([head[10], head[11]]),
        }))
    }

    fn trailer(&mut self, trailer: &[u8]) -> Result<(), SnapshotWhy> {
        let (checked, checksum) = trailer.split_at(TRAILER - CHECKSUM);
        let written = u64::from_le_bytes(checked[4..].try_into().expect("eight bytes"));
        if written != self.records {
            let read = self.records;
            return Err(SnapshotWhy::Records { read, written });
        }
        self.whole.add(checked);
        if self.whole.value() != word(checksum) {
            return Err(SnapshotWhy::Checksum);
        }
        self.at += TRAILER as u64;
        Ok(())
    }

    /// Reads `bytes` into the buffer.
    fn take(&mut self, bytes: usize) -> Result<(), SnapshotWhy> {
        let mut buffer = core::mem::take(&mut self.buffer);
        buffer.clear();
        let mut result = Ok(());
        while result.is_ok() && buffer.len() < bytes {
            let from = buffer.len();
            buffer.resize(bytes.min(from + CHUNK), 0);
            result = self.fill(&mut buffer[from..]);
        }
        self.buffer = buffer;
        result
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), SnapshotWhy> {
        self.from
            .read_exact(bytes)
            .map_err(|error| match error.kind() {
                ErrorKind::UnexpectedEof => SnapshotWhy::Truncated,
                other => SnapshotWhy::Io(other),
            })
    }
}

fn word(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes[..4].try_into().expect("four bytes"))
}

impl<R: Read, C: Codec<K, V> + ?Sized, K, V> Iterator for Snapshot<'_, R, C, K, V> {
    type Item = Result<Record<K, V>, SnapshotError>;

    fn next(&mut self) -> Option<Self::Item> {
        let State::Open = self.state else {
            return None;
        };
        match self.part() {
            Ok(Some(record)) => Some(Ok(record)),
            Ok(None) => {
                self.state = State::Over;
                None
            }
            Err(why) => {
                let error = SnapshotError { at: self.at, why };
                self.state = State::Broken(error);
                Some(Err(error))
            }
        }
    }
}

impl<R: Read, C: Codec<K, V> + ?Sized, K, V> FusedIterator for Snapshot<'_, R, C, K, V> {}

/// The keys of a snapshot, read as [`Snapshot`] reads its records; made by [`Snapshot::keys`].
///
/// # Examples
/// See [`Snapshot`].
#[must_use = "an iterator does nothing until it is asked"]
pub struct SnapshotKeys<'s, 'a, R, C: ?Sized, K, V>(&'s mut Snapshot<'a, R, C, K, V>);

impl<R: Read, C: Codec<K, V> + ?Sized, K, V> Iterator for SnapshotKeys<'_, '_, R, C, K, V> {
    type Item = K;

    fn next(&mut self) -> Option<K> {
        Some(self.0.next()?.ok()?.key)
    }
}

impl<R, C: ?Sized, K, V> fmt::Debug for Snapshot<'_, R, C, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("at", &self.at)
            .field("records", &self.records)
            .finish_non_exhaustive()
    }
}

impl<R, C: ?Sized, K, V> fmt::Debug for SnapshotKeys<'_, '_, R, C, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SnapshotKeys").field(&self.0).finish()
    }
}
