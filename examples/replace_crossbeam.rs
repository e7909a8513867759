//! A service has `crossbeam-channel` between its threads, and now one of them is to be a task. The
//! calls keep their names; what a task does ends in `_async`, on the same channel. Here is the
//! same program before and after: a select over work and a stop, which takes what is left before
//! it goes.
//!
//! Run: `cargo run --release --example replace_crossbeam`. Last line: `before: 50 jobs, sum 1225;
//! after: 50 jobs, sum 1225, half of them by a task`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::thread;

use shorttail::channel::{RecvError, Select, bounded};

const JOBS: u32 = 50;

/// How many jobs were done, and their sum.
type Done = (u32, u32);

fn before() -> Result<Done, Box<dyn Error>> {
    let (tx, rx) = crossbeam_channel::bounded::<u32>(JOBS as usize);
    let (stop_tx, stop) = crossbeam_channel::bounded::<()>(1);
    let worker = thread::spawn(move || {
        let mut done = (0, 0);
        loop {
            crossbeam_channel::select! {
                recv(rx) -> job => match job {
                    Ok(job) => done = (done.0 + 1, done.1 + job),
                    Err(_) => return done,
                },
                recv(stop) -> _ => {
                    rx.try_iter().for_each(|job| done = (done.0 + 1, done.1 + job));
                    return done;
                }
            }
        }
    });
    for job in 0..JOBS {
        tx.send(job)?;
    }
    stop_tx.send(())?;
    Ok(worker.join().expect("a worker only adds"))
}

fn after() -> Result<(Done, Done), Box<dyn Error>> {
    let (tx, rx) = bounded::<u32>(JOBS as usize);
    let (stop_tx, stop) = bounded::<()>(1);
    let for_task = rx.clone();
    // The first half is the task's, so that the example ends the same each time.
    for job in 0..JOBS / 2 {
        tx.send(job)?;
    }
    let by_task = block_on(async {
        let mut done = (0, 0);
        while done.0 < JOBS / 2 {
            let job = for_task.recv_async().await?;
            done = (done.0 + 1, done.1 + job);
        }
        Ok::<Done, RecvError>(done)
    })?;
    let worker = thread::spawn(move || {
        let mut done = (0, 0);
        let mut select = Select::new(); // allocates: once, outside the loop
        let (mut job, mut end) = (rx.case(), stop.case());
        loop {
            select.wait(&mut [&mut job, &mut end]);
            match job.take() {
                Some(Ok(job)) => done = (done.0 + 1, done.1 + job),
                Some(Err(_)) => return done,
                None => {}
            }
            if end.take().is_some() {
                rx.try_iter()
                    .for_each(|job| done = (done.0 + 1, done.1 + job));
                return done;
            }
        }
    });
    for job in JOBS / 2..JOBS {
        tx.send(job)?;
    }
    stop_tx.send(())?;
    Ok((by_task, worker.join().expect("a worker only adds")))
}

/// In a service this is its runtime.
fn block_on<F: Future>(task: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime without drivers").block_on(task)
}

fn main() -> Result<(), Box<dyn Error>> {
    let before = before()?;
    let (task, worker) = after()?;
    let after = (task.0 + worker.0, task.1 + worker.1);
    assert_eq!(task.0, worker.0);
    println!(
        "before: {} jobs, sum {}; after: {} jobs, sum {}, half of them by a task",
        before.0, before.1, after.0, after.1
    );
    Ok(())
}
