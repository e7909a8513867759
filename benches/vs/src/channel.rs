//! `try_send` and `try_recv` by one thread: what a message costs when nobody contends.

use std::hint::black_box;

use crate::run::{Cell, Work};

/// A bounded channel of numbers.
trait Channel: 'static {
    fn try_send(&mut self, value: u64) -> bool;
    fn try_recv(&mut self) -> Option<u64>;
}

fn work(mut channel: impl Channel) -> Work {
    Box::new(move |operations| {
        for value in 0..operations {
            assert!(channel.try_send(black_box(value)));
            assert_eq!(channel.try_recv(), Some(value));
        }
    })
}

type Ends<S, R> = (S, R);

impl Channel for Ends<shorttail::channel::Sender<u64>, shorttail::channel::Receiver<u64>> {
    fn try_send(&mut self, value: u64) -> bool {
        self.0.try_send(value).is_ok()
    }
    fn try_recv(&mut self) -> Option<u64> {
        self.1.try_recv().ok()
    }
}

impl Channel for Ends<crossbeam_channel::Sender<u64>, crossbeam_channel::Receiver<u64>> {
    fn try_send(&mut self, value: u64) -> bool {
        self.0.try_send(value).is_ok()
    }
    fn try_recv(&mut self) -> Option<u64> {
        self.1.try_recv().ok()
    }
}

impl Channel for Ends<flume::Sender<u64>, flume::Receiver<u64>> {
    fn try_send(&mut self, value: u64) -> bool {
        self.0.try_send(value).is_ok()
    }
    fn try_recv(&mut self) -> Option<u64> {
        self.1.try_recv().ok()
    }
}

impl Channel for Ends<kanal::Sender<u64>, kanal::Receiver<u64>> {
    fn try_send(&mut self, value: u64) -> bool {
        self.0.try_send(value).is_ok()
    }
    fn try_recv(&mut self) -> Option<u64> {
        self.1.try_recv().ok().flatten()
    }
}

impl Channel for Ends<async_channel::Sender<u64>, async_channel::Receiver<u64>> {
    fn try_send(&mut self, value: u64) -> bool {
        self.0.try_send(value).is_ok()
    }
    fn try_recv(&mut self) -> Option<u64> {
        self.1.try_recv().ok()
    }
}

impl Channel for Ends<tokio::sync::mpsc::Sender<u64>, tokio::sync::mpsc::Receiver<u64>> {
    fn try_send(&mut self, value: u64) -> bool {
        self.0.try_send(value).is_ok()
    }
    fn try_recv(&mut self) -> Option<u64> {
        self.1.try_recv().ok()
    }
}

pub(crate) fn cells() -> Vec<Cell> {
    const CAPACITY: usize = 1_024;
    let contenders = vec![
        ("shorttail", work(shorttail::channel::bounded(CAPACITY))),
        (
            "crossbeam-channel",
            work(crossbeam_channel::bounded(CAPACITY)),
        ),
        ("flume", work(flume::bounded(CAPACITY))),
        ("kanal", work(kanal::bounded(CAPACITY))),
        ("async-channel", work(async_channel::bounded(CAPACITY))),
        ("tokio mpsc", work(tokio::sync::mpsc::channel(CAPACITY))),
    ];
    vec![Cell::new(
        "channel: try_send + try_recv, one thread, capacity 1024",
        contenders,
    )]
}
