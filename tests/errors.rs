//! Every error: `Error + Send + Sync + 'static`, its text, and its predicates on each variant.
//! One section a block, in alphabetical order.

// === arena ===

mod arena {
    use std::error::Error;

    use shorttail::arena::{ArenaFull, ConfigError, Exhausted, NoRoom, PushFmtError};

    fn text<E: Error + Send + Sync + 'static>(error: E) -> String {
        error.to_string()
    }

    #[test]
    fn texts() {
        assert_eq!(
            text(ConfigError::NoArenas),
            "a pool needs at least one arena"
        );
        assert_eq!(
            text(ConfigError::NoBytes),
            "an arena needs at least one byte"
        );
        assert_eq!(
            text(ConfigError::TooManyArenas),
            "a pool holds at most u32::MAX arenas"
        );
        assert_eq!(
            text(ConfigError::NoSpares),
            "arenas that may grow need at least one spare"
        );
        let below = ConfigError::LimitBelowSize {
            bytes: 7,
            limit_bytes: 6,
        };
        assert_eq!(text(below), "a limit of 6 is below the 7 of an arena");
        let refused = ConfigError::OutOfMemory { bytes: 9 };
        assert_eq!(text(refused), "no memory for 9 bytes of arenas");
        assert_eq!(text(Exhausted { arenas: 4 }), "all 4 arenas are in use");
        let full = ArenaFull {
            requested: 8,
            remaining: 3,
        };
        let words = "8 bytes do not fit into the arena's last 3";
        assert_eq!(text(full), words);
        assert!(PushFmtError::Full(full).source().is_none());
        assert_eq!(text(PushFmtError::Full(full)), words);
        let refused = PushFmtError::Format(std::fmt::Error);
        let source = refused.source();
        assert!(source.is_some_and(|source| source.is::<std::fmt::Error>()));
        assert_eq!(text(refused), "a value refused to be formatted");
        let refused = NoRoom {
            value: std::thread::current(),
            full,
        };
        assert!(!format!("{refused:?}").contains("Thread"));
        assert_eq!(ArenaFull::from(refused.clone()), full);
        assert_eq!(text(refused), words);
    }
}

// === cache ===

mod cache {
    use std::error::Error;

    use shorttail::cache::{
        ConfigError, Contended, Miss, Refused, RefusedWhy, RestoreError, Restored, SnapshotError,
        SnapshotWhy, Tag, UnknownTag,
    };

    fn text<E: Error + Send + Sync + 'static>(error: E) -> String {
        error.to_string()
    }

    #[test]
    fn config_errors() {
        let rows = [
            (ConfigError::NoCapacity, "the capacity is 0"),
            (
                ConfigError::TooLarge,
                "the capacity and the spare slots are above 2^30 entries, or a shard's spare slots \
                 above 65 534",
            ),
            (
                ConfigError::TooManyShards,
                "a shard would have fewer than 256 entries, or there would be more than 65 536",
            ),
            (
                ConfigError::Reserve,
                "the spare slots leave room for fewer than 256 entries in a shard",
            ),
            (
                ConfigError::WeightMax,
                "the weight at most is less than 1 for each shard",
            ),
            (ConfigError::Tags, "more than 65 534 tags"),
            (ConfigError::Jitter, "the jitter is not between 0 and 1"),
            (
                ConfigError::Loads,
                "the number of loads in flight is not between 1 and 1024",
            ),
            (
                ConfigError::LoaderThreads,
                "the number of loader threads is not between 1 and that of loads",
            ),
            (
                ConfigError::Beta,
                "the factor of early refreshes is not between 0 and 1000",
            ),
            (ConfigError::Spawn, "a loader thread could not be started"),
        ];
        for (error, expected) in rows {
            assert_eq!(text(error), expected);
        }
    }

    #[test]
    fn damaged_snapshots() {
        let (bytes, bytes_max, read, written) = (9, 8, 2, 3);
        let rows = [
            (
                SnapshotWhy::NoSnapshot,
                "it does not begin as a snapshot does",
            ),
            (SnapshotWhy::Version(2), "version 2 is not known"),
            (SnapshotWhy::Truncated, "it ends too early"),
            (SnapshotWhy::Checksum, "a checksum does not fit"),
            (
                SnapshotWhy::TooLong { bytes, bytes_max },
                "a part of 9 bytes is above the 8 allowed",
            ),
            (SnapshotWhy::Key, "the codec makes no key of it"),
            (SnapshotWhy::Value, "the codec makes no value of it"),
            (
                SnapshotWhy::Records { read, written },
                "2 records of 3 that were written",
            ),
            (
                SnapshotWhy::Io(std::io::ErrorKind::BrokenPipe),
                "the source failed: broken pipe",
            ),
        ];
        for (why, expected) in rows {
            let error = SnapshotError { at: 16, why };
            assert_eq!(why.to_string(), expected);
            assert_eq!(text(error), format!("at byte 16: {expected}"));
            let restored = Restored::default();
            let error = RestoreError {
                restored,
                why: error,
            };
            assert!(
                error
                    .source()
                    .is_some_and(|source| source.is::<SnapshotError>())
            );
            let expected = format!("0 of 0 records stored, then at byte 16: {expected}");
            assert_eq!(text(error), expected);
        }
    }

    #[test]
    fn refusals_hand_back_what_they_refused() {
        struct Opaque;
        let rows = [
            (
                RefusedWhy::Pressure,
                "insert refused: readers hold every spare slot of the shard",
            ),
            (RefusedWhy::NoRoom, "insert refused: the cache is full"),
            (
                RefusedWhy::NegativeShare,
                "insert refused: negative entries take their whole share",
            ),
            (
                RefusedWhy::UnknownTag,
                "insert refused: the cache has no such tag",
            ),
            (
                RefusedWhy::Oversized,
                "insert refused: the entry weighs more than a shard may hold",
            ),
            (
                RefusedWhy::Weight,
                "insert refused: what one insert may push out weighs too little",
            ),
            (
                RefusedWhy::Contended,
                "insert refused: another writer of the shard is at work",
            ),
        ];
        for (why, expected) in rows {
            let (key, value) = (Opaque, Opaque);
            let refused = Refused { key, value, why };
            assert_eq!(
                format!("{refused:?}"),
                format!("Refused {{ why: {why:?}, .. }}")
            );
            assert_eq!(text(refused), expected);
        }
        assert_eq!(text(Contended), "another writer of the shard is at work");
        assert_eq!(text(UnknownTag(Tag::new(7))), "the cache has no tag 7");
    }

    #[test]
    fn misses() {
        let rows: [(Miss<&str>, &str); 13] = [
            (Miss::LoadStarted, "a load was started"),
            (Miss::InFlight, "a load is under way"),
            (Miss::Deadline, "the budget ran out"),
            (
                Miss::Shed,
                "too many loads are under way, or too many wait for this one",
            ),
            (Miss::BackingOff, "the last load failed lately"),
            (Miss::BreakerOpen, "the breaker is open"),
            (Miss::Contended, "another thread held the shard"),
            (Miss::LoaderError("down"), "the loader failed: down"),
            (Miss::LoaderPanicked, "the loader panicked"),
            (Miss::LoadCancelled, "the load was cancelled"),
            (Miss::Reentrant, "the loader asked for its own key"),
            (Miss::Closed, "the cache is closed"),
            (Miss::NoLoader, "the cache has no loader"),
        ];
        for (miss, expected) in rows {
            assert_eq!(text(miss), expected);
        }
    }
}

// === channel ===

#[path = "errors/channel.rs"]
mod channel;

// === control ===

#[path = "errors/control.rs"]
mod control;

// === http1 and interop ===

#[cfg(feature = "tower")]
#[test]
fn layers_of_tower() {
    use shorttail::control::{Class, Gate, Refused};
    use shorttail::interop::tower::{AdmissionError, DeadlineError};
    use shorttail::time::Deadline;
    use std::error::Error;

    type Io = std::io::Error;
    let late = DeadlineError::<Io>::Late;
    assert_eq!(late.to_string(), "the deadline has passed");
    assert!(late.source().is_none());
    let own = || Io::from(std::io::ErrorKind::TimedOut);
    let inner = DeadlineError::Inner(own());
    assert_eq!(inner.to_string(), own().to_string());
    assert!(inner.source().is_none()); // the service's own error has none

    let gate = Gate::builder(1).build().expect("a gate");
    let _held = gate.try_enter(Class::NORMAL, Deadline::NEVER, 0);
    let refused = gate.try_enter(Class::NORMAL, Deadline::NEVER, 0);
    let refused = AdmissionError::<Io>::Refused(refused.expect_err("the limit is one"));
    assert!(
        refused
            .source()
            .is_some_and(|source| source.is::<Refused>())
    );
    assert!(refused.to_string().starts_with("refused: "));
    assert_eq!(AdmissionError::Inner(own()).to_string(), own().to_string());
}

#[cfg(feature = "http")]
#[test]
fn responses_of_http() {
    use shorttail::http1::Refused;
    use shorttail::interop::http::ResponseError;
    use std::error::Error;

    for (error, text) in [
        (
            ResponseError::Version(http::Version::HTTP_2),
            "HTTP/2.0 is not of HTTP/1",
        ),
        (
            ResponseError::Fields(129),
            "129 fields, where 128 are written at most",
        ),
        (
            ResponseError::Framing("connection"),
            "`connection` contradicts how the body is framed",
        ),
        (ResponseError::Field(3), "`http` does not take field 3"),
        (Refused::NoRoom(38).into(), "head needs 38 bytes of room"),
    ] {
        assert_eq!(error.to_string(), text);
        assert!(error.source().is_none());
    }
}

#[path = "errors/http1.rs"]
mod http1;

#[path = "errors/limit.rs"]
mod limit;

// === pool ===

mod pool {
    use std::error::Error;
    use std::io;

    use shorttail::pool::{
        AcquireError, BufferFull, ConfigError, MemoryPolicy, PutFmtError, PutSliceError, ReadError,
    };

    fn text<E: Error + Send + Sync + 'static>(error: E) -> String {
        error.to_string()
    }

    #[test]
    fn config_texts() {
        assert_eq!(
            text(ConfigError::NoClasses),
            "a pool needs at least one size class"
        );
        let (slot_bytes, slots) = (8, 0);
        let empty = ConfigError::EmptyClass { slot_bytes, slots };
        assert_eq!(text(empty), "a class of 0 slots of 8 bytes is empty");
        let twice = ConfigError::DuplicateClass { slot_bytes };
        assert_eq!(text(twice), "two classes have slots of 8 bytes");
        let large = ConfigError::ClassTooLarge {
            slot_bytes,
            slots: 9,
        };
        assert_eq!(text(large), "9 slots of 8 bytes are too many for one class");
        let refused = ConfigError::OutOfMemory { bytes: 7 };
        assert_eq!(text(refused), "no memory for a class of 7 bytes");
        let text_of = |policy, errno| text(ConfigError::PolicyRefused { policy, errno });
        assert_eq!(
            text_of(MemoryPolicy::Lock, Some(12)),
            "locking memory was refused: errno 12"
        );
        assert_eq!(
            text_of(MemoryPolicy::HugePages, None),
            "mapping huge pages is not to be had on this platform"
        );
        assert_eq!(
            text_of(MemoryPolicy::DontFork, None),
            "keeping memory from forked children is not to be had on this platform"
        );
    }

    #[test]
    fn acquire_texts_and_predicate() {
        let (len, slot_bytes, slots) = (5, 8, 2);
        let exhausted = AcquireError::Exhausted {
            len,
            slot_bytes,
            slots,
        };
        assert!(exhausted.is_exhausted());
        assert_eq!(text(exhausted), "all 2 buffers of 8 bytes are in use");
        let oversized = AcquireError::Oversized {
            len: 9,
            slot_bytes_max: 8,
        };
        assert!(!oversized.is_exhausted());
        assert_eq!(
            text(oversized),
            "9 bytes are more than the largest buffer's 8"
        );
    }

    #[test]
    fn filling_texts_and_source() {
        let full = BufferFull {
            requested: 3,
            remaining: 2,
        };
        let fmt_full = PutFmtError::Full(full);
        assert_eq!(fmt_full.to_string(), full.to_string());
        assert!(fmt_full.source().is_none());
        let refused = PutFmtError::Format(std::fmt::Error);
        assert!(
            refused
                .source()
                .is_some_and(|source| source.is::<std::fmt::Error>())
        );
        assert_eq!(text(refused), "a value refused to be formatted");
        let (written, rest) = (4, &b"o"[..]);
        let left = "the buffer is full: it took 4 bytes and left 1";
        assert_eq!(text(PutSliceError { written, rest }), left);
        assert_eq!(text(full), "3 bytes do not fit into the buffer's last 2");
        assert!(ReadError::Full.source().is_none());
        assert_eq!(text(ReadError::Full), "the buffer is full");
        let broken = ReadError::Io(io::ErrorKind::BrokenPipe.into());
        assert!(
            broken
                .source()
                .is_some_and(|source| source.is::<io::Error>())
        );
        assert_eq!(text(broken), "reading into the buffer failed");
    }
}

// === workers ===

#[path = "errors/workers.rs"]
mod workers;
