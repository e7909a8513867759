//! Snapshots that serde reads: text as it comes, and one that is put together, of which it is known
//! what has to be read. The fuzz target `snapshot_serde` takes the same steps from its input.

use shorttail::measure::{COARSE, Snapshot};

const BUCKETS: usize = 1024;

pub(crate) fn run(data: &[u8]) {
    if let Ok(read) = serde_json::from_slice::<Snapshot>(data) {
        use_it(&read);
    }
    let numbers = data.chunks(3).map(|bytes| {
        let number = bytes
            .iter()
            .fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        // Some so large that sums of them have no room.
        if number % 5 == 0 {
            number << 40
        } else {
            number
        }
    });
    put_together(&numbers.collect::<Vec<_>>());
}

/// Pairs of bucket and count, behind the preset and the three totals.
fn put_together(numbers: &[u64]) {
    let [preset, sum, max, clamped, rest @ ..] = numbers else {
        return;
    };
    let all = if preset % 7 == 0 { COARSE } else { BUCKETS };
    let steps = rest.chunks_exact(2);
    let is_shuffled = preset % 11 == 0;
    let mut last = 0;
    let pairs: Vec<(usize, u64)> = steps
        .map(|step| {
            let number = step[0] as usize % 1030;
            last = if is_shuffled {
                number
            } else {
                last + 1 + number % 64
            };
            (last, step[1])
        })
        .collect();
    let value = serde_json::json!({
        "buckets_all": all, "sum": sum, "max": max, "clamped": clamped, "buckets": pairs,
    });
    let read: Result<Snapshot, _> = serde_json::from_str(&value.to_string());
    let ascends = pairs.is_sorted_by(|one, next| one.0 < next.0);
    let is_good = all == BUCKETS && ascends && pairs.iter().all(|(bucket, _)| *bucket < BUCKETS);
    assert_eq!(read.is_ok(), is_good, "{value}");
    if let Ok(read) = read {
        assert_eq!(
            (read.sum(), read.max(), read.clamped()),
            (*sum, *max, *clamped)
        );
        let counted = pairs
            .iter()
            .fold(0_u64, |all, (_, count)| all.saturating_add(*count));
        assert_eq!(read.count(), counted);
        use_it(&read);
    }
}

/// Whatever it holds, it is written and read back, asked, merged, and taken from itself.
fn use_it(read: &Snapshot) {
    let text = serde_json::to_string(read).expect("numbers alone");
    let again: Snapshot = serde_json::from_str(&text).expect("it was written");
    assert_eq!(again, *read);
    let quantiles = read.quantiles([0.0, 0.5, 0.99, 1.0]);
    assert_eq!(quantiles.is_none(), read.count() == 0);
    assert!(quantiles.is_none_or(|values| values.is_sorted()));
    let mut merged = again;
    merged.merge(read);
    let back = merged.delta(read);
    // The values are left out: of a delta whose maximum did not rise, that is an edge.
    let counts = |snapshot: &Snapshot| -> Vec<u64> { snapshot.buckets().map(|it| it.1).collect() };
    let largest = counts(read).into_iter().chain([read.clamped()]).max();
    if largest <= Some(u64::MAX / 2) {
        assert_eq!((back.sum(), back.clamped()), (read.sum(), read.clamped()));
        assert_eq!(counts(&back), counts(read));
    }
    assert_eq!(read.delta(read).count(), 0);
}
