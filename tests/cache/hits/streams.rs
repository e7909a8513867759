//! Streams of keys that a seed decides: the same in every run, on every machine.

/// Requests of a stream that is drawn.
const DRAWS: u64 = 200_000;

/// Keys that draws are from.
const KEYS: u32 = 40_000;

/// Keys from here on are asked for in one place only, and never drawn.
const ONCE: u64 = 1 << 32;

/// A stream, and how many entries the caches have that it is put through.
pub(crate) struct Stream {
    pub(crate) name: &'static str,
    pub(crate) keys: Vec<u64>,
    pub(crate) capacities: [usize; 3],
}

/// A hundredth, a twentieth and a fifth of the keys that draws are from.
const SHARES: [usize; 3] = [400, 2_000, 8_000];

pub(crate) fn all() -> Vec<Stream> {
    let stream = |name, keys, capacities| Stream {
        name,
        keys,
        capacities,
    };
    vec![
        stream("zipf 0.8", zipf(0.8).collect(), SHARES),
        stream("zipf 1.0", zipf(1.0).collect(), SHARES),
        stream("zipf 1.2", zipf(1.2).collect(), SHARES),
        stream("drifting zipf", drifting(), SHARES),
        stream("scans and zipf", scans(), SHARES),
        stream("flood of one-hit keys", flood(), SHARES),
        stream("loop", cycle(), [1_000, 2_000, 2_700]),
        stream("thrice", thrice(), [100, 400, 2_000]),
        stream("zigzag", zigzag(), [300, 1_000, 1_500]),
    ]
}

/// A fixed hasher of `u64`: shards, lines and ghosts are the same in every run.
#[derive(Clone, Copy, Default)]
pub(crate) struct Fixed(u64);

impl std::hash::BuildHasher for Fixed {
    type Hasher = Self;
    fn build_hasher(&self) -> Self {
        Self(0)
    }
}

impl std::hash::Hasher for Fixed {
    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are u64");
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = mix(value);
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

/// The output function of SplitMix64 (Steele, Lea and Flood, 2014).
const fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Key `k` has weight 1 / (k + 1)^exponent.
fn zipf(exponent: f64) -> impl Iterator<Item = u64> {
    let mut total = 0.0;
    let sums = (1..=KEYS).map(|rank| {
        total += f64::from(rank).powf(-exponent);
        total
    });
    let sums: Vec<f64> = sums.collect();
    (0..DRAWS).map(move |draw| {
        let share = (mix(draw) >> 11) as f64 / (1_u64 << 53) as f64;
        sums.partition_point(|sum| *sum < share * total) as u64
    })
}

/// What is asked for most changes: each thousand draws, all keys move up by fifty ranks, and the
/// fifty that were first become the last.
fn drifting() -> Vec<u64> {
    let moved = |(at, rank): (usize, u64)| (rank + at as u64 / 1_000 * 50) % u64::from(KEYS);
    zipf(1.0).enumerate().map(moved).collect()
}

/// After each thousand draws a run of a thousand keys that never come again.
fn scans() -> Vec<u64> {
    let mut keys = Vec::new();
    for (at, key) in zipf(1.0).enumerate() {
        keys.push(key);
        if at % 1_000 == 999 {
            let first = ONCE + at as u64;
            keys.extend(first..first + 1_000);
        }
    }
    keys
}

/// Three of four requests are for keys that never come again.
fn flood() -> Vec<u64> {
    let beside = |(at, key): (usize, u64)| {
        let first = ONCE + 3 * at as u64;
        [key, first, first + 1, first + 2]
    };
    zipf(1.0).enumerate().flat_map(beside).collect()
}

/// The same 3 000 keys in turn, again and again.
fn cycle() -> Vec<u64> {
    (0..DRAWS).map(|at| at % 3_000).collect()
}

/// Each key three times, up to 100 requests apart, and then never again.
fn thrice() -> Vec<u64> {
    let mut asked = Vec::new();
    for key in 0..DRAWS / 3 {
        let mut at = 3 * key;
        for time in 0..3 {
            asked.push((at, key));
            at += 1 + mix(3 * key + time) % 100;
        }
    }
    asked.sort_unstable();
    asked.into_iter().map(|(_, key)| key).collect()
}

/// 2 000 keys forward, then back, and so on.
fn zigzag() -> Vec<u64> {
    let turned = |at: u64| {
        let place = at % 4_000;
        place.min(3_999 - place)
    };
    (0..DRAWS).map(turned).collect()
}
