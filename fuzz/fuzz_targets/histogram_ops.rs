//! Histograms of each preset, by their owner and shared, against hdrhistogram: counts, sums and
//! maxima agree exactly after any records, merges and deltas, quantiles as closely as the buckets
//! of both allow; and what is read back from one's own buckets is what was counted.
#![no_main]

use hdrhistogram::Histogram as Hdr;
use libfuzzer_sys::fuzz_target;
use shorttail::measure::{COARSE, FINE, Recorder, STANDARD, SharedRecorder, Snapshot};

const RANGE: u64 = 1 << 36;

/// What was seen by a snapshot, and by the other.
struct Pair<const BUCKETS: usize> {
    ours: Snapshot<BUCKETS>,
    theirs: Hdr<u64>,
}

impl<const BUCKETS: usize> Pair<BUCKETS> {
    /// `error` is the preset's; hdrhistogram's three digits add a thousandth. A delta's maximum is
    /// an upper edge where it did not rise.
    fn agree(&self, error: f64, max_is_exact: bool) {
        assert_eq!(self.ours.count(), self.theirs.len());
        let sum: u64 = self.ours.buckets().map(|(_, count)| count).sum();
        assert_eq!(sum, self.theirs.len());
        if self.theirs.is_empty() {
            return;
        }
        let is_near = |ours: u64, theirs: u64| {
            let (ours, theirs) = (ours as f64, theirs as f64);
            ours * 1.001 + 1.0 >= theirs && ours <= theirs * (1.0 + error) + 1.0
        };
        for q in [0.0, 0.25, 0.5, 0.9, 0.99, 1.0] {
            let (ours, theirs) = (
                self.ours.quantile(q).unwrap(),
                self.theirs.value_at_quantile(q),
            );
            assert!(
                is_near(ours, theirs),
                "q {q}: {ours}, hdrhistogram {theirs}"
            );
        }
        assert!(!max_is_exact || is_near(self.ours.max(), self.theirs.max()));
    }
}

fn run<const BUCKETS: usize>(error: f64, steps: &[u8]) {
    let hdr = || Hdr::<u64>::new_with_bounds(1, RANGE, 3).unwrap();
    let (recorder, shared) = (
        Recorder::<BUCKETS>::default(),
        SharedRecorder::with_shards(1),
    );
    let mut all = Pair {
        ours: Snapshot::<BUCKETS>::default(),
        theirs: hdr(),
    };
    let mut before = Pair {
        ours: Snapshot::<BUCKETS>::default(),
        theirs: hdr(),
    };
    let mut sum = 0_u64;
    for step in steps.chunks_exact(6) {
        let value =
            u64::from(u32::from_le_bytes([step[1], step[2], step[3], step[4]])) << (step[5] % 5);
        let value = value.clamp(1, RANGE - 1);
        let times = u64::from(step[0] >> 4) + 1;
        match step[0] % 8 {
            0..6 => {
                recorder.record_n(value, times);
                shared.record_n(value, times);
                all.theirs.record_n(value, times).unwrap();
                sum = sum.wrapping_add(value.wrapping_mul(times));
            }
            6 => {
                recorder.histogram().snapshot_into(&mut before.ours);
                before.theirs = all.theirs.clone();
            }
            _ => {
                recorder.histogram().snapshot_into(&mut all.ours);
                let mut delta = Pair {
                    ours: all.ours.delta(&before.ours),
                    theirs: all.theirs.clone(),
                };
                delta.theirs.subtract(&before.theirs).unwrap();
                delta.agree(error, false);
                delta.ours.merge(&before.ours);
                delta.theirs.add(&before.theirs).unwrap();
                delta.agree(error, false);
                assert_eq!(delta.ours.sum(), sum);
            }
        }
    }
    recorder.histogram().snapshot_into(&mut all.ours);
    all.agree(error, true);
    assert_eq!((all.ours.sum(), all.ours.clamped()), (sum, 0));
    assert_eq!(shared.snapshot(), all.ours);
}

fuzz_target!(|data: &[u8]| {
    if let [preset, steps @ ..] = data {
        match preset % 3 {
            0 => run::<COARSE>(0.125, steps),
            1 => run::<STANDARD>(0.032, steps),
            _ => run::<FINE>(0.008, steps),
        }
    }
});
