//! Every error: `Error + Send + Sync + 'static`, its text, and its predicates on each variant.
//! One section a block, in alphabetical order.

// === arena ===

mod arena {
    use std::error::Error;

    use shorttail::arena::{ArenaFull, ConfigError, Exhausted, NoRoom};

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
        assert_eq!(text(refused), "no memory for an arena of 9 bytes");
        assert_eq!(text(Exhausted { arenas: 4 }), "all 4 arenas are in use");
        let full = ArenaFull {
            requested: 8,
            remaining: 3,
        };
        let words = "8 bytes do not fit into the arena's last 3";
        assert_eq!(text(full), words);
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

    use shorttail::cache::{ConfigError, Miss, Refused, RefusedWhy};

    fn text<E: Error + Send + Sync + 'static>(error: E) -> String {
        error.to_string()
    }

    #[test]
    fn config_errors() {
        let rows = [
            (ConfigError::NoCapacity, "the capacity is 0"),
            (
                ConfigError::TooLarge,
                "the capacity and the spare slots are above 2^30 entries",
            ),
            (
                ConfigError::TooManyShards,
                "a shard would have fewer than 256 entries",
            ),
            (ConfigError::Jitter, "the jitter is not between 0 and 1"),
            (
                ConfigError::Loads,
                "the number of loads in flight is not between 1 and 1024",
            ),
            (
                ConfigError::LoaderThreads,
                "the number of loader threads is not between 1 and that of loads",
            ),
            (ConfigError::Spawn, "a loader thread could not be started"),
        ];
        for (error, expected) in rows {
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
    }

    #[test]
    fn misses() {
        let rows: [(Miss<&str>, &str); 11] = [
            (Miss::LoadStarted, "a load was started"),
            (Miss::InFlight, "a load is under way"),
            (Miss::Deadline, "the budget ran out"),
            (Miss::Shed, "too many loads are under way"),
            (Miss::BackingOff, "the last load failed lately"),
            (Miss::Contended, "another thread held the shard"),
            (Miss::LoaderError("down"), "the loader failed: down"),
            (Miss::LoaderPanicked, "the loader panicked"),
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

// === http1 ===

mod http1 {
    use std::error::Error;

    use shorttail::http1::{BodyError, ConfigError, FillError, HeadError, Refused};
    use shorttail::pool::AcquireError;

    fn text<E: Error + Send + Sync + 'static>(error: E) -> String {
        error.to_string()
    }

    #[test]
    fn head_errors() {
        use shorttail::http1::HeadErrorKind as K;
        let rows = [
            (
                K::BlankLines,
                400,
                "too many empty lines before the request line",
            ),
            (K::Method, 400, "method is not a token"),
            (K::MethodTooLong, 501, "method is too long"),
            (K::Target, 400, "target holds a forbidden byte"),
            (K::TargetForm, 400, "target has the wrong form"),
            (K::TargetTooLong, 414, "target is too long"),
            (K::Version, 400, "version is malformed"),
            (K::UnsupportedVersion, 505, "version is not supported"),
            (K::Http2Preface, 505, "HTTP/2 preface"),
            (K::LineEnd, 400, "line does not end in CRLF"),
            (K::Fold, 400, "field line begins with whitespace"),
            (K::FieldName, 400, "field name is malformed"),
            (K::FieldValue, 400, "field value holds a control byte"),
            (K::TooManyFields, 431, "too many fields"),
            (K::LineTooLong, 431, "line is too long"),
            (K::HeadTooLarge, 431, "head is too large"),
            (K::HostMissing, 400, "host is missing"),
            (K::HostRepeated, 400, "host is repeated"),
            (K::Host, 400, "host is malformed"),
            (K::ContentLength, 400, "content length is malformed"),
            (K::ContentLengthRepeated, 400, "content length is repeated"),
            (
                K::FramingConflict,
                400,
                "content length beside transfer encoding",
            ),
            (K::TransferEncoding, 400, "transfer encoding is malformed"),
            (
                K::UnsupportedCoding,
                501,
                "transfer coding is not supported",
            ),
            (
                K::TransferEncodingVersion,
                400,
                "transfer encoding in HTTP/1.0",
            ),
            (K::FramedConnect, 400, "body framing with CONNECT"),
            (K::BodyTooLarge, 413, "body is too large"),
            (K::Expectation, 417, "expectation is not supported"),
            (K::ArenaFull, 431, "arena is full"),
            (K::TimedOut, 408, "head timed out"),
            (K::BodyUnread, 500, "body of the request before is unread"),
            (K::NoUpgrade, 500, "no protocol switch was offered"),
            (K::AfterError, 400, "connection failed earlier"),
            (K::AfterClose, 400, "connection is closed"),
        ];
        for (kind, status, words) in rows {
            let error = HeadError::new(kind, 7);
            assert_eq!((error.kind(), error.offset()), (kind, 7));
            assert_eq!((error.status(), kind.status()), (status, status));
            assert_eq!(text(error), format!("{words} at byte 7"));
        }
    }

    #[test]
    fn body_errors() {
        use shorttail::http1::BodyErrorKind as K;
        let rows = [
            (K::ChunkSize, 400, "chunk size is malformed"),
            (K::ChunkExtension, 400, "chunk extension is malformed"),
            (K::ChunkLineEnd, 400, "chunk size line does not end in CRLF"),
            (K::ChunkDataEnd, 400, "chunk data does not end in CRLF"),
            (K::ChunkLineTooLong, 400, "chunk size line is too long"),
            (K::ChunkOverhead, 400, "too much chunk framing"),
            (K::TooLarge, 413, "body is too large"),
            (K::Trailer, 400, "trailer is malformed"),
            (K::TrailerForbidden, 400, "trailer is not allowed"),
            (K::TrailersTooLarge, 431, "trailers are too large"),
            (K::AfterError, 400, "connection failed earlier"),
        ];
        for (kind, status, words) in rows {
            let error = BodyError::new(kind, 7);
            assert_eq!((error.kind(), error.offset()), (kind, 7));
            assert_eq!((error.status(), kind.status()), (status, status));
            assert_eq!(text(error), format!("{words} at body byte 7"));
        }
    }

    #[test]
    fn fills() {
        let pool = AcquireError::Oversized {
            len: 9,
            slot_bytes_max: 8,
        };
        let why = pool.to_string();
        let error = FillError::NoRoom(pool);
        assert_eq!(error.source().map(ToString::to_string), Some(why));
        assert_eq!(text(error), "no buffer to read into");
        let error = FillError::Io(std::io::Error::other("cable"));
        assert_eq!(
            error.source().map(ToString::to_string).as_deref(),
            Some("cable")
        );
        assert_eq!(text(error), "the read failed");
    }

    #[test]
    fn refused_responses() {
        let rows = [
            (Refused::Status, "status is not 100 to 999"),
            (Refused::Name(1), "name of field 1 is not a token"),
            (Refused::Value(1), "value of field 1 holds a control byte"),
            (Refused::OwnField(1), "field 1 belongs to the framing"),
            (Refused::Body, "this response cannot have such a body"),
            (
                Refused::Interim,
                "an HTTP/1.0 client knows no interim response",
            ),
            (Refused::Upgrade, "status and protocol switch disagree"),
            (Refused::NoRoom(9), "head needs 9 bytes of room"),
        ];
        for (error, words) in rows {
            assert_eq!(text(error), words);
        }
    }

    #[test]
    fn limits() {
        let fields = "the field limit must be 1 to 255";
        let head = "the head limit must exceed the line limit and be at most 1 MiB";
        let line = "the line limit must exceed the target limit by 64";
        let target = "the target limit must be 1 byte to 1 MiB";
        let trailers = "the trailer limit must be 2 bytes to 1 MiB";
        assert_eq!(text(ConfigError::Fields), fields);
        assert_eq!(text(ConfigError::Head), head);
        assert_eq!(text(ConfigError::Line), line);
        assert_eq!(text(ConfigError::Target), target);
        assert_eq!(text(ConfigError::Trailers), trailers);
    }
}

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
