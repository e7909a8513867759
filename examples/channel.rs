//! A service's handlers hand requests to a worker thread, and they must not pile up between the
//! two: the queue is bounded, a full queue sheds at once, and nothing is lost on shutdown. A
//! handler that is a task would await its answer by `recv_async`, on the same channels.
//!
//! Run: `cargo run --release --example channel`. Last line: `served 900, shed 100, answered 900`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::thread;

use shorttail::channel::{self, TrySendError};

struct Request {
    number: u32,
    answer: channel::Sender<u32>,
}

fn main() {
    let (tx, rx) = channel::bounded::<Request>(90);
    let (answer_tx, answers) = channel::bounded(1_000);

    // A burst of 100 requests ten times; the worker starts after each burst, so 90 fit.
    let (mut served, mut shed) = (0, 0);
    for burst in 0..10 {
        for n in 0..100 {
            let request = Request {
                number: burst * 100 + n,
                answer: answer_tx.clone(),
            };
            match tx.try_send(request) {
                Ok(()) => served += 1,
                // The request comes back: its owner can answer 503 at once.
                Err(TrySendError::Full(_refused)) => shed += 1,
                Err(TrySendError::Closed(_)) => unreachable!("we hold the receiver"),
            }
        }
        let worker = thread::spawn({
            let rx = rx.clone();
            move || {
                for request in rx.try_iter() {
                    request
                        .answer
                        .send(request.number * 2)
                        .expect("room for all answers");
                }
            }
        });
        worker.join().expect("the worker ran");
    }

    // Shutdown: no request is let in any more, and what was accepted has been served.
    tx.close();
    assert!(rx.recv().is_err());
    drop(answer_tx);
    report(served, shed, answers.iter().count());
}

fn report(served: usize, shed: usize, answered: usize) {
    println!("served {served}, shed {shed}, answered {answered}");
}
