//! Threads that stay for the whole run.
//!
//! Several measures give a thread that is new a place of its own only while there are some left:
//! the counting allocator, allocators' arenas, sharded recorders. Fresh threads every turn would
//! use them up, and what comes late would be measured on shared places.

use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

pub(crate) type Job = Box<dyn FnOnce() + Send>;

static HANDS: Mutex<Vec<Sender<Job>>> = Mutex::new(Vec::new());

/// Gives a job to each of as many threads, and starts those that are missing.
pub(crate) fn give(jobs: Vec<Job>) {
    let mut hands = HANDS.lock().expect("nobody panics");
    for (number, job) in jobs.into_iter().enumerate() {
        if number == hands.len() {
            hands.push(start());
        }
        hands[number].send(job).expect("the thread goes on");
    }
}

/// Leaves the threads behind that there are: some of them hang.
pub(crate) fn leave_behind() {
    HANDS.lock().expect("nobody panics").clear();
}

fn start() -> Sender<Job> {
    let (sender, jobs) = channel::<Job>();
    drop(std::thread::spawn(move || {
        jobs.iter().for_each(|job| job())
    }));
    sender
}
