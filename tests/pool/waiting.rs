//! Waiting for a buffer: first come, first served, and nothing is lost on the way.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use shorttail::pool::{AcquireError, AcquireFuture, BufferPool, PooledBuf};
use shorttail::time::Deadline;

use crate::pool;

/// Counts its wakes, and panics in them if told to.
#[derive(Default)]
struct Woken {
    count: AtomicUsize,
    panics: bool,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.count.fetch_add(1, Ordering::SeqCst);
        assert!(!self.panics, "a bad waker");
    }
}

/// A task that waits for a buffer.
struct Task<'a> {
    future: Pin<Box<AcquireFuture<'a>>>,
    woken: Arc<Woken>,
}

impl<'a> Task<'a> {
    /// In line.
    fn waiting(pool: &'a BufferPool) -> Self {
        Self::with(pool, Woken::default())
    }

    fn with(pool: &'a BufferPool, woken: Woken) -> Self {
        let mut task = Self {
            future: Box::pin(pool.acquire_async(1)),
            woken: Arc::new(woken),
        };
        assert!(task.poll().is_pending());
        task
    }

    fn poll(&mut self) -> Poll<Result<PooledBuf, AcquireError>> {
        let waker = Waker::from(self.woken.clone());
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }

    fn wakes(&self) -> usize {
        self.woken.count.load(Ordering::SeqCst)
    }

    fn buffer(&mut self) -> PooledBuf {
        match self.poll() {
            Poll::Ready(buf) => buf.unwrap(),
            Poll::Pending => panic!("it has no buffer"),
        }
    }
}

fn until_waiting(pool: &BufferPool, count: usize) {
    while pool.stats().waiting != count {
        thread::yield_now();
    }
}

#[test]
fn who_came_first_is_served_first_and_nobody_comes_between() {
    let pool = pool(64, 2);
    let mut held = vec![pool.try_acquire(1).unwrap(), pool.try_acquire(1).unwrap()];
    let mut tasks: Vec<_> = (0..3).map(|_| Task::waiting(&pool)).collect();
    assert_eq!(pool.stats().waiting, 3);
    for served in 1..=3 {
        drop(held.pop().unwrap());
        assert!(pool.try_acquire(1).is_err(), "it was handed over");
        let wakes: Vec<_> = tasks.iter().map(Task::wakes).collect();
        assert_eq!(wakes, [1, 1, 1, 0, 0, 0][3 - served..6 - served]);
        assert_eq!(pool.stats().waiting, 3 - served);
        held.push(tasks[served - 1].buffer());
    }
    drop((tasks, held));
    assert_eq!(pool.outstanding(), 0);
}

#[test]
fn threads_and_tasks_stand_in_one_line() {
    let pool = pool(64, 1);
    let held = pool.try_acquire(1).unwrap();
    let mut first = Task::waiting(&pool);
    let second = thread::spawn({
        let pool = pool.clone();
        move || pool.acquire(1).unwrap().capacity()
    });
    until_waiting(&pool, 2);
    let mut third = Task::waiting(&pool);
    drop(held);
    drop(first.buffer());
    assert_eq!(second.join().unwrap(), 64);
    drop(third.buffer());
    assert_eq!((pool.outstanding(), pool.stats().waiting), (0, 0));
}

#[test]
fn timeouts_of_zero_the_past_and_forever() {
    let pool = pool(64, 1);
    let held = pool.acquire_timeout(1, Duration::ZERO).unwrap();
    for refused in [
        pool.acquire_timeout(1, Duration::ZERO),
        pool.acquire_timeout(1, Duration::from_millis(1)),
        pool.acquire_deadline(1, Deadline::at(0)),
    ] {
        assert!(refused.unwrap_err().is_exhausted());
    }
    assert_eq!(pool.stats().waiting, 0);
    drop(held);
    drop(pool.acquire_timeout(1, Duration::MAX).unwrap());
    assert!(
        pool.acquire_deadline(1, Deadline::at(0)).is_ok(),
        "not needed"
    );
}

#[test]
fn what_no_class_holds_is_refused_at_once() {
    let pool = pool(64, 1);
    let oversized = AcquireError::Oversized {
        len: 65,
        slot_bytes_max: 64,
    };
    assert_eq!(pool.acquire(65).unwrap_err(), oversized);
    assert_eq!(
        pool.acquire_timeout(65, Duration::MAX).unwrap_err(),
        oversized
    );
    let mut future = pin!(pool.acquire_async(65));
    for _ in 0..2 {
        let polled = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Ready(Err(why)) if why == oversized));
    }
}

#[test]
fn a_larger_class_is_asked_before_the_wait() {
    let builder = BufferPool::builder().class(64, 1).class(256, 1);
    let pool = builder.use_next_larger(true).build().unwrap();
    let held = pool.try_acquire(1).unwrap();
    let larger = pool.acquire(1).unwrap();
    assert_eq!(larger.capacity(), 256);
    let mut task = Task::waiting(&pool);
    drop(larger);
    assert!(task.poll().is_pending(), "it waits for its own class");
    drop(held);
    assert_eq!(task.buffer().capacity(), 64);
    let mut async_larger = pin!(pool.acquire_async(1));
    let _held = pool.try_acquire(1).unwrap();
    let polled = async_larger
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(Ok(buf)) if buf.capacity() == 256));
}

#[test]
fn a_task_that_gives_up_is_passed_over() {
    let pool = pool(64, 1);
    let held = pool.try_acquire(1).unwrap();
    let first = Task::waiting(&pool);
    let mut second = Task::waiting(&pool);
    drop(first);
    assert_eq!(pool.stats().waiting, 1);
    drop(held);
    drop(second.buffer());
    assert_eq!(pool.outstanding(), 0);
}

#[test]
fn a_task_that_was_served_and_gives_up_hands_on() {
    let pool = pool(64, 1);
    let held = pool.try_acquire(1).unwrap();
    let served = Task::waiting(&pool);
    let mut next = Task::waiting(&pool);
    drop(held);
    assert_eq!((served.wakes(), next.wakes()), (1, 0));
    drop(served);
    assert_eq!(next.wakes(), 1);
    drop(next.buffer());
    assert_eq!(pool.outstanding(), 0);
}

/// The documented hazard: what was served and is not polled holds a buffer.
#[test]
fn a_task_that_was_served_and_does_not_run_holds_its_buffer() {
    let pool = pool(64, 1);
    let held = pool.try_acquire(1).unwrap();
    let mut served = Task::waiting(&pool);
    drop(held);
    assert_eq!(pool.outstanding(), 1);
    assert!(pool.acquire_timeout(1, Duration::ZERO).is_err());
    drop(served.buffer());
    assert!(pool.try_acquire(1).is_ok());
}

/// The documented hazard: a slot that is granted to a forgotten future is lost, and no more.
#[test]
fn a_forgotten_task_loses_one_slot_at_most() {
    let pool = pool(64, 2);
    let mut held = vec![pool.try_acquire(1).unwrap(), pool.try_acquire(1).unwrap()];
    std::mem::forget(Task::waiting(&pool));
    held.pop();
    assert_eq!((pool.outstanding(), pool.stats().waiting), (2, 0));
    held.pop();
    assert_eq!(pool.outstanding(), 1);
    assert!(pool.try_acquire(1).is_ok());
}

#[test]
fn the_newest_waker_is_woken() {
    let pool = pool(64, 1);
    let held = pool.try_acquire(1).unwrap();
    let mut task = Task::waiting(&pool);
    let before = std::mem::take(&mut task.woken);
    assert!(task.poll().is_pending());
    assert_eq!(Arc::strong_count(&before), 1, "the old one was dropped");
    assert!(task.poll().is_pending());
    drop(held);
    assert_eq!((before.count.load(Ordering::SeqCst), task.wakes()), (0, 1));
    drop(task.buffer());
}

#[test]
fn a_bad_waker_unwinds_the_release_and_loses_nothing() {
    let pool = pool(64, 2);
    let mut held = vec![pool.try_acquire(1).unwrap(), pool.try_acquire(1).unwrap()];
    let bad = Woken {
        panics: true,
        ..Woken::default()
    };
    let mut first = Task::with(&pool, bad);
    let mut second = Task::waiting(&pool);
    let mut release = || catch_unwind(AssertUnwindSafe(|| drop(held.pop())));
    assert!(release().is_err(), "the first one's waker is bad");
    assert!(release().is_ok());
    drop((first.buffer(), second.buffer()));
    assert_eq!((pool.outstanding(), pool.stats().waiting), (0, 0));
}

#[test]
fn every_buffer_has_one_holder_and_nobody_starves() {
    const EACH: usize = 2_000;
    let pool = pool(64, 2);
    thread::scope(|scope| {
        for number in 0..6_u8 {
            let pool = &pool;
            scope.spawn(move || {
                for turn in 0..EACH {
                    let mut buf = match turn % 3 {
                        0 => pool.acquire_timeout(64, Duration::MAX).unwrap(),
                        1 => block_on(pool.acquire_async(64)).unwrap(),
                        _ => pool.acquire(64).unwrap(),
                    };
                    buf.try_put(&[number; 64]).unwrap();
                    assert!(buf.iter().all(|byte| *byte == number));
                }
            });
        }
    });
    assert_eq!((pool.outstanding(), pool.stats().waiting), (0, 0));
}

/// Some give up at random moments; whoever stays is served.
#[test]
fn waits_that_are_given_up_lose_no_buffer() {
    const EACH: u32 = 2_000;
    let pool = pool(64, 1);
    thread::scope(|scope| {
        for number in 0..4 {
            let pool = &pool;
            scope.spawn(move || {
                for turn in 0..EACH {
                    if number % 2 == 0 {
                        let timeout = Duration::from_nanos(u64::from(turn % 64) * 100);
                        drop(pool.acquire_timeout(1, timeout));
                        let mut given_up = pin!(pool.acquire_async(1));
                        let mut cx = Context::from_waker(Waker::noop());
                        drop(given_up.as_mut().poll(&mut cx));
                    } else {
                        drop(pool.acquire(1).unwrap());
                    }
                }
            });
        }
    });
    assert_eq!((pool.outstanding(), pool.stats().waiting), (0, 0));
}

/// A thousand in line for four slots, half of whom give up: in line, or with a buffer in hand that
/// they were given and did not take. Each buffer goes to the first who is left.
#[test]
fn a_thousand_wait_for_four_and_half_give_up() {
    let pool = pool(64, 4);
    let mut held: Vec<_> = (0..4).map(|_| pool.try_acquire(1).unwrap()).collect();
    let mut line: VecDeque<_> = (0..1_000).map(|_| Task::waiting(&pool)).collect();
    let (mut random, mut served, mut given_up) = (1_u32, 0, 0);
    while !line.is_empty() {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let choice = (random >> 16) as usize;
        if choice % 4 == 0 {
            // Out of the middle of the line.
            drop(line.remove(choice / 4 % line.len()));
            given_up += 1;
            continue;
        }
        drop(held.swap_remove(choice % held.len()));
        let mut first = line.pop_front().unwrap();
        assert_eq!((first.wakes(), line.front().map_or(0, Task::wakes)), (1, 0));
        while choice % 8 == 1 && !line.is_empty() && first.wakes() == 1 {
            // Granted, and dropped: the next one has it.
            drop(first);
            given_up += 1;
            first = line.pop_front().unwrap();
            assert_eq!(first.wakes(), 1);
            if given_up % 2 == 0 {
                break;
            }
        }
        held.push(first.buffer());
        served += 1;
        assert_eq!((pool.outstanding(), pool.stats().waiting), (4, line.len()));
    }
    assert!(served > 300 && given_up > 300, "{served} and {given_up}");
    drop(held);
    assert_eq!(pool.outstanding(), 0);
}

fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// However it waits: what helps out is asked once, and the refusal is counted once.
#[test]
fn a_wait_counts_as_one_refusal() {
    let pool = pool(64, 1);
    let held = pool.try_acquire(1).unwrap();
    let mut cx = Context::from_waker(Waker::noop());
    let waits: [fn(&BufferPool, &mut Context<'_>) -> bool; 3] = [
        |pool, _| pool.acquire_timeout(1, Duration::ZERO).is_err(),
        |pool, _| pool.acquire_deadline(1, Deadline::at(0)).is_err(),
        |pool, cx| {
            let mut wait = pin!(pool.acquire_async(1));
            let first = wait.as_mut().poll(cx).is_pending();
            first && wait.as_mut().poll(cx).is_pending()
        },
    ];
    for (before, wait) in (0..).zip(waits) {
        assert!(wait(&pool, &mut cx));
        assert_eq!(pool.stats().exhausted, before + 1);
    }
    drop(held);
    assert!(pool.acquire(1).is_ok());
    assert_eq!(pool.stats().exhausted, 3);
}

#[test]
fn a_wait_counts_as_one_refusal_of_each_class_that_was_asked() {
    let builder = BufferPool::builder().class(64, 1).class(128, 1);
    let pool = builder.use_next_larger(true).build().unwrap();
    let _both = [pool.acquire(64).unwrap(), pool.acquire(128).unwrap()];
    assert!(pool.acquire_timeout(1, Duration::ZERO).is_err());
    let refused: Vec<_> = pool.class_stats().map(|class| class.exhausted).collect();
    assert_eq!(refused, [1, 1]);
}
