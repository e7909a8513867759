//! A request handed to another thread: the standard library's channel, and ours.

use std::sync::mpsc;

use shorttail::channel;
use shorttail::measure::trial::{Arm, Report, Request};
use shorttail::time::{Clock, StdClock};

use super::Effort;

const CAPACITY: usize = 1_024;

fn finish_all(requests: impl Iterator<Item = Request>) {
    requests.for_each(|request| request.finish(StdClock.now_ns()));
}

pub(crate) fn run(effort: Effort) -> Report {
    let (std_sender, std_receiver) = mpsc::sync_channel(CAPACITY);
    let (sender, receiver) = channel::bounded(CAPACITY);
    std::thread::scope(|scope| {
        scope.spawn(|| finish_all(std_receiver.into_iter()));
        scope.spawn(|| finish_all(receiver.into_iter()));
        // A receiver that is gone shows as a lost request.
        let standard = Arm::handed_over("sync_channel", move |request| {
            drop(std_sender.send(request));
        });
        let ours = Arm::handed_over("channel", move |request| drop(sender.send(request)));
        let trial = effort.trial("channel: handed to a sleeping thread", 20_000.0);
        trial
            .run(&StdClock, [standard, ours])
            .expect("sound settings")
    })
}
