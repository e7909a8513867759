//! The two sides of a ping-pong: threads, tasks, or one of each, over two channels of capacity 1.

use tokio::runtime::{Builder, Runtime};

use crate::meeting::Errand;

use super::super::kind::Kind;
use super::super::tasks::Tasks;
use super::tally::{Course, Tally, Trips};

const CAPACITY: usize = 1;

/// The two ends of a side: by the first it sends.
type Ends<K> = (<K as Kind>::Sender<u64>, <K as Kind>::Receiver<u64>);

fn ends<K: Kind>() -> (Ends<K>, Ends<K>) {
    let (there, at_pong) = K::bounded(CAPACITY);
    let (back, at_ping) = K::bounded(CAPACITY);
    ((there, at_ping), (back, at_pong))
}

fn ping<K: Kind>((there, mut back): Ends<K>, course: Course) -> Trips {
    let mut tally = Tally::new(course);
    loop {
        if let Some(idle) = course.idle {
            std::thread::sleep(idle);
        }
        let start = tally.begin();
        assert!(K::send(&there, 0));
        assert!(K::recv(&mut back).is_some());
        if !tally.end(start) {
            return tally.finish();
        }
    }
}

fn pong<K: Kind>((back, mut there): Ends<K>) {
    while let Some(message) = K::recv(&mut there) {
        // The other side has gone if it is not taken.
        K::send(&back, message);
    }
}

async fn ping_async<K: Tasks>((there, mut back): Ends<K>, course: Course) -> Trips {
    let mut tally = Tally::new(course);
    loop {
        let start = tally.begin();
        assert!(K::send_async(&there, 0).await);
        assert!(K::recv_async(&mut back).await.is_some());
        if !tally.end(start) {
            return tally.finish();
        }
    }
}

async fn pong_async<K: Tasks>((back, mut there): Ends<K>) {
    while let Some(message) = K::recv_async(&mut there).await {
        K::send_async(&back, message).await;
    }
}

/// Two threads.
pub(super) fn threads<K: Kind>(course: Course) -> Vec<Errand<Option<Trips>>> {
    let (of_ping, of_pong) = ends::<K>();
    vec![
        Box::new(move || Some(ping::<K>(of_ping, course))),
        Box::new(move || {
            pong::<K>(of_pong);
            None
        }),
    ]
}

/// A thread begins, a task on another thread answers.
pub(super) fn mixed<K: Tasks>(course: Course) -> Vec<Errand<Option<Trips>>> {
    let (of_ping, of_pong) = ends::<K>();
    vec![
        Box::new(move || Some(ping::<K>(of_ping, course))),
        Box::new(move || {
            one_thread().block_on(pong_async::<K>(of_pong));
            None
        }),
    ]
}

/// Two tasks on one thread.
pub(super) fn one<K: Tasks>(course: Course) -> Vec<Errand<Option<Trips>>> {
    vec![Box::new(move || Some(tasks::<K>(&one_thread(), course)))]
}

/// Two tasks on a runtime with two workers.
pub(super) fn two<K: Tasks>(course: Course) -> Vec<Errand<Option<Trips>>> {
    vec![Box::new(move || {
        let mut build = Builder::new_multi_thread();
        let runtime = build.worker_threads(2).build().expect("threads");
        Some(tasks::<K>(&runtime, course))
    })]
}

fn one_thread() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime")
}

fn tasks<K: Tasks>(runtime: &Runtime, course: Course) -> Trips {
    let (of_ping, of_pong) = ends::<K>();
    drop(runtime.spawn(pong_async::<K>(of_pong)));
    let trips = runtime.spawn(ping_async::<K>(of_ping, course));
    runtime.block_on(trips).expect("nobody panics")
}
