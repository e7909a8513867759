//! What a burst needed is the system's again once it is over: pages, not only counts.

use std::process::Command;
use std::{env, fs};

use shorttail::arena::{ArenaPool, Overflow};
use shorttail::pool::BufferPool;

use crate::page_faults::under_a_sanitizer;

const MIB: usize = 1 << 20;
/// Set for the child, which has no other test's memory in it.
const IN_CHILD: &str = "SHORTTAIL_MEASURES_A_BURST";

/// Resident bytes of this process; the kernel may be a few dozen pages behind.
fn resident() -> usize {
    // SAFETY: the call looks at nothing of ours.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize;
    let told = fs::read_to_string("/proc/self/statm").unwrap();
    let pages = told.split(' ').nth(1).unwrap();
    page * pages.parse::<usize>().unwrap()
}

/// Whether this is the child, which is to measure; if not, it has done so by now. A sanitizer keeps
/// what is freed, so that nothing is measured under one.
fn is_child(name: &str) -> bool {
    if env::var_os(IN_CHILD).is_some() {
        return true;
    }
    if !under_a_sanitizer() {
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(IN_CHILD, "yes")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&child.stdout);
        let errors = String::from_utf8_lossy(&child.stderr);
        assert!(child.status.success(), "{told}{errors}");
        assert!(told.contains("1 passed"), "{told}");
    }
    false
}

/// A hundred buffers more than there are slots, from the heap.
#[test]
fn buffers_of_a_burst_are_given_back() {
    if !is_child("bursts::buffers_of_a_burst_are_given_back") {
        return;
    }
    let builder = BufferPool::builder().class(MIB, 4);
    let pool = builder.heap_overflow(100 * MIB).build().unwrap();
    let source = vec![1_u8; MIB];
    let mut held = Vec::with_capacity(104);
    let before = resident();
    held.extend((0..104).map(|_| {
        let mut buf = pool.try_acquire(1).unwrap();
        buf.try_put(&source).unwrap();
        buf
    }));
    let during = resident();
    assert!(during >= before + 99 * MIB, "{before}, {during}");
    held.clear();
    let told = pool.maintain();
    let after = resident();
    assert!(after <= before + MIB, "{before}, {during}, {after}");
    // What the pool began with stays: it gives back what the burst took, and no more.
    assert!(after + MIB >= before, "{before}, {during}, {after}");
    assert_eq!(told.absent_bytes, 0);
}

/// One request that needs a hundred times what the others do.
#[test]
fn arenas_of_a_burst_are_given_back_by_maintain() {
    if !is_child("bursts::arenas_of_a_burst_are_given_back_by_maintain") {
        return;
    }
    let grow = Overflow::Grow {
        arena_bytes_max: 128 * MIB,
        budget_bytes: 128 * MIB,
        spares: 1,
    };
    let pool = ArenaPool::builder(1, MIB).overflow(grow).build().unwrap();
    let request = |pieces: usize| {
        let arena = pool.try_acquire().unwrap();
        (0..pieces).for_each(|_| _ = arena.try_alloc([1_u8; 1024]).unwrap());
    };
    (0..300).for_each(|_| request(1000));
    let before = resident();
    request(100 * 1024);
    (0..300).for_each(|_| request(1000));
    let during = resident();
    assert!(during >= before + 99 * MIB, "{before}, {during}");
    assert_eq!(pool.maintain(), 1);
    let after = resident();
    assert!(after <= before + MIB, "{before}, {during}, {after}");
    assert_eq!(pool.stats().target_bytes, MIB);
    (0..300).for_each(|_| request(1000));
    assert!(resident() <= before + MIB);
}
