//! workers' errors.

use std::error::Error;

use shorttail::channel;
use shorttail::workers::{ConfigError, Inline};

fn text<E: Error + Send + Sync + 'static>(error: E) -> String {
    error.to_string()
}

#[test]
fn configurations() {
    let lanes = channel::ConfigError::Aging;
    let pin = ConfigError::Pin {
        worker: 1,
        cpu: 9,
        errno: 22,
    };
    let rows = [
        (
            ConfigError::Workers { workers: 0 },
            "a pool has 1 to 256 workers, not 0",
        ),
        (
            ConfigError::NoSuchLane { lane: 2, lanes: 2 },
            "workers reserved for lane 2 of 2",
        ),
        (
            ConfigError::Reserved {
                reserved: 3,
                workers: 2,
            },
            "3 of 2 workers reserved",
        ),
        (
            ConfigError::NobodyFor { lane: 1 },
            "no worker is left for lane 1",
        ),
        (ConfigError::Spawn, "a thread could not be started"),
        (
            ConfigError::Start { worker: 3 },
            "worker 3: the start hook panicked",
        ),
        (pin, "worker 1: no use of processor 9, error 22"),
    ];
    for (error, words) in rows {
        assert!(error.source().is_none());
        assert_eq!(text(error), words);
    }
    let error = ConfigError::from(lanes);
    assert_eq!(error.source().unwrap().to_string(), lanes.to_string());
    assert_eq!(text(error), format!("lanes: {lanes}"));
}

#[test]
fn closures_that_do_not_fit() {
    let refused = Inline::<8>::try_new({
        let large = [1_u8; 9];
        move || assert_eq!(large, [1; 9])
    });
    let refused = refused.unwrap_err();
    assert_eq!(format!("{refused:?}"), "TooLarge(..)");
    assert_eq!(
        text(refused),
        "a closure of 9 bytes, aligned to 1, in a place of 8"
    );
}
