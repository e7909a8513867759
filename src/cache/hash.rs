//! Hashing and borrowed lookups.

use core::borrow::Borrow;
use core::fmt;
use core::hash::{BuildHasher, Hash, Hasher};

/// The default hasher state: keyed at random for each cache. Neither it nor its hashers allocate.
///
/// The algorithm behind it may change in any release. It resists accidental and casual
/// collisions; against an attacker who can time single lookups, bring a hasher of your own
/// (any [`BuildHasher`]) through [`Builder::hasher`](super::Builder::hasher).
///
/// # Examples
/// ```
/// use std::hash::BuildHasher;
/// use shorttail::cache::KeyedState;
///
/// let state = KeyedState::default();
/// assert_eq!(state.hash_one("a"), state.hash_one("a"));
/// ```
// `fast` and not `quality`, which differs in a last step: `KeyHash::of` makes one for any hasher.
#[derive(Clone, Default)]
pub struct KeyedState(foldhash::fast::RandomState);

/// The hasher that [`KeyedState`] makes.
///
/// # Examples
/// ```
/// use std::hash::{BuildHasher, Hasher};
/// use shorttail::cache::{KeyedHasher, KeyedState};
///
/// let mut hasher: KeyedHasher = KeyedState::default().build_hasher();
/// hasher.write_u32(7);
/// let _ = hasher.finish();
/// ```
#[derive(Clone)]
pub struct KeyedHasher(foldhash::fast::FoldHasher<'static>);

impl BuildHasher for KeyedState {
    type Hasher = KeyedHasher;

    #[inline]
    fn build_hasher(&self) -> KeyedHasher {
        KeyedHasher(self.0.build_hasher())
    }
}

impl fmt::Debug for KeyedState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedState").finish_non_exhaustive()
    }
}

impl Hasher for KeyedHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    #[inline]
    fn write_u8(&mut self, value: u8) {
        self.0.write_u8(value);
    }

    #[inline]
    fn write_u32(&mut self, value: u32) {
        self.0.write_u32(value);
    }

    #[inline]
    fn write_u64(&mut self, value: u64) {
        self.0.write_u64(value);
    }

    #[inline]
    fn write_u128(&mut self, value: u128) {
        self.0.write_u128(value);
    }

    #[inline]
    fn write_usize(&mut self, value: usize) {
        self.0.write_usize(value);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0.finish()
    }
}

impl fmt::Debug for KeyedHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedHasher").finish_non_exhaustive()
    }
}

/// A form of a key by which an entry can be looked up.
///
/// Every borrowed form is one (`str` for `String`). Implement it for a form that cannot be
/// borrowed from the key, such as a pair of references for a pair. Equal forms must hash alike.
///
/// # Examples
/// ```
/// use shorttail::cache::{Cache, Equivalent, Lookup};
///
/// #[derive(PartialEq, Eq, Hash)]
/// struct Route { tenant: String, path: String }
///
/// #[derive(Hash)]
/// struct RouteRef<'a> { tenant: &'a str, path: &'a str }
///
/// impl Equivalent<Route> for RouteRef<'_> {
///     fn equivalent(&self, key: &Route) -> bool {
///         self.tenant == key.tenant && self.path == key.path
///     }
/// }
///
/// let cache = Cache::builder(100).build().unwrap();
/// cache.insert(Route { tenant: "a".into(), path: "/x".into() }, 7).unwrap();
/// assert_eq!(cache.get(&RouteRef { tenant: "a", path: "/x" }), Lookup::Fresh(7));
/// ```
pub trait Equivalent<K: ?Sized> {
    /// Whether `self` stands for `key`. Must not call the cache.
    fn equivalent(&self, key: &K) -> bool;
}

impl<Q, K> Equivalent<K> for Q
where
    Q: Eq + ?Sized,
    K: Borrow<Q> + ?Sized,
{
    #[inline]
    fn equivalent(&self, key: &K) -> bool {
        *self == *key.borrow()
    }
}

/// Compares keys by `Eq`, without asking for `Borrow`.
pub(crate) struct Same<'a, K>(pub(crate) &'a K);

impl<K: Eq> Equivalent<K> for Same<'_, K> {
    fn equivalent(&self, key: &K) -> bool {
        self.0 == key
    }
}

/// A key's hash, cut into the parts the store needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyHash(pub(crate) u64);

impl KeyHash {
    /// Hashes `key` and mixes the result once more, so that a weak hasher cannot leave the tag
    /// or the bucket bits empty.
    #[inline]
    pub(crate) fn of<Q: Hash + ?Sized>(state: &impl BuildHasher, key: &Q) -> Self {
        const ODD: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;
        let wide = u128::from(state.hash_one(key) ^ 0x2545_F491_4F6C_DD1D) * (ODD >> 64);
        Self((wide as u64) ^ ((wide >> 64) as u64))
    }

    /// The part that picks the shard; `mask` is a power of two less one.
    #[inline]
    pub(crate) const fn shard(self, mask: usize) -> usize {
        (self.0 >> 48) as usize & mask
    }

    /// A number for this key at this moment, any as likely as another: the same for the same two,
    /// and else of no use to guess the next (the last steps of Steele's SplitMix64, 2014).
    #[inline]
    pub(crate) const fn draw(self, now_ns: u64) -> u64 {
        let seed = self.0 ^ now_ns.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let once = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let twice = (once ^ (once >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        twice ^ (twice >> 31)
    }

    /// The part that the index and the ghost know the key by.
    #[inline]
    pub(crate) const fn part(self) -> Part {
        Part(self.0 as u32 & Part::BITS)
    }
}

/// 28 bits of a key's hash, none of which picks the shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part(u32);

impl Part {
    /// The bits in use. The others are left to who keeps a part.
    pub(crate) const BITS: u32 = !0xF;

    /// The bits in use, the others 0.
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// From the bits in use; the others are ignored.
    pub(crate) const fn from_bits(bits: u32) -> Self {
        Self(bits & Self::BITS)
    }

    /// What is kept in the index beside the slot.
    #[inline]
    pub(crate) const fn tag(self) -> u16 {
        (self.0 >> 4) as u16
    }

    /// What the ghost knows the key by: 20 bits.
    pub(crate) const fn fingerprint(self) -> u32 {
        self.0 << 8 >> 12
    }

    /// One of `count`, at most 2^16, evenly and mostly by the bits that the tag has not: multiply
    /// and shift (Lemire, "Fast random integer generation in an interval", 2019).
    #[inline]
    pub(crate) const fn pick(self, count: usize) -> u32 {
        ((self.0 as u64 * count as u64) >> 32) as u32
    }
}
