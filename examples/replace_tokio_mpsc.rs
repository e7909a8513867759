//! A service has `tokio::sync::mpsc` between its handlers and a worker, and wants what that does
//! not give: a worker that is a plain thread beside others on the same queue, a time-out that
//! hands the message back, and memory taken once. Here is the same program before and after.
//!
//! Run: `cargo run --release --example replace_tokio_mpsc`. Last line: `before: 4950 from 1
//! worker; after: 4950 from 2 workers, and 1 message handed back`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::pin::pin;
use std::thread;
use std::time::Duration;

use shorttail::channel;
use tokio::sync::mpsc;
use tokio::time::timeout;

const JOBS: u32 = 100;

async fn before() -> Result<u32, Box<dyn Error>> {
    let (tx, mut rx) = mpsc::channel::<u32>(8);
    let worker = thread::spawn(move || {
        let mut sum = 0;
        while let Some(job) = rx.blocking_recv() {
            sum += job;
        }
        sum
    });
    for job in 0..JOBS {
        tx.send(job).await?;
    }
    drop(tx);
    Ok(worker.join().expect("a worker only adds"))
}

async fn after() -> Result<u32, Box<dyn Error>> {
    let (tx, rx) = channel::bounded::<u32>(8);
    // A receiver can be cloned, and has no `&mut`; what blocks has the plain name.
    let workers = [rx.clone(), rx].map(|rx| {
        thread::spawn(move || {
            let mut sum = 0;
            while let Ok(job) = rx.recv() {
                sum += job;
            }
            sum
        })
    });
    for job in 0..JOBS {
        tx.send_async(job).await?;
    }
    drop(tx);
    let sums = workers.map(|worker| worker.join().expect("a worker only adds"));
    Ok(sums.iter().sum())
}

/// A queue that stays full: tokio's `send` in a time-out drops the message that it took.
async fn handed_back() -> Option<u32> {
    let (tx, _rx) = channel::bounded(1);
    tx.try_send(1).expect("there is room for one");
    let mut sending = pin!(tx.send_async(2));
    match timeout(Duration::from_millis(1), sending.as_mut()).await {
        Ok(_sent_or_closed) => None,
        Err(_) => sending.as_mut().cancel(),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    runtime.block_on(async {
        let (before, after) = (before().await?, after().await?);
        let back = handed_back().await.iter().count();
        println!(
            "before: {before} from 1 worker; after: {after} from 2 workers, and {back} message \
             handed back"
        );
        Ok(())
    })
}
