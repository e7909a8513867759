//! Keys and values as bytes.

/// How a snapshot writes keys and values, and reads them back. Called outside of every lock.
///
/// With the two methods of keys alone, snapshots hold keys, and a
/// [`Warmer`](crate::cache::Warmer) loads their values again.
///
/// # Examples
/// Keys alone:
/// ```
/// use shorttail::cache::Codec;
///
/// struct Ids;
///
/// impl<V> Codec<u64, V> for Ids {
///     fn write_key(&self, key: &u64, into: &mut Vec<u8>) {
///         into.extend(key.to_le_bytes());
///     }
///
///     fn read_key(&self, bytes: &[u8]) -> Option<u64> {
///         bytes.try_into().ok().map(u64::from_le_bytes)
///     }
/// }
///
/// let mut bytes = Vec::new();
/// Codec::<u64, String>::write_key(&Ids, &7, &mut bytes);
/// assert_eq!(Codec::<u64, String>::read_key(&Ids, &bytes), Some(7));
/// ```
/// And with values: [`Restore`](super::Restore).
pub trait Codec<K, V> {
    /// Appends the key.
    fn write_key(&self, key: &K, into: &mut Vec<u8>);

    /// The key that was written so; `None` if there is none.
    fn read_key(&self, bytes: &[u8]) -> Option<K>;

    /// Appends the value, or appends nothing and says false: the key is written alone.
    fn write_value(&self, value: &V, into: &mut Vec<u8>) -> bool {
        let _ = (value, into);
        false
    }

    /// The value that was written so; `None` if there is none.
    fn read_value(&self, bytes: &[u8]) -> Option<V> {
        let _ = bytes;
        None
    }
}
