//! Replies are worked out on one pool, and what they leave to be done later, audit records here, on
//! another. The later work has threads, room and numbers of its own: when it stands still, behind a
//! disk, it costs no reply any time, and what does not fit is counted by who hands it in. A long
//! cold job lets others have their turn by its budget. At the end the pool that feeds is drained
//! before the pool that is fed.
//!
//! Run: `cargo run --release --example two_pools`. Last line:
//! `1000 replies while the cold pool stood still; 64 records kept for later, 936 counted as lost`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use shorttail::channel;
use shorttail::time::Deadline;
use shorttail::workers::{Pool, Task};

/// Records that the cold pool keeps while it stands still.
const ROOM: usize = 64;
const REPLIES: u64 = 1_000;
/// Lines of the cold pool's long job, and at how many it gives way.
const LINES: u32 = 10_000;
const AT_A_STRETCH: u32 = 100;

enum Cold {
    /// A record to be written.
    Record(u64),
    /// A long job: the lines from this one on.
    Rotate(u32),
}

struct Reply {
    number: u64,
    to: mpsc::Sender<u64>,
}

/// One thread for everything that nobody waits for.
fn cold_pool(disk: channel::Receiver<()>) -> Result<Pool<Cold>, Box<dyn std::error::Error>> {
    let work = move |job: Cold, task: &mut Task<'_, Cold>| match job {
        Cold::Record(_number) => {
            // Stands for a disk: nothing is written until this is closed.
            let _closed = disk.recv();
        }
        Cold::Rotate(from) => {
            for line in from..LINES {
                // rotate the line
                if task.should_yield() && line + 1 < LINES {
                    let rest = Cold::Rotate(line + 1);
                    // It came out of this lane, and nobody else hands in by now.
                    let kept = task.try_submit(task.lane(), rest, task.deadline());
                    assert!(kept.is_ok(), "there is room for the rest");
                    return;
                }
            }
        }
    };
    let cold = Pool::builder().name("cold").lane("later", ROOM).workers(1);
    Ok(cold.task_ops(AT_A_STRETCH).build(work)?)
}

/// Never waits for the cold pool: what it has no room for is counted.
fn hot_pool(
    cold: &Arc<Pool<Cold>>,
    lost: &Arc<AtomicU64>,
) -> Result<Pool<Reply>, Box<dyn std::error::Error>> {
    let (cold, lost) = (cold.clone(), lost.clone());
    let work = move |Reply { number, to }: Reply, _task: &mut Task<'_, Reply>| {
        to.send(number).expect("the caller waits");
        if cold
            .try_submit(0, Cold::Record(number), Deadline::NEVER)
            .is_err()
        {
            lost.fetch_add(1, Ordering::Relaxed);
        }
    };
    let hot = Pool::builder().name("hot").lane("replies", 256).workers(2);
    Ok(hot.build(work)?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (stuck, disk) = channel::bounded(1);
    let cold = Arc::new(cold_pool(disk)?);
    let lost = Arc::new(AtomicU64::new(0));
    let hot = hot_pool(&cold, &lost)?;

    // The cold pool stands still in its first record.
    let first = cold.try_submit(0, Cold::Record(0), Deadline::NEVER);
    assert!(first.is_ok());
    while cold.running(0).is_none() {
        std::thread::yield_now();
    }

    let (to, replies) = mpsc::channel();
    for number in 0..REPLIES {
        let to = to.clone();
        hot.submit(0, Reply { number, to }, Deadline::NEVER)
            .map_err(|refused| refused.without_value())?;
        assert_eq!(replies.recv()?, number);
    }

    // Who feeds ends first: after it nothing more comes into the cold pool.
    assert!(hot.drain(Duration::from_secs(10)).is_clean());
    let kept = cold.lane_report(0).queued;
    drop(stuck);
    // Its steps come one after the other, each behind what was handed in meanwhile.
    cold.submit(0, Cold::Rotate(0), Deadline::NEVER)
        .map_err(|refused| refused.without_value())?;
    let steps = u64::from(LINES / AT_A_STRETCH);
    while cold.lane_report(0).done < 1 + kept as u64 + steps {
        std::thread::yield_now();
    }
    assert!(cold.drain(Duration::from_secs(10)).is_clean());
    report(&hot, kept, lost.load(Ordering::Relaxed));
    Ok(())
}

fn report(hot: &Pool<Reply>, kept: usize, lost: u64) {
    println!("replies waited, ns: {}", hot.waited_ns(0));
    println!(
        "{} replies while the cold pool stood still; {kept} records kept for later, {lost} \
         counted as lost",
        hot.lane_report(0).done
    );
}
