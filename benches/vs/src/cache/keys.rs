//! Keys as a service would see them: few often, many seldom.

use std::sync::LazyLock;

/// Keys there are.
const KEYS: usize = 100_000;

const EXPONENT: f64 = 0.9;

/// Keys drawn before the measurement, and gone through in turn.
const DRAWN: usize = 1 << 18;

static DRAWN_KEYS: LazyLock<Vec<u32>> = LazyLock::new(draw);

/// The drawn key with this number; they begin anew.
pub(super) fn drawn(number: usize) -> u64 {
    u64::from(DRAWN_KEYS[number % DRAWN])
}

/// An endless run through the drawn keys, from a place of its own.
#[derive(Debug)]
pub(super) struct Keys {
    drawn: &'static [u32],
    at: usize,
}

impl Keys {
    pub(super) fn new(thread: usize) -> Self {
        Self {
            drawn: &DRAWN_KEYS,
            at: thread * 31_337 % DRAWN,
        }
    }

    #[inline]
    pub(super) fn next(&mut self) -> u64 {
        self.at = (self.at + 1) % DRAWN;
        u64::from(self.drawn[self.at])
    }
}

/// Zipf's distribution, by its cumulative sums.
fn draw() -> Vec<u32> {
    let mut sum = 0.0;
    let sums: Vec<f64> = (1..=KEYS)
        .map(|rank| {
            sum += (rank as f64).powf(-EXPONENT);
            sum
        })
        .collect();
    let mut state = 1_u64;
    (0..DRAWN)
        .map(|_| {
            state = state
                .wrapping_mul(0x5851_F42D_4C95_7F2D)
                .wrapping_add(0x1405_7B7E_F767_814F);
            let unit = (state >> 11) as f64 / (1_u64 << 53) as f64;
            sums.partition_point(|&below| below < unit * sum)
                .min(KEYS - 1) as u32
        })
        .collect()
}
