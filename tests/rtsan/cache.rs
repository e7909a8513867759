//! cache: reads on every path.

use std::time::Duration;

use shorttail::cache::{Cache, Lookup};

use crate::realtime::nonblocking;

#[test]
fn reads_neither_allocate_nor_lock_nor_call_the_system() {
    let cache = Cache::builder(100)
        .stale_window(Duration::from_secs(60))
        .build()
        .unwrap();
    for key in 0..50_u32 {
        cache.insert(key, key).unwrap();
    }
    cache.insert_for(60, 60, Duration::from_secs(600)).unwrap();
    cache.insert_negative(61).unwrap();
    cache.insert(62, 62).unwrap();
    cache.expire(&62);
    nonblocking(|| {
        for key in 0..50 {
            assert_eq!(cache.get(&key), Lookup::Fresh(key));
            assert_eq!(cache.get(&(key + 100)), Lookup::Miss);
        }
        assert_eq!(cache.get(&60), Lookup::Fresh(60), "reads the clock");
        assert_eq!(cache.get(&61), Lookup::Negative);
        assert_eq!(cache.get(&62), Lookup::Stale(62));
        assert!(cache.contains(&1));
        // More nested reads than a reader has records to try.
        cache.with(&1, |_| {
            cache.with(&2, |_| {
                cache.with(&3, |_| {
                    cache.with(&4, |_| {
                        cache.with(&5, |_| assert_eq!(cache.get(&6), Lookup::Fresh(6)))
                    });
                });
            });
        });
    });
}
