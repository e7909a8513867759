//! Recording one value by its owner.

use std::hint::black_box;

use crate::run::{Cell, Work};

/// Something that counts values.
trait Histogram: 'static {
    fn record(&mut self, value: u64);
}

impl Histogram for shorttail::measure::Histogram {
    fn record(&mut self, value: u64) {
        Self::record(self, value);
    }
}

impl Histogram for hdrhistogram::Histogram<u64> {
    fn record(&mut self, value: u64) {
        Self::record(self, value).expect("in range");
    }
}

impl Histogram for histogram::Histogram {
    fn record(&mut self, value: u64) {
        self.increment(value).expect("in range");
    }
}

fn work(mut histogram: impl Histogram) -> Work {
    let mut value = 1_u64;
    Box::new(move |operations| {
        for _ in 0..operations {
            // A few microseconds, from a generator of one multiplication.
            value = value.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            histogram.record(black_box(value >> 50));
        }
    })
}

pub(crate) fn cells() -> Vec<Cell> {
    let hdr = hdrhistogram::Histogram::new_with_bounds(1, 60_000_000_000, 2).expect("sound bounds");
    let contenders = vec![
        ("shorttail", work(shorttail::measure::Histogram::new())),
        ("hdrhistogram", work(hdr)),
        (
            "histogram",
            work(histogram::Histogram::new(5, 36).expect("a sound shape")),
        ),
    ];
    vec![Cell::new("histogram: record by the owner", contenders)]
}
