//! Writing the hottest entries.

use core::hash::{BuildHasher, Hash};
use std::io::{self, Write};

use super::super::handle::Cache;
use super::super::load::Load;
use super::super::slot::{Kept, NEVER};
use super::codec::Codec;
use super::crc::Crc;
use super::hot::Walk;
use super::{CHECKSUM, HEAD, HEADER, MAGIC, NONE, PART_MAX, TRAILER, VERSION};
use crate::time::Clock;

/// How much of a cache is written. Setters only store.
///
/// # Examples
/// ```
/// use shorttail::cache::{Cache, Codec, Export};
/// # struct Ids;
/// # impl<V> Codec<u64, V> for Ids {
/// #     fn write_key(&self, key: &u64, into: &mut Vec<u8>) {
/// #         into.extend(key.to_le_bytes());
/// #     }
/// #     fn read_key(&self, bytes: &[u8]) -> Option<u64> {
/// #         bytes.try_into().ok().map(u64::from_le_bytes)
/// #     }
/// # }
/// let cache = Cache::builder(1_000).build().unwrap();
/// for key in 0..1_000_u64 {
///     cache.insert(key, "value").unwrap();
/// }
/// let mut file = Vec::new(); // any `Write`
/// let bounds = Export::new().entries_max(100).bytes_max(1 << 20);
/// let written = bounds.write(&cache, &Ids, &mut file).unwrap();
/// assert_eq!((written.entries, written.bytes), (100, file.len() as u64));
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is written before `write`"]
pub struct Export {
    entries_max: u64,
    bytes_max: u64,
}

/// What was written.
///
/// # Examples
/// ```
/// use shorttail::cache::Exported;
/// assert_eq!(Exported::default().entries, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// Entries, keys alone among them.
    pub entries: u64,
    /// Of those, how many with their values.
    pub values: u64,
    /// Bytes in all.
    pub bytes: u64,
    /// A bound was reached, and less hot entries were left out.
    pub is_cut: bool,
    /// Entries that were passed over, with a key or a value of more than 2^30 bytes.
    pub too_long: u64,
}

impl Default for Export {
    fn default() -> Self {
        Self::new()
    }
}

impl Export {
    /// Every entry; for an example see [`Export`].
    pub const fn new() -> Self {
        Self {
            entries_max: u64::MAX,
            bytes_max: u64::MAX,
        }
    }

    /// Entries at most, the hottest; for an example see [`Export`].
    pub const fn entries_max(mut self, entries: u64) -> Self {
        self.entries_max = entries;
        self
    }

    /// Bytes at most, header and trailer included, which are 32; the first entry that does not fit
    /// is the last that is looked at. For an example see [`Export`].
    pub const fn bytes_max(mut self, bytes: u64) -> Self {
        self.bytes_max = bytes;
        self
    }

    /// Writes the hottest entries of `cache`, hottest first, beside whoever reads and writes it.
    ///
    /// # Guarantees
    /// Waits as [`for_each_hot`](Cache::for_each_hot) does, which it goes by, and for `to`.
    /// Allocates what that allocates, and one buffer that grows to the longest record. `codec` runs
    /// outside of every lock and holds back one slot; `to` is written to while nothing is held.
    /// Calls `to` once for a record: give it a buffer if it is a file.
    /// # Errors
    /// Of `to`; what was written before has no trailer, and is refused as truncated once its whole
    /// records were read. Also if `bytes_max` is too small for header and trailer.
    /// # Examples
    /// See [`Export`].
    pub fn write<K, V, L, S, C>(
        &self,
        cache: &Cache<K, V, L, S, C>,
        codec: &impl Codec<K, V>,
        to: &mut (impl Write + ?Sized),
    ) -> io::Result<Exported>
    where
        K: Eq + Hash,
        L: Load<K, V>,
        S: BuildHasher,
        C: Clock,
    {
        if self.bytes_max < (HEADER + TRAILER) as u64 {
            let why = "a snapshot has 32 bytes at least";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let mut writer = Writer {
            to,
            whole: Crc::new(),
            exported: Exported::default(),
        };
        writer.header()?;
        let mut walk = Walk::new(&cache.core);
        let mut record = Vec::new();
        while let Some((reading, heat)) = walk.next() {
            if writer.exported.entries >= self.entries_max {
                writer.exported.is_cut = true;
                break;
            }
            let left_ns = match reading.slot().fresh_until() {
                NEVER => NEVER,
                until => until.saturating_sub(cache.core.clock.now_ns()),
            };
            let encoded = reading.read(|kept| encode(codec, kept, heat, left_ns, &mut record));
            drop(reading); // nobody is held up by `to`
            let Some(has_value) = encoded else {
                writer.exported.too_long += 1;
                continue;
            };
            let bytes = writer.exported.bytes + (record.len() + TRAILER) as u64;
            if bytes > self.bytes_max {
                writer.exported.is_cut = true;
                break;
            }
            writer.record(&record)?;
            writer.exported.values += u64::from(has_value);
        }
        writer.trailer()
    }
}

/// Makes a record; whether it has a value, or `None` if it is too long.
fn encode<K, V>(
    codec: &impl Codec<K, V>,
    kept: &Kept<K, V>,
    heat: u8,
    left_ns: u64,
    record: &mut Vec<u8>,
) -> Option<bool> {
    record.clear();
    record.resize(HEAD, 0);
    codec.write_key(&kept.key, record);
    let key = record.len() - HEAD;
    let has_value = kept
        .value()
        .is_some_and(|value| codec.write_value(value, record));
    if !has_value {
        record.truncate(HEAD + key);
    }
    let value = record.len() - HEAD - key;
    if key.max(value) > PART_MAX {
        return None;
    }
    let value = if has_value { value as u32 } else { NONE };
    record[..4].copy_from_slice(&(key as u32).to_le_bytes());
    record[4..8].copy_from_slice(&value.to_le_bytes());
    record[8..10].copy_from_slice(&kept.born().tag().to_le_bytes());
    record[10..12].copy_from_slice(&u16::from(heat).to_le_bytes());
    record[12..20].copy_from_slice(&left_ns.to_le_bytes());
    let checksum = Crc::of(&record[..HEAD - CHECKSUM]);
    record[HEAD - CHECKSUM..HEAD].copy_from_slice(&checksum.to_le_bytes());
    let checksum = Crc::of(&record[HEAD..]);
    record.extend(checksum.to_le_bytes());
    Some(has_value)
}

struct Writer<'a, W: ?Sized> {
    to: &'a mut W,
    /// Of all checksums so far.
    whole: Crc,
    exported: Exported,
}

impl<W: Write + ?Sized> Writer<'_, W> {
    fn header(&mut self) -> io::Result<()> {
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(&MAGIC);
        header[8..10].copy_from_slice(&VERSION.to_le_bytes());
        let checksum = Crc::of(&header[..HEADER - CHECKSUM]);
        header[HEADER - CHECKSUM..].copy_from_slice(&checksum.to_le_bytes());
        self.put(&header)
    }

    fn record(&mut self, record: &[u8]) -> io::Result<()> {
        self.put(record)?;
        self.whole.add(&record[HEAD - CHECKSUM..HEAD]);
        self.whole.add(&record[record.len() - CHECKSUM..]);
        self.exported.entries += 1;
        Ok(())
    }

    fn trailer(mut self) -> io::Result<Exported> {
        let mut trailer = [0; TRAILER];
        trailer[..4].copy_from_slice(&NONE.to_le_bytes());
        trailer[4..12].copy_from_slice(&self.exported.entries.to_le_bytes());
        self.whole.add(&trailer[..TRAILER - CHECKSUM]);
        let checksum = self.whole.value();
        trailer[TRAILER - CHECKSUM..].copy_from_slice(&checksum.to_le_bytes());
        self.put(&trailer)?;
        self.to.flush()?;
        Ok(self.exported)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.to.write_all(bytes)?;
        self.exported.bytes += bytes.len() as u64;
        Ok(())
    }
}
