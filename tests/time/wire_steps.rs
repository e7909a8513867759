//! Bytes for the readers of time-out headers, and moments for the writers: beside a reader that is
//! written another way. The fuzz target `wire` takes the same steps from its input.

use shorttail::time::{Deadline, ParseTimeoutError};

const UNITS: [(char, u64); 6] = [
    ('n', 1),
    ('u', 1_000),
    ('m', 1_000_000),
    ('S', 1_000_000_000),
    ('M', 60_000_000_000),
    ('H', 3_600_000_000_000),
];

/// The first sixteen bytes are two moments, the rest is a header.
pub(crate) fn run(data: &[u8]) {
    let (moments, header) = data.split_at(data.len().min(16));
    let mut bytes = [0; 16];
    bytes[..moments.len()].copy_from_slice(moments);
    let moments = u128::from_le_bytes(bytes);
    let (at_ns, now_ns) = ((moments >> 64) as u64, moments as u64);
    for now_ns in [0, now_ns] {
        read(header, now_ns);
        write(at_ns, now_ns);
    }
}

fn read(header: &[u8], now_ns: u64) {
    let text = String::from_utf8_lossy(header);
    let grpc = || {
        let unit = text.chars().last()?;
        let (_, ns) = UNITS.iter().find(|(name, _)| *name == unit)?;
        value_of(&text[..text.len() - 1], 8, *ns)
    };
    compare(
        Deadline::from_grpc_timeout(header, now_ns),
        grpc(),
        header,
        now_ns,
    );
    let millis = value_of(&text, 20, 1_000_000);
    compare(
        Deadline::from_millis(header, now_ns),
        millis,
        header,
        now_ns,
    );
}

/// One to `digits_max` digits, times the unit.
fn value_of(digits: &str, digits_max: usize, ns: u64) -> Option<u64> {
    let is_number = digits.chars().all(|digit| digit.is_ascii_digit());
    let is_short = (1..=digits_max).contains(&digits.len());
    let value: u128 = (is_number && is_short).then(|| digits.parse().ok())??;
    Some(u64::try_from(value * u128::from(ns)).unwrap_or(u64::MAX))
}

fn compare(
    read: Result<Deadline, ParseTimeoutError>,
    left_ns: Option<u64>,
    header: &[u8],
    now_ns: u64,
) {
    let expected = left_ns.map(|left_ns| Deadline::at(now_ns.saturating_add(left_ns)));
    assert_eq!(read.ok(), expected, "{} at {now_ns}", header.escape_ascii());
    let Err(error) = read else {
        return;
    };
    let named = |at: usize| header.get(at).copied();
    match error {
        ParseTimeoutError::Digit { at } => {
            assert!(named(at).is_some_and(|it| !it.is_ascii_digit()))
        }
        ParseTimeoutError::TooLong { at } => assert!(header[..=at].iter().all(u8::is_ascii_digit)),
        ParseTimeoutError::Unit { at } => assert!(at <= header.len() && at <= 8),
        _ => assert!(header.len() <= 1),
    }
}

/// What is written is read, and is never more than was left: by a unit of its own at most less.
fn write(at_ns: u64, now_ns: u64) {
    let deadline = Deadline::at(at_ns);
    let left_ns = at_ns.saturating_sub(now_ns);
    let Some(grpc) = deadline.to_grpc_timeout(now_ns) else {
        assert_eq!(
            (deadline, deadline.to_millis(now_ns)),
            (Deadline::NEVER, None)
        );
        return;
    };
    assert!((2..=9).contains(&grpc.as_str().len()), "{grpc}");
    let told = Deadline::from_grpc_timeout(grpc.as_bytes(), 0).expect("it was written");
    let (_, unit_ns) = UNITS
        .iter()
        .find(|(name, _)| grpc.as_str().ends_with(*name))
        .expect("one");
    assert_eq!(told.as_ns(), left_ns / unit_ns * unit_ns, "{grpc}");
    // The finest unit that has room for it.
    let finer = UNITS.iter().rev().find(|(_, ns)| ns < unit_ns);
    assert!(
        finer.is_none_or(|(_, ns)| left_ns / ns > 99_999_999),
        "{grpc}"
    );
    let millis = deadline.to_millis(now_ns).expect("it ends");
    let told = Deadline::from_millis(millis.as_bytes(), 0).expect("it was written");
    assert_eq!(told.as_ns(), left_ns / 1_000_000 * 1_000_000, "{millis}");
}
