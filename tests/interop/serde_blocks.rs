//! Blocks as a file describes them: each setting does what its constructor's does, and what does
//! not fit is told by the setting's name.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use shorttail::arena::{self, ArenaPool, Overflow};
use shorttail::cache::{self, Cache, Lookup, Warmer};
use shorttail::channel::{self, Lanes, OnFull};
use shorttail::pool::{self, BufferPool, BytesBuilder, BytesPool, HugePages};
use shorttail::time::MockClock;
use shorttail::workers::{PoolBuilder, Task};

use crate::serde_config::assert_wrong;

const SECOND: Duration = Duration::from_secs(1);

#[track_caller]
pub(super) fn read<C: DeserializeOwned>(json: &str) -> C {
    serde_json::from_str(json).unwrap()
}

/// What is read is what the constructor makes.
#[track_caller]
pub(super) fn assert_same<C: DeserializeOwned + Debug>(json: &str, built: &C) {
    assert_eq!(format!("{:?}", read::<C>(json)), format!("{built:?}"));
}

#[test]
fn channels_and_lanes() {
    let plain = channel::Builder::new(8).patience(3).on_full(OnFull::Shed);
    assert_same(r#"{"capacity":8,"patience":3,"on_full":"shed"}"#, &plain);
    assert_same(r#"{"capacity":0}"#, &channel::Builder::new(0));
    for (name, policy) in [
        ("wait", OnFull::Wait),
        ("reject", OnFull::Reject),
        ("drop_oldest", OnFull::DropOldest),
    ] {
        let json = format!(r#"{{"on_full":"{name}","capacity":1}}"#);
        assert_same(&json, &channel::Builder::new(1).on_full(policy));
    }
    let lanes = Lanes::new([4, 64])
        .aging(9)
        .patience(2)
        .on_full(0, OnFull::Reject)
        .on_full(1, OnFull::DropOldest);
    assert_same(
        r#"{"capacities":[4,64],"aging":9,"patience":2,"on_full":["reject","drop_oldest"]}"#,
        &lanes,
    );
    let strict = Lanes::new([1, 2]).strict();
    assert_same(r#"{"capacities":[1,2],"strict":true}"#, &strict);
    assert_same(r#"{"capacities":[5],"strict":false}"#, &Lanes::new([5]));
}

#[test]
fn what_a_channel_cannot_be_is_told() {
    assert_wrong::<channel::Builder>(&[
        ("{}", "`capacity`: it has to be there"),
        (r#"{"patience":65536}"#, "`patience`: 65536 is too large"),
        (
            r#"{"on_full":"block"}"#,
            "`on_full`: `block` is none of its words",
        ),
        (
            r#"{"size":1}"#,
            "`size`: Channel has capacity, patience, on_full",
        ),
    ]);
    assert_wrong::<Lanes>(&[
        ("{}", "`capacities`: one to 32 lanes, not 0"),
        (r#"{"capacities":[4,0]}"#, "`capacities`: the capacity is 0"),
        (
            r#"{"capacities":[4,"a"]}"#,
            "`capacities`: invalid type: string \"a\", expected u64",
        ),
        (
            r#"{"capacities":4}"#,
            "`capacities`: invalid type: integer `4`, expected a list of numbers",
        ),
        (
            r#"{"capacities":[4],"aging":1}"#,
            "`aging`: every second receive at most can be aged",
        ),
        (
            r#"{"capacities":[4],"aging":4,"strict":true}"#,
            "`aging`: strict lanes age nothing",
        ),
        (
            r#"{"capacities":[4],"on_full":["wait","shed"]}"#,
            "`on_full`: a policy for lane 1 of 1",
        ),
        (
            r#"{"on_full":["wait","drop"]}"#,
            "`on_full`: `drop` is none of its words",
        ),
        (
            r#"{"on_full":"wait"}"#,
            "`on_full`: invalid type: string \"wait\", expected a list of words",
        ),
        (
            r#"{"strict":1}"#,
            "`strict`: invalid type: integer `1`, expected a boolean",
        ),
    ]);
}

#[test]
fn pools_of_buffers_and_arenas() {
    let buffers = BufferPool::builder()
        .class(64, 3)
        .class(4096, 2)
        .use_next_larger(true)
        .heap_overflow(100)
        .prefault(false)
        .huge_pages(HugePages::Transparent)
        .lock_memory(true)
        .dont_fork(true)
        .wipe(true)
        .track_age(true);
    assert_same(
        r#"{"classes":[[64,3],[4096,2]],"use_next_larger":true,"heap_overflow_bytes":100,
            "prefault":false,"huge_pages":"transparent","lock_memory":true,"dont_fork":true,
            "wipe":true,"track_age":true}"#,
        &buffers,
    );
    let small = BufferPool::builder().class(8, 1);
    assert_same(r#"{"classes":[[8,1]]}"#, &small);
    let reserved = small.huge_pages(HugePages::Reserved);
    assert_same(r#"{"classes":[[8,1]],"huge_pages":"reserved"}"#, &reserved);
    let bytes = BytesPool::builder().class(64, 3).looks(5);
    assert_same(
        r#"{"classes":[[64,3]],"looks":5,"use_next_larger":true,"track_age":true}"#,
        &bytes.use_next_larger(true).track_age(true),
    );
    let pool: pool::Builder = read(r#"{"classes":[[4096,2],[64,3]]}"#);
    let sizes = pool.build().unwrap();
    let sizes = sizes
        .class_stats()
        .map(|class| (class.slot_bytes, class.slots));
    assert_eq!(sizes.collect::<Vec<_>>(), [(64, 3), (4096, 2)]);

    let arenas = ArenaPool::builder(2, 1024);
    assert_same(r#"{"count":2,"bytes_each":1024}"#, &arenas);
    let growing = arenas.wipe(true).overflow(Overflow::Grow {
        arena_bytes_max: 4096,
        budget_bytes: 8192,
        spares: 1,
    });
    assert_same(
        r#"{"count":2,"bytes_each":1024,"wipe":true,"arena_bytes_max":4096,"budget_bytes":8192,
            "spares":1}"#,
        &growing,
    );
}

#[test]
fn what_a_pool_cannot_be_is_told() {
    assert_wrong::<pool::Builder>(&[
        ("{}", "`classes`: a pool needs at least one size class"),
        (
            r#"{"classes":[[64,0]]}"#,
            "`classes`: a class of 0 slots of 64 bytes is empty",
        ),
        (
            r#"{"classes":[[64,1],[64,2]]}"#,
            "`classes`: two classes have slots of 64 bytes",
        ),
        (
            r#"{"classes":[64,1]}"#,
            "`classes`: invalid type: integer `64`, expected a tuple of size 2",
        ),
        (
            r#"{"classes":{}}"#,
            "`classes`: invalid type: map, expected a list of pairs of numbers",
        ),
        (
            r#"{"huge_pages":"yes"}"#,
            "`huge_pages`: `yes` is none of its words",
        ),
    ]);
    assert_wrong::<BytesBuilder>(&[
        ("{}", "`classes`: a pool needs at least one size class"),
        (
            r#"{"looks":4294967296}"#,
            "`looks`: 4294967296 is too large",
        ),
    ]);
    assert_wrong::<arena::Builder>(&[
        ("{}", "`count`: it has to be there"),
        (r#"{"count":1}"#, "`bytes_each`: it has to be there"),
        (
            r#"{"count":0,"bytes_each":8}"#,
            "`count`: a pool needs at least one arena",
        ),
        (
            r#"{"count":4294967296,"bytes_each":8}"#,
            "`count`: a pool holds at most u32::MAX arenas",
        ),
        (
            r#"{"count":1,"bytes_each":0}"#,
            "`bytes_each`: an arena needs at least one byte",
        ),
        (
            r#"{"count":1,"bytes_each":8,"spares":1}"#,
            "`arena_bytes_max`: it has to be there",
        ),
        (
            r#"{"count":1,"bytes_each":8,"spares":1,"budget_bytes":9,"arena_bytes_max":7}"#,
            "`arena_bytes_max`: a limit of 7 is below the 8 of an arena",
        ),
        (
            r#"{"count":1,"bytes_each":8,"spares":0,"budget_bytes":9,"arena_bytes_max":9}"#,
            "`spares`: arenas that may grow need at least one spare",
        ),
        (
            r#"{"count":1,"bytes_each":8,"spares":4294967296,"budget_bytes":9,
                "arena_bytes_max":9}"#,
            "`spares`: a pool holds at most u32::MAX arenas",
        ),
    ]);
}

#[test]
fn a_cache_does_as_the_file_says() {
    let builder: cache::Builder<u32, u32> = read(
        r#"{"capacity":2000,"shards":2,"reserve":40,"ttl_ns":10000000000,"jitter":0,
            "stale_window_ns":5000000000,"negative_ttl_ns":2000000000,"tags":3}"#,
    );
    let text = format!("{builder:?}");
    assert!(
        text.contains("capacity: 2000, shards: Some(2), reserve: 40"),
        "{text}"
    );
    let clock = Arc::new(MockClock::new());
    let cache = builder.clock(Arc::clone(&clock)).build().unwrap();
    cache.insert(1, 10).unwrap();
    cache.insert_negative(2).unwrap();
    let after = |time: Duration| {
        clock.advance(time);
        (cache.get(&1), cache.get(&2))
    };
    assert_eq!(after(SECOND), (Lookup::Fresh(10), Lookup::Negative));
    assert_eq!(after(SECOND), (Lookup::Fresh(10), Lookup::Miss));
    assert_eq!(after(8 * SECOND), (Lookup::Stale(10), Lookup::Miss));
    assert_eq!(after(5 * SECOND), (Lookup::Miss, Lookup::Miss));

    let idle: cache::Builder<u32, u32> = read(r#"{"capacity":9,"tti_ns":16000000000}"#);
    let cache = idle.clock(Arc::clone(&clock)).build().unwrap();
    cache.insert(1, 10).unwrap();
    clock.advance(16 * SECOND);
    assert_eq!(cache.get(&1), Lookup::Miss);
    let usual: cache::Builder<u32, u32> = read(r#"{"capacity":9}"#);
    let built = Cache::<u32, u32>::builder(9);
    assert_eq!(format!("{usual:?}"), format!("{built:?}"));

    let warmer: Warmer = read(
        r#"{"concurrency":4,"rate_per_s":9,"deadline_ns":5,"key_deadline_ns":7,"errors_max":1}"#,
    );
    assert!(format!("{warmer:?}").contains("concurrency: 4"));
}

#[test]
fn what_a_cache_cannot_be_is_told() {
    assert_wrong::<cache::Builder<String, String>>(&[
        ("{}", "`capacity`: the capacity is 0"),
        (
            r#"{"capacity":2000000000}"#,
            "`capacity`: the capacity and the spare slots are above",
        ),
        (
            r#"{"capacity":300,"shards":2}"#,
            "`shards`: a shard would have fewer than 256 entries",
        ),
        (
            r#"{"capacity":1000,"reserve":65534}"#,
            "`reserve`: the spare slots leave room for fewer",
        ),
        (
            r#"{"capacity":1000,"reserve":65535}"#,
            "`reserve`: the capacity and the spare slots are above",
        ),
        (
            r#"{"capacity":1,"jitter":1.5}"#,
            "`jitter`: the jitter is not between 0 and 1",
        ),
        (
            r#"{"capacity":1,"tags":65535}"#,
            "`tags`: more than 65 534 tags",
        ),
        (
            r#"{"capacity":1,"ttl":5}"#,
            "`ttl`: Cache has capacity, shards, reserve, ttl_ns, jitter, tti_ns",
        ),
    ]);
    assert_wrong::<Warmer>(&[(
        r#"{"rate_per_s":4294967296}"#,
        "`rate_per_s`: 4294967296 is too large",
    )]);
}

#[test]
fn workers_do_as_the_file_says() {
    let builder: PoolBuilder = read(
        r#"{"name":"jobs","lanes":[["hot",8],["cold",16]],"workers":3,"reserve":[[1,2]],
            "aging":4,"task_ops":5,"task_time_ns":6}"#,
    );
    let text = format!("{builder:?}");
    for part in [
        r#"name: "jobs""#,
        r#"lanes: [("hot", 8), ("cold", 16)]"#,
        "workers: 3",
        "reserved: [(1, 2)]",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let (pool, workers) = builder
        .build_manual(|_: u8, _: &mut Task<'_, u8>| {})
        .unwrap();
    assert_eq!((pool.lanes(), workers.len()), (2, 3));
    assert_eq!(pool.lane_name(1), "cold");
    assert_wrong::<PoolBuilder>(&[
        ("{}", "`lanes`: it has to be there"),
        (r#"{"reserve":[[0,1]]}"#, "`lanes`: it has to be there"),
        (
            r#"{"name":"a\u0000b","lanes":[["a",1]]}"#,
            "`name`: a thread's name has no zero byte",
        ),
        (
            r#"{"lanes":[["a",0]]}"#,
            "`lanes`: lanes: the capacity is 0, and must be 1",
        ),
        (
            r#"{"lanes":[["a"]]}"#,
            "`lanes`: invalid length 1, expected a pair of name and number",
        ),
        (
            r#"{"lanes":[7]}"#,
            "`lanes`: invalid type: integer `7`, expected a pair of name and number",
        ),
        (
            r#"{"lanes":[["a",1]],"workers":0}"#,
            "`workers`: a pool has 1 to 256 workers, not 0",
        ),
        (
            r#"{"lanes":[["a",1]],"workers":1,"reserve":[[0,2]]}"#,
            "`reserve`: 2 of 1 workers reserved",
        ),
        (
            r#"{"lanes":[["a",1]],"aging":1}"#,
            "`aging`: lanes: every second receive at most",
        ),
        (
            r#"{"lanes":[["a",1]],"aging":3,"strict":true}"#,
            "`aging`: strict lanes age nothing",
        ),
    ]);
}
