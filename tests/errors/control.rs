//! control's errors and the time-outs of headers.

use std::error::Error;

use shorttail::control::{
    CARRIED_BYTES, Class, ClientThrottle, ConfigError, Gate, MergeCarriedError, ParseCarriedError,
    ParseHeaderError, ParseShareError, Reason, SetWhy, StopReason, Toggles,
};
use shorttail::time::{Deadline, ParseTimeoutError};

fn text<E: Error + Send + Sync + 'static>(error: E) -> String {
    error.to_string()
}

#[test]
fn configurations() {
    let rows = [
        (ConfigError::Ratio, "a ratio is from 0.001 to 1000"),
        (ConfigError::Attempts, "a call has at least one attempt"),
        (ConfigError::AttemptLimit, "an attempt may take no time"),
        (ConfigError::Quantile, "a quantile is above 0 and below 1"),
        (ConfigError::Limit, "a limit is from 1 to 8191"),
        (
            ConfigError::Shares,
            "shares fall from tier to tier, from 1 to above 0",
        ),
        (
            ConfigError::HeldBack,
            "what is held back is a share from 0 to 1",
        ),
        (
            ConfigError::ThrottleRatio,
            "a throttle's ratio is from 1 to 1000",
        ),
        (
            ConfigError::ThrottleWindow,
            "a throttle's window is from 8 ms to an hour",
        ),
        (ConfigError::Waiters, "at most 255 wait"),
        (
            ConfigError::Window,
            "a gate's window is from 1 ms to an hour",
        ),
        (ConfigError::Targets, "a budget has a p95 or a p99"),
        (
            ConfigError::Unit,
            "a budget's unit is above nothing and at most an hour",
        ),
        (
            ConfigError::Level,
            "a budget's level is above 0 and below 1",
        ),
        (ConfigError::Recorders, "counters are for 1 to 1024 threads"),
    ];
    for (error, words) in rows {
        assert_eq!(text(error), words);
    }
}

#[test]
fn headers() {
    let rows = [
        (ParseTimeoutError::Empty, "no digit at byte 0"),
        (ParseTimeoutError::Digit { at: 3 }, "no digit at byte 3"),
        (
            ParseTimeoutError::TooLong { at: 8 },
            "a digit too many at byte 8",
        ),
        (
            ParseTimeoutError::Unit { at: 2 },
            "no unit of grpc-timeout at byte 2",
        ),
    ];
    for (error, words) in rows {
        assert_eq!(text(error), words);
    }
    assert_eq!(
        text(ParseHeaderError { at: 4 }),
        "not one to nine digits: byte 4"
    );
}

#[test]
fn reasons_to_stop() {
    let rows = [
        (StopReason::Permanent, "the failure is permanent"),
        (StopReason::Refused, "the other side asked for no retry"),
        (StopReason::OtherLayer, "another layer retries"),
        (
            StopReason::NotIdempotent,
            "the request was sent and is not idempotent",
        ),
        (StopReason::Attempts, "all attempts were made"),
        (
            StopReason::Deadline,
            "the deadline comes before the next attempt",
        ),
        (StopReason::Budget, "the retry budget is spent"),
    ];
    for (reason, words) in rows {
        assert_eq!(reason.to_string(), words);
    }
}

#[test]
fn refusals() {
    let rows = [
        (Reason::Expired, "the deadline has passed"),
        (Reason::TooLate, "it would be done after its deadline"),
        (Reason::Limit, "as many are in flight as the limit has"),
        (Reason::Share, "as many are in flight as its class may fill"),
        (Reason::Line, "as many wait as may"),
    ];
    for (reason, words) in rows {
        assert_eq!(reason.to_string(), words);
    }
    let gate = Gate::builder(1).build().unwrap();
    let refused = gate
        .try_enter(Class::NORMAL, Deadline::at(0), 0)
        .unwrap_err();
    assert_eq!(text(refused), "refused: the deadline has passed");
    let throttle = ClientThrottle::new(1.0).unwrap().seeded(7);
    let held_back = (0..100).find_map(|call| throttle.try_send(call).err());
    assert!(text(held_back.unwrap()).ends_with("of 100 calls are"));
}

#[test]
fn what_a_budget_did_not_save() {
    let length = format!("7 bytes, not {CARRIED_BYTES}");
    let rows = [
        (ParseCarriedError::Length(7), length.as_str()),
        (
            ParseCarriedError::Kind,
            "not what a budget of this version saves",
        ),
        (ParseCarriedError::Changed, "changed since it was saved"),
    ];
    for (error, words) in rows {
        assert_eq!(text(error), words);
    }
    assert_eq!(text(MergeCarriedError::Build), "of two builds");
    assert_eq!(text(MergeCarriedError::Targets), "with two targets");
}

#[test]
fn shares_and_lists_of_toggles() {
    let rows = [
        (
            ParseShareError::Number,
            "a share is `on`, `off` or a percentage such as `12.5%`",
        ),
        (ParseShareError::AboveAll, "a share is at most 100%"),
    ];
    for (error, words) in rows {
        assert_eq!(text(error), words);
    }
    let error = Toggles::new(&[]).set(" , x").unwrap_err();
    assert_eq!((error.at, error.why), (3, SetWhy::Form));
    assert_eq!(text(error), "at byte 3: not `name=share`");
}
