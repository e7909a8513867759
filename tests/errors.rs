//! Every error: `Error + Send + Sync + 'static`, its text, and each of its predicates on each variant.
//! One section a block, in alphabetical order.

// === arena ===

mod arena {
    use std::error::Error;

    use shorttail::arena::{ArenaFull, ConfigError, Exhausted};

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
        let refused = ConfigError::OutOfMemory { bytes: 9 };
        assert_eq!(text(refused), "no memory for an arena of 9 bytes");
        assert_eq!(text(Exhausted { arenas: 4 }), "all 4 arenas are in use");
        let full = ArenaFull {
            requested: 8,
            remaining: 3,
        };
        assert_eq!(text(full), "8 bytes do not fit into the arena's last 3");
    }
}

// === cache ===

// === channel ===

// === http1 ===

// === pool ===

mod pool {
    use std::error::Error;
    use std::io;

    use shorttail::pool::{AcquireError, BufferFull, ConfigError, ReadError};

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
