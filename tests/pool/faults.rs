//! Memory is resident before the first buffer is lent, and stays so.
//!
//! Each count is the calling thread's own, of code that ran before on the same thread, and has to
//! be 0: see `page_faults`.

use std::sync::Barrier;
use std::thread;

use bytes::{BufMut, Bytes};
use shorttail::pool::{BufferPool, BytesPool, LocalPool, PooledBuf, PooledBytes};

use crate::page_faults::{faults_in, plant, under_a_sanitizer};

const SLOT: usize = 65_536;
/// 4096 pages and more.
const SLOTS: usize = 256;

/// Places for what a lap holds, touched.
fn places<T>(count: usize) -> Vec<Option<T>> {
    (0..count).map(|_| None).collect()
}

/// Takes a slot for every place, all held at once, and writes every byte of each, twice.
fn take_and_write(pool: &BufferPool, source: &[u8], held: &mut [Option<PooledBuf>]) {
    for _ in 0..2 {
        for place in &mut *held {
            let mut buf = pool.try_acquire(SLOT).unwrap();
            buf.try_put(source).unwrap();
            *place = Some(buf);
        }
        held.fill_with(|| None);
    }
}

/// Faults while `lap` goes over a pool of [`SLOTS`] for the first time. The code has run before, on
/// a pool of its own.
fn faults_of_first_touch<P, T>(
    build: impl Fn(usize) -> P,
    lap: impl Fn(&P, &[u8], &mut [Option<T>]),
) -> libc::c_long {
    let _alone = crate::without_forks_of_others();
    let source = vec![1_u8; SLOT];
    let mut held = places(SLOTS);
    lap(&build(2), &source, &mut held[..2]);
    let pool = build(SLOTS);
    faults_in(|| lap(&pool, &source, &mut held))
}

fn buffers(slots: usize, prefault: bool) -> BufferPool {
    let builder = BufferPool::builder().class(SLOT, slots);
    builder.prefault(prefault).build().unwrap()
}

#[test]
fn prefaulted_slots_fault_no_more() {
    if under_a_sanitizer() {
        return;
    }
    let build = |slots| buffers(slots, true);
    assert_eq!(faults_of_first_touch(build, take_and_write), 0);
}

/// The control: without it the test above would show nothing. The portable region is zeroed by the
/// allocator, which touches it in any case.
#[cfg(not(shorttail_portable))]
#[test]
fn without_prefault_the_first_touch_faults() {
    let build = |slots| buffers(slots, false);
    let faults = faults_of_first_touch(build, take_and_write);
    // Huge pages may cover many slots each.
    assert!(faults >= 8, "{faults} faults without prefault");
}

/// Its slots are the heap's, which gives memory of this size as pages that nobody has touched; the
/// mutant that leaves them so is noticed here.
#[test]
fn slots_that_become_bytes_fault_no_more() {
    if under_a_sanitizer() {
        return;
    }
    let build = |slots| BytesPool::builder().class(SLOT, slots).build().unwrap();
    let lap = |pool: &BytesPool, source: &[u8], held: &mut [Option<Bytes>]| {
        for _ in 0..2 {
            for place in &mut *held {
                let mut buf = pool.try_acquire(SLOT).unwrap();
                buf.try_put(source).unwrap();
                *place = Some(buf.freeze());
            }
            held.fill_with(|| None);
            pool.maintain();
        }
    };
    assert_eq!(faults_of_first_touch(build, lap), 0);
}

/// Faults of four threads, which have a share of the slots each, and touch them at the same time.
fn faults_of_four(prefault: bool) -> [libc::c_long; 4] {
    let _alone = crate::without_forks_of_others();
    let (warm, pool) = (buffers(8, true), buffers(SLOTS, prefault));
    let begin = Barrier::new(4);
    let share = || {
        let source = vec![1_u8; SLOT];
        let mut held = places(SLOTS / 4);
        take_and_write(&warm, &source, &mut held[..2]);
        begin.wait();
        faults_in(|| take_and_write(&pool, &source, &mut held))
    };
    thread::scope(|scope| {
        let threads = [(); 4].map(|()| scope.spawn(share));
        threads.map(|thread| thread.join().unwrap())
    })
}

#[test]
fn the_first_touch_by_several_threads_faults_on_none() {
    if under_a_sanitizer() {
        return;
    }
    assert_eq!(faults_of_four(true), [0; 4]);
}

/// The control, as for one thread.
#[cfg(not(shorttail_portable))]
#[test]
fn without_prefault_the_first_touch_by_several_threads_faults() {
    let counts = faults_of_four(false);
    assert!(counts.iter().sum::<libc::c_long>() >= 8, "{counts:?}");
}

/// A lap through what a pool's users do, on every slot of two classes.
fn lap(pool: &BufferPool, held: &mut Vec<PooledBytes>, round: usize) {
    for slot in 0..48 {
        let mut buf = pool.try_acquire([1, 1025][slot % 2]).unwrap();
        let room = buf.capacity();
        buf.put_bytes(round as u8, room);
        let mut bytes = buf.freeze();
        let front = bytes.split_to(room / 2);
        drop((bytes.clone(), front.slice(1..)));
        held.push(if round % 2 == 0 { front } else { bytes });
    }
    assert!(pool.try_acquire(1).is_err());
    for (slot, bytes) in held.drain(..).enumerate() {
        assert_eq!(bytes[0], round as u8);
        if slot % 3 == 0 {
            drop(bytes.try_into_mut().unwrap());
        }
    }
}

/// Faults of this thread in `laps` laps after one to warm up, with `between` called in the middle.
fn faults_of_laps(laps: usize, between: impl FnOnce()) -> libc::c_long {
    let _alone = crate::without_forks_of_others();
    let builder = BufferPool::builder().class(1024, 24).class(SLOT, 24);
    let pool = builder.build().unwrap();
    let mut held = Vec::with_capacity(48);
    lap(&pool, &mut held, 0);
    faults_in(|| {
        (0..laps / 2).for_each(|round| lap(&pool, &mut held, round));
        between();
        (laps / 2..laps).for_each(|round| lap(&pool, &mut held, round));
    })
}

#[test]
fn after_one_lap_there_is_no_fault() {
    if under_a_sanitizer() {
        return;
    }
    assert_eq!(faults_of_laps(200, || ()), 0);
}

/// The control: one page that nobody has touched is one fault, and it is seen.
#[test]
fn a_planted_fault_is_seen() {
    assert!(faults_of_laps(4, plant) > 0);
}

/// A worker's lap, by its own stock and past it.
fn local_lap(local: &mut LocalPool, held: &mut Vec<PooledBuf>, round: usize) {
    for _ in 0..12 {
        let mut buf = local.try_acquire(SLOT).unwrap();
        buf.put_bytes(round as u8, SLOT);
        held.push(buf);
    }
    for buf in held.drain(..) {
        local.put_back(buf);
    }
}

/// Faults of three workers on one pool after a lap of each, with `between` before the next ones.
fn faults_of_workers(between: impl Fn() + Sync) -> [libc::c_long; 3] {
    let _alone = crate::without_forks_of_others();
    let pool = buffers(36, true);
    let worker = || {
        let (mut local, mut held) = (pool.local(), Vec::with_capacity(12));
        local_lap(&mut local, &mut held, 0);
        faults_in(|| {
            between();
            (0..100).for_each(|round| local_lap(&mut local, &mut held, round));
        })
    };
    thread::scope(|scope| {
        let workers = [(); 3].map(|()| scope.spawn(worker));
        workers.map(|worker| worker.join().unwrap())
    })
}

#[test]
fn after_one_lap_no_worker_faults() {
    if under_a_sanitizer() {
        return;
    }
    assert_eq!(faults_of_workers(|| ()), [0; 3]);
}

#[test]
fn a_planted_fault_of_each_worker_is_seen() {
    let counts = faults_of_workers(plant);
    assert!(counts.iter().all(|faults| *faults > 0), "{counts:?}");
}

#[test]
#[ignore = "stress: twenty seconds"]
fn after_one_lap_there_is_no_fault_for_long() {
    assert_eq!(faults_of_laps(200_000, || ()), 0);
}
