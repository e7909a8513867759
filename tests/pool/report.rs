//! What a pool tells of buffers that are held, and of its memory.

use std::time::Duration;

use shorttail::pool::BufferPool;

fn tracking() -> BufferPool {
    let builder = BufferPool::builder().class(64, 3).class(4096, 3);
    builder.track_age(true).build().unwrap()
}

/// Slot sizes of what is held at all.
fn held(pool: &BufferPool) -> Vec<usize> {
    let held = pool.outstanding_older_than(Duration::ZERO);
    held.map(|held| held.slot_bytes).collect()
}

#[test]
fn what_is_held_in_any_form_is_listed_until_released() {
    let pool = tracking();
    assert_eq!(held(&pool), []);
    let small = pool.try_acquire(1).unwrap();
    let large = pool.try_acquire(100).unwrap().freeze();
    let part = large.slice(..0);
    assert_eq!(held(&pool), [64, 4096]);
    drop(small);
    drop(large);
    assert_eq!(held(&pool), [4096]);
    drop(part);
    assert_eq!(held(&pool), []);
    std::mem::forget(pool.acquire(1).unwrap());
    assert_eq!(held(&pool), [64]);
}

#[test]
fn the_age_decides() {
    let pool = tracking();
    let first = pool.try_acquire(1).unwrap();
    let second = pool.try_acquire(1).unwrap();
    let ages: Vec<_> = pool.outstanding_older_than(Duration::ZERO).collect();
    let [a, b] = ages[..] else { panic!("{ages:?}") };
    assert_ne!(a.slot, b.slot);
    assert_eq!(pool.outstanding_older_than(Duration::MAX).count(), 0);
    // Whoever is older at one reading is so at each.
    let older = Duration::from_nanos(a.age_ns.max(b.age_ns));
    assert!(pool.outstanding_older_than(older).count() >= 1);
    drop((first, second));
}

#[test]
fn a_workers_stock_is_not_held() {
    let pool = tracking();
    let mut local = pool.local();
    let buf = local.try_acquire(1).unwrap();
    assert_eq!(held(&pool), [64]);
    local.put_back(buf);
    assert_eq!((held(&pool), pool.outstanding()), (vec![], 1));
    let again = local.try_acquire(1).unwrap();
    assert_eq!(held(&pool), [64]);
    drop(again);
}

#[test]
fn nothing_is_listed_unasked() {
    let pool = crate::pool(64, 1);
    let _held = pool.try_acquire(1).unwrap();
    assert_eq!(held(&pool), []);
}

#[test]
fn every_slot_lies_in_its_classs_region() {
    let pool = tracking();
    let regions: Vec<_> = pool.regions().collect();
    let sizes: Vec<_> = regions.iter().map(|region| region.slot_bytes).collect();
    assert_eq!(sizes, [64, 4096]);
    for region in regions {
        let bufs = [(); 3].map(|()| pool.try_acquire(region.slot_bytes).unwrap());
        let first = region.start.addr().get();
        for buf in &bufs {
            let offset = buf.as_ptr().addr() - first;
            assert!(offset + region.slot_bytes <= region.bytes, "{offset}");
        }
    }
}
