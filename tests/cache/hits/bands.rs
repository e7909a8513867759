//! What each cell comes to, within a point; and that a lesser policy would be noticed.

use super::reference::{Rules, lru, s3_fifo};
use super::streams::{self, Stream};
use super::traces::{TRACES, trace};
use super::{Cell, OURS, print_heading};

/// Percent of hits of each stream with each of its capacities.
const EXPECTED: [(&str, [f64; 3]); 9] = [
    ("zipf 0.8", [29.8, 45.1, 62.1]),
    ("zipf 1.0", [56.4, 69.8, 80.5]),
    ("zipf 1.2", [80.2, 88.2, 92.1]),
    ("drifting zipf", [43.5, 58.1, 72.6]),
    ("scans and zipf", [28.3, 34.2, 37.6]),
    ("flood of one-hit keys", [13.7, 16.3, 17.8]),
    ("loop", [29.7, 43.1, 64.6]),
    ("thrice", [42.9, 66.7, 66.7]),
    ("zigzag", [1.5, 5.0, 42.4]),
];

/// Of the traces: as simulated for them before there was a cache.
const EXPECTED_OF_TRACES: [[f64; 2]; 2] = [[40.2, 46.9], [24.0, 47.6]];

/// In points.
const BAND: f64 = 1.0;

/// Chance gives a shard more keys than another, which a loop shows most.
const SHARDED_BAND: f64 = 1.5;

const fn is_within(band: f64, found: f64, expected: f64) -> bool {
    (found - expected).abs() <= band
}

/// Prints the cell; what is wrong with it, if anything.
fn look(name: &str, keys: &[u64], capacity: usize, expected: f64) -> Option<String> {
    let cell = Cell::of(keys, capacity);
    cell.print(name, capacity);
    let sharded = cell.sharded.unwrap_or(cell.ours);
    for found in [cell.ours, sharded, cell.lru, cell.published, cell.model] {
        assert!(found <= cell.optimum, "{name}: more than can be");
    }
    let is_right = is_within(BAND, cell.ours, expected)
        && is_within(BAND, cell.ours, cell.model)
        && is_within(SHARDED_BAND, sharded, expected);
    (!is_right).then(|| format!("{name}, {capacity} entries: not {expected} %"))
}

#[test]
fn streams_hit_as_often_as_expected() {
    print_heading();
    let mut wrong = Vec::new();
    for (stream, expected) in streams::all().iter().zip(EXPECTED) {
        assert_eq!(stream.name, expected.0);
        for (capacity, expected) in stream.capacities.into_iter().zip(expected.1) {
            wrong.extend(look(stream.name, &stream.keys, capacity, expected));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn traces_hit_as_often_as_expected() {
    let mut wrong = Vec::new();
    for ((name, capacities), expected) in TRACES.into_iter().zip(EXPECTED_OF_TRACES) {
        let Some(keys) = trace(name) else { continue };
        print_heading();
        for (capacity, expected) in capacities.into_iter().zip(expected) {
            wrong.extend(look(name, &keys, capacity, expected));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// How many cells of the streams a policy in the cache's place would be found out by.
fn found_out(policy: impl Fn(&[u64], usize) -> f64) -> usize {
    let of_stream = |(stream, expected): (&Stream, [f64; 3])| {
        let cells = stream.capacities.into_iter().zip(expected);
        let is_out =
            |(capacity, expected)| !is_within(BAND, policy(&stream.keys, capacity), expected);
        cells.filter(|cell| is_out(*cell)).count()
    };
    let expected = EXPECTED.into_iter().map(|(_, expected)| expected);
    streams::all().iter().zip(expected).map(of_stream).sum()
}

#[test]
fn a_lesser_policy_falls_out_of_the_bands() {
    let changed = |rules: Rules| found_out(|keys, capacity| s3_fifo(keys, capacity, rules));
    let found = [
        ("LRU", found_out(lru)),
        (
            "no ghost",
            changed(Rules {
                ghosts_percent: 0,
                ..OURS
            }),
        ),
        (
            "half the ghosts",
            changed(Rules {
                ghosts_percent: 45,
                ..OURS
            }),
        ),
        (
            "a small queue of a quarter",
            changed(Rules {
                small_percent: 25,
                ..OURS
            }),
        ),
        (
            "new keys to small alone",
            changed(Rules {
                fills_main_first: false,
                ..OURS
            }),
        ),
        (
            "a single visit: FIFO",
            changed(Rules {
                visits_max: 1,
                ..OURS
            }),
        ),
    ];
    eprintln!("cells of 27 that tell: {found:?}");
    assert!(found.iter().all(|(_, cells)| *cells > 0));
    assert_eq!(changed(OURS), 0);
}
