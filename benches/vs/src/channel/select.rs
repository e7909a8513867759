//! A wait for the first of four receives: what it costs where one is ready, and there and back
//! between two threads. Beside it there and back over two channels without room.

use std::hint::black_box;
use std::thread;

use crate::bench::Bench;
use crate::solo::{Solo, Work};

const CHANNELS: usize = 4;
const CAPACITY: usize = 64;

/// Four channels, and a wait for a message from any of them.
trait Selects: 'static {
    const NAME: &'static str;
    type Sender: Send;
    type Receiver: Send + 'static;

    fn bounded(capacity: usize) -> (Self::Sender, Self::Receiver);
    fn send(sender: &Self::Sender, value: u64);
    fn recv(receiver: &Self::Receiver) -> Option<u64>;
    /// Calls `each` with every message until it says no, or all channels are closed.
    fn select(receivers: &[Self::Receiver; CHANNELS], each: impl FnMut(u64) -> bool);
}

struct Shorttail;
struct Crossbeam;
struct Flume;

impl Selects for Shorttail {
    const NAME: &'static str = "shorttail";
    type Sender = shorttail::channel::Sender<u64>;
    type Receiver = shorttail::channel::Receiver<u64>;

    fn bounded(capacity: usize) -> (Self::Sender, Self::Receiver) {
        shorttail::channel::bounded(capacity)
    }

    fn send(sender: &Self::Sender, value: u64) {
        sender.send(value).expect("open");
    }

    fn recv(receiver: &Self::Receiver) -> Option<u64> {
        receiver.recv().ok()
    }

    fn select(receivers: &[Self::Receiver; CHANNELS], mut each: impl FnMut(u64) -> bool) {
        let mut select = shorttail::channel::Select::new();
        let [mut a, mut b, mut c, mut d] = receivers.each_ref().map(|receiver| receiver.case());
        loop {
            let taken = match select.wait(&mut [&mut a, &mut b, &mut c, &mut d]) {
                0 => a.take(),
                1 => b.take(),
                2 => c.take(),
                _ => d.take(),
            };
            match taken.expect("selected") {
                Ok(value) if each(value) => {}
                _ => return,
            }
        }
    }
}

impl Selects for Crossbeam {
    const NAME: &'static str = "crossbeam-channel";
    type Sender = crossbeam_channel::Sender<u64>;
    type Receiver = crossbeam_channel::Receiver<u64>;

    fn bounded(capacity: usize) -> (Self::Sender, Self::Receiver) {
        crossbeam_channel::bounded(capacity)
    }

    fn send(sender: &Self::Sender, value: u64) {
        sender.send(value).expect("open");
    }

    fn recv(receiver: &Self::Receiver) -> Option<u64> {
        receiver.recv().ok()
    }

    fn select(receivers: &[Self::Receiver; CHANNELS], mut each: impl FnMut(u64) -> bool) {
        let mut select = crossbeam_channel::Select::new();
        for receiver in receivers {
            select.recv(receiver);
        }
        loop {
            let operation = select.select();
            let receiver = &receivers[operation.index()];
            match operation.recv(receiver) {
                Ok(value) if each(value) => {}
                _ => return,
            }
        }
    }
}

impl Selects for Flume {
    const NAME: &'static str = "flume";
    type Sender = flume::Sender<u64>;
    type Receiver = flume::Receiver<u64>;

    fn bounded(capacity: usize) -> (Self::Sender, Self::Receiver) {
        flume::bounded(capacity)
    }

    fn send(sender: &Self::Sender, value: u64) {
        sender.send(value).expect("open");
    }

    fn recv(receiver: &Self::Receiver) -> Option<u64> {
        receiver.recv().ok()
    }

    /// Its selector is made anew for each wait.
    fn select(receivers: &[Self::Receiver; CHANNELS], mut each: impl FnMut(u64) -> bool) {
        loop {
            let taken = receivers
                .iter()
                .fold(flume::Selector::new(), |selector, receiver| {
                    selector.recv(receiver, |taken| taken)
                });
            match taken.wait() {
                Ok(value) if each(value) => {}
                _ => return,
            }
        }
    }
}

fn four<K: Selects>() -> ([K::Sender; CHANNELS], [K::Receiver; CHANNELS]) {
    let mut senders = Vec::new();
    let receivers = std::array::from_fn(|_| {
        let (sender, receiver) = K::bounded(CAPACITY);
        senders.push(sender);
        receiver
    });
    let Ok(senders) = senders.try_into() else {
        unreachable!("four");
    };
    (senders, receivers)
}

/// One thread sends into each channel in turn and selects over the four.
fn ready<K: Selects>() -> (&'static str, Work) {
    let (senders, receivers) = four::<K>();
    let work: Work = Box::new(move |operations| {
        let mut left = operations;
        K::send(&senders[0], left);
        K::select(&receivers, |value| {
            assert_eq!(value, black_box(left));
            left -= 1;
            if left > 0 {
                K::send(&senders[left as usize % CHANNELS], left);
            }
            left > 0
        });
    });
    (K::NAME, work)
}

/// Into one of four channels, over which the other thread selects, and back.
fn there_and_back<K: Selects>() -> (&'static str, Work) {
    let (senders, receivers) = four::<K>();
    let (answer, answers) = K::bounded(CAPACITY);
    // Ends when the cell is over and its senders are dropped.
    thread::spawn(move || {
        K::select(&receivers, |value| {
            K::send(&answer, value);
            true
        });
    });
    let work: Work = Box::new(move |operations| {
        for value in 0..operations {
            K::send(&senders[value as usize % CHANNELS], value);
            assert_eq!(K::recv(&answers), Some(value));
        }
    });
    (K::NAME, work)
}

/// To the other thread, which waits for it, and back.
fn met<K: Selects>() -> (&'static str, Work) {
    let (there, arrives) = K::bounded(0);
    let (answer, answers) = K::bounded(0);
    // Ends when the cell is over and its senders are dropped.
    thread::spawn(move || {
        while let Some(value) = K::recv(&arrives) {
            K::send(&answer, value);
        }
    });
    let work: Work = Box::new(move |operations| {
        for value in 0..operations {
            K::send(&there, value);
            assert_eq!(K::recv(&answers), Some(value));
        }
    });
    (K::NAME, work)
}

pub(super) fn run_meet(bench: &mut Bench) {
    let contenders = vec![met::<Shorttail>(), met::<Crossbeam>(), met::<Flume>()];
    let name = "channel-meet: there and back, capacity 0, two threads";
    Solo::new(name, contenders).run(bench);
}

pub(super) fn run(bench: &mut Bench) {
    let contenders = vec![ready::<Shorttail>(), ready::<Crossbeam>(), ready::<Flume>()];
    let name = "channel: send, select over four, one thread, one is ready";
    Solo::new(name, contenders).run(bench);
    let contenders = vec![
        there_and_back::<Shorttail>(),
        there_and_back::<Crossbeam>(),
        there_and_back::<Flume>(),
    ];
    let name = "channel: there and back, select over four, two threads";
    Solo::new(name, contenders).run(bench);
}
