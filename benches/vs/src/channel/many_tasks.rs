//! Four tasks that send and four that receive, on tokio's runtime with two workers.
//!
//! An operation is a message received; no call is timed.

use tokio::runtime::Builder;

use crate::bench::Bench;
use crate::course::Course;
use crate::team::{Body, Muster, Team};

use super::each::{MakeManyTasks, each_many_tasks};
use super::kind::{ManyReceivers, receivers, senders};
use super::tasks::{Tasks, recv_or_cancel};

const TASKS: usize = 4;
const WORKERS: usize = 2;

/// One receive in so many is cancelled if it would have to wait.
const CANCELLED: u64 = 10;

async fn produce<K: Tasks>(sender: K::Sender<u64>, course: Course) {
    let mut value = 0;
    while course.goes_on() {
        assert!(K::send_async(&sender, value).await);
        value += 1;
    }
}

async fn consume<K: Tasks>(
    mut receiver: K::Receiver<u64>,
    mut course: Course,
    cancels: bool,
) -> Course {
    let mut receives = 0_u64;
    loop {
        receives += 1;
        let received = if cancels && receives.is_multiple_of(CANCELLED) {
            recv_or_cancel::<K, u64>(&mut receiver).await
        } else {
            None
        };
        let received = match received {
            Some(message) => message,
            None => K::recv_async(&mut receiver).await,
        };
        if received.is_none() {
            return course;
        }
        course.count();
    }
}

/// All tasks of a turn, on a runtime that the turn's one thread waits for.
fn body<K: Tasks + ManyReceivers>(capacity: usize, cancels: bool) -> Body {
    Box::new(move |course: &mut Course| {
        let mut build = Builder::new_multi_thread();
        let runtime = build.worker_threads(WORKERS).build().expect("threads");
        let (sender, receiver) = K::bounded(capacity);
        for sender in senders::<K, u64>(sender, TASKS) {
            drop(runtime.spawn(produce::<K>(sender, course.fellow())));
        }
        let consumers: Vec<_> = receivers::<K, u64>(receiver, TASKS)
            .into_iter()
            .map(|receiver| runtime.spawn(consume::<K>(receiver, course.fellow(), cancels)))
            .collect();
        for consumer in consumers {
            course.take_in(&runtime.block_on(consumer).expect("nobody panics"));
        }
        // Its workers' end is not waited for: it is not in the turn's time.
        runtime.shutdown_background();
    })
}

struct Four {
    capacity: usize,
    cancels: bool,
}

impl MakeManyTasks for Four {
    type Made = (&'static str, Muster);

    fn of<K: Tasks + ManyReceivers>(&self) -> Self::Made {
        let Self { capacity, cancels } = *self;
        let muster = move || vec![body::<K>(capacity, cancels)];
        (K::NAME, Box::new(muster))
    }
}

pub(super) fn run(bench: &mut Bench) {
    let cells = [
        ("channel-tasks: 4 to 4 on 2 workers, capacity 64", 64, false),
        (
            "channel-tasks: 4 to 4 on 2 workers, capacity 1024",
            1_024,
            false,
        ),
        (
            "channel-tasks: 4 to 4 on 2 workers, capacity 64, a tenth cancelled",
            64,
            true,
        ),
        (
            "channel-tasks: 4 to 4 on 2 workers, capacity 1024, a tenth cancelled",
            1_024,
            true,
        ),
    ];
    for (name, capacity, cancels) in cells {
        Team::new(name, each_many_tasks(&Four { capacity, cancels })).run(bench);
    }
}
