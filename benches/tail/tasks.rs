//! A request handed to a task of a current-thread runtime: tokio's channel, and ours.

use std::future::Future;
use std::thread::Scope;

use shorttail::channel;
use shorttail::measure::trial::{Arm, Report, Request};
use shorttail::time::{Clock, StdClock};

use super::Effort;

const CAPACITY: usize = 1_024;

/// Runs `task` to its end on a runtime and a thread of its own.
fn run_apart<'s, F: Future<Output = ()> + Send + 's>(scope: &'s Scope<'s, '_>, task: F) {
    scope.spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.expect("a runtime").block_on(task);
    });
}

fn finish(request: Request) {
    request.finish(StdClock.now_ns());
}

pub(crate) fn run(effort: Effort) -> Report {
    let (tokio_sender, mut tokio_receiver) = tokio::sync::mpsc::channel(CAPACITY);
    let (sender, receiver) = channel::bounded(CAPACITY);
    std::thread::scope(|scope| {
        run_apart(scope, async move {
            while let Some(request) = tokio_receiver.recv().await {
                finish(request);
            }
        });
        run_apart(scope, async move {
            while let Ok(request) = receiver.recv_async().await {
                finish(request);
            }
        });
        // A receiver that is gone, or a channel that is full, shows as a lost request.
        let tokios = Arm::handed_over("tokio mpsc", move |request| {
            drop(tokio_sender.try_send(request));
        });
        let ours = Arm::handed_over("channel", move |request| drop(sender.try_send(request)));
        let trial = effort.trial("tasks: handed to a waiting task", 20_000.0);
        trial
            .run(&StdClock, [tokios, ours])
            .expect("sound settings")
    })
}
