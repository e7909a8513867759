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
