//! The channel's section.

use shorttail::channel::{
    ConfigError, Lanes, OnFull, RecvError, RecvTimeoutError, ReserveError, ReserveTimeoutError,
    SendError, SendTimeoutError, TryRecvError, TryReserveError, TrySendError,
};

struct Opaque;

#[test]
fn config_texts() {
    let text = |error: ConfigError| text(error).0;
    let none = "the capacity is 0, and must be 1 at least";
    assert_eq!(text(ConfigError::NoCapacity), none);
    let large = "the slots for a capacity of 9 are more than 2^48, or isize::MAX bytes";
    assert_eq!(text(ConfigError::TooLarge { capacity: 9 }), large);
    let refused = ConfigError::OutOfMemory { bytes: 7 };
    assert_eq!(text(refused), "no memory for slots of 7 bytes");
    let refused = ConfigError::LaneCount { lanes: 33 };
    assert_eq!(text(refused), "one to 32 lanes, not 33");
    let refused = ConfigError::NoSuchLane { lane: 2, lanes: 2 };
    let none = "a policy for lane 2 of 2, the first of which is 0";
    assert_eq!(text(refused), none);
    let aging = "every second receive at most can be aged";
    assert_eq!(text(ConfigError::Aging), aging);
}

#[test]
fn lanes_that_cannot_be_are_refused() {
    let refused = |lanes: Lanes| lanes.build::<u8>().map(drop).unwrap_err();
    for lanes in [0, 33] {
        let built = refused(Lanes::new(vec![1; lanes]));
        assert_eq!(built, ConfigError::LaneCount { lanes });
    }
    assert!(Lanes::new([1; 32]).build::<u8>().is_ok());
    assert_eq!(refused(Lanes::new([1, 0])), ConfigError::NoCapacity);
    let capacity = usize::MAX;
    assert_eq!(
        refused(Lanes::new([capacity])),
        ConfigError::TooLarge { capacity }
    );
    let policy = Lanes::new([1, 1]).on_full(2, OnFull::Shed);
    let none = ConfigError::NoSuchLane { lane: 2, lanes: 2 };
    assert_eq!(refused(policy), none);
    for aging in [0, 1] {
        assert_eq!(refused(Lanes::new([1]).aging(aging)), ConfigError::Aging);
    }
}

fn text(error: impl std::error::Error + Send + Sync + 'static) -> (String, String) {
    (error.to_string(), format!("{error:?}"))
}

fn row(display: &str, debug: &str) -> (String, String) {
    (display.to_owned(), debug.to_owned())
}

#[test]
fn every_error_says_what_happened_whatever_it_carries() {
    let closed = "channel closed";
    assert_eq!(text(SendError(Opaque)), row(closed, "SendError(..)"));
    assert_eq!(
        text(TrySendError::Full(Opaque)),
        row("channel full", "Full(..)")
    );
    assert_eq!(
        text(TrySendError::Closed(Opaque)),
        row(closed, "Closed(..)")
    );
    let late = "timed out waiting for room";
    assert_eq!(
        text(SendTimeoutError::Timeout(Opaque)),
        row(late, "Timeout(..)")
    );
    assert_eq!(
        text(SendTimeoutError::Closed(Opaque)),
        row(closed, "Closed(..)")
    );
    assert_eq!(text(RecvError), row(closed, "RecvError"));
    assert_eq!(text(TryRecvError::Empty), row("channel empty", "Empty"));
    assert_eq!(text(TryRecvError::Closed), row(closed, "Closed"));
    let late = "timed out waiting for a message";
    assert_eq!(text(RecvTimeoutError::Timeout), row(late, "Timeout"));
    assert_eq!(text(RecvTimeoutError::Closed), row(closed, "Closed"));
}

#[test]
fn every_error_of_a_permit_says_what_happened_whatever_it_carries() {
    use ReserveTimeoutError as Timed;
    let (closed, full) = ("channel closed", "channel full");
    let many = "4095 permits are out, the most that a channel can count, or it has no room";
    assert_eq!(text(TryReserveError::Full(Opaque)), row(full, "Full(..)"));
    let refused = text(TryReserveError::TooMany(Opaque));
    assert_eq!(refused, row(many, "TooMany(..)"));
    let refused = text(TryReserveError::Closed(Opaque));
    assert_eq!(refused, row(closed, "Closed(..)"));
    let refused = text(ReserveError::TooMany(Opaque));
    assert_eq!(refused, row(many, "TooMany(..)"));
    let refused = text(ReserveError::Closed(Opaque));
    assert_eq!(refused, row(closed, "Closed(..)"));
    let late = "timed out waiting for room";
    assert_eq!(text(Timed::Timeout), row(late, "Timeout"));
    assert_eq!(text(Timed::TooMany), row(many, "TooMany"));
    assert_eq!(text(Timed::Closed), row(closed, "Closed"));
}

#[test]
fn predicates_of_a_permits_errors() {
    use {ReserveError as Parked, ReserveTimeoutError as Timed, TryReserveError as Tried};
    for (error, is) in [
        (Tried::Full(1), [true, false, false]),
        (Tried::TooMany(1), [false, true, false]),
        (Tried::Closed(1), [false, false, true]),
    ] {
        let told = [error.is_full(), error.is_too_many(), error.is_closed()];
        assert_eq!((told, error.into_inner()), (is, 1));
    }
    for (error, many) in [(Parked::TooMany(1), true), (Parked::Closed(1), false)] {
        assert_eq!((error.is_too_many(), error.is_closed()), (many, !many));
        assert_eq!(error.into_inner(), 1);
        assert_eq!(Tried::from(error).is_too_many(), many);
        assert_eq!(Tried::from(error).is_closed(), !many);
    }
    for (error, is) in [
        (Timed::Timeout, [true, false, false]),
        (Timed::TooMany, [false, true, false]),
        (Timed::Closed, [false, false, true]),
    ] {
        let told = [error.is_timeout(), error.is_too_many(), error.is_closed()];
        assert_eq!(told, is);
    }
    assert_eq!(Timed::from(Parked::TooMany(())), Timed::TooMany);
    assert_eq!(Timed::from(Parked::Closed(())), Timed::Closed);
}

#[test]
fn an_error_goes_on_without_its_value() {
    assert_eq!(SendError(Opaque).without_value(), SendError(()));
    let rows = [
        (TrySendError::Full(Opaque), TrySendError::Full(())),
        (TrySendError::Closed(Opaque), TrySendError::Closed(())),
    ];
    for (error, expected) in rows {
        assert_eq!(error.without_value(), expected);
    }
    let rows = [
        (
            SendTimeoutError::Timeout(Opaque),
            SendTimeoutError::Timeout(()),
        ),
        (
            SendTimeoutError::Closed(Opaque),
            SendTimeoutError::Closed(()),
        ),
    ];
    for (error, expected) in rows {
        assert_eq!(error.without_value(), expected);
    }
}

#[test]
fn predicates_and_values() {
    for (error, full) in [
        (TrySendError::Full(1), true),
        (TrySendError::Closed(1), false),
    ] {
        assert_eq!((error.is_full(), error.is_closed()), (full, !full));
        assert_eq!(error.into_inner(), 1);
    }
    let timed = [SendTimeoutError::Timeout(1), SendTimeoutError::Closed(1)];
    for (error, late) in timed.into_iter().zip([true, false]) {
        assert_eq!((error.is_timeout(), error.is_closed()), (late, !late));
        assert_eq!(error.into_inner(), 1);
    }
    assert!(TryRecvError::Empty.is_empty() && !TryRecvError::Empty.is_closed());
    assert!(TryRecvError::Closed.is_closed() && !TryRecvError::Closed.is_empty());
    assert!(RecvTimeoutError::Timeout.is_timeout() && !RecvTimeoutError::Timeout.is_closed());
    assert!(RecvTimeoutError::Closed.is_closed() && !RecvTimeoutError::Closed.is_timeout());
    assert_eq!(TrySendError::from(SendError(1)), TrySendError::Closed(1));
    assert_eq!(
        SendTimeoutError::from(SendError(1)),
        SendTimeoutError::Closed(1)
    );
    assert_eq!(TryRecvError::from(RecvError), TryRecvError::Closed);
    assert_eq!(RecvTimeoutError::from(RecvError), RecvTimeoutError::Closed);
}
