//! A request in the first lane, alone and beside a second lane that is kept full; and what share of
//! the receives the second lane gets where the first is kept full too.

use std::hint;
use std::thread;

use shorttail::channel::{Lanes, LanesReceiver, LanesSender};
use shorttail::measure::trial::{Arm, Report, Request};
use shorttail::time::{Clock, StdClock};

use super::Effort;

const CAPACITY: usize = 1_024;
/// Jobs to which the second lane is filled up with each request, each of about a microsecond. About
/// one gap in four between two requests is longer than all of them take: then the lane is empty.
const LOW_JOBS: usize = 128;

enum Job {
    High(Request),
    Low,
}

fn serve(receiver: &LanesReceiver<Job>) {
    while let Ok((_, job)) = receiver.recv() {
        match job {
            Job::High(request) => request.finish(StdClock.now_ns()),
            Job::Low => {
                let end = StdClock.now_ns() + 1_000;
                while StdClock.now_ns() < end {
                    hint::spin_loop();
                }
            }
        }
    }
}

fn two_lanes() -> (LanesSender<Job>, LanesReceiver<Job>) {
    let lanes = Lanes::new([CAPACITY, LOW_JOBS]);
    lanes.build().expect("two lanes")
}

pub(crate) fn run(effort: Effort) -> Report {
    if effort.burners == 0 {
        for lanes in [2, 4] {
            share(lanes);
        }
    }
    let (alone_sender, alone_receiver) = two_lanes();
    let (sender, receiver) = two_lanes();
    thread::scope(|scope| {
        scope.spawn(move || serve(&alone_receiver));
        scope.spawn(move || serve(&receiver));
        // A receiver that is gone shows as a lost request.
        let alone = Arm::handed_over("first lane alone", move |request| {
            drop(alone_sender.lane(0).try_send(Job::High(request)));
        });
        let beside = Arm::handed_over("beside a full second lane", move |request| {
            drop(sender.lane(0).try_send(Job::High(request)));
            while sender.lane(1).try_send(Job::Low).is_ok() {}
        });
        let trial = effort.trial("lanes: a request in the first lane", 10_000.0);
        trial
            .run(&StdClock, [alone, beside])
            .expect("sound settings")
    })
}

/// Both the first and the last of `lanes` lanes have a sender that waits for room.
fn share(lanes: usize) {
    const RECEIVES: u32 = 1_000_000;
    let (sender, receiver) = Lanes::new(vec![64; lanes]).build().expect("lanes");
    thread::scope(|scope| {
        for lane in [0, lanes - 1] {
            let sender = sender.clone();
            scope.spawn(move || while sender.lane(lane).send(()).is_ok() {});
        }
        while [0, lanes - 1].map(|lane| receiver.len(lane)) != [64, 64] {
            thread::yield_now();
        }
        for _ in 0..RECEIVES {
            receiver.recv().expect("open");
        }
        let low = receiver.lane_stats(lanes - 1);
        receiver.close();
        let percent = 100.0 * low.received as f64 / f64::from(RECEIVES);
        println!(
            "lane {} of {lanes} beside a full lane 0: {percent:.2} % of {RECEIVES} receives, \
             {} of them aged turns\n",
            lanes - 1,
            low.aged
        );
    });
}
