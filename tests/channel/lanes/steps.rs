//! A channel with lanes and the oracle take the same steps, one at a time, and must answer alike.
//! Shared with `fuzz/fuzz_targets/lanes_ops.rs`.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use shorttail::channel::{
    LaneOfferFuture, LaneRecvFuture, LaneSendFuture, Lanes, LanesClosedFuture, LanesReceiver,
    LanesSender, Offered, OnFull, TryRecvError, TrySendError,
};

use super::oracle::Oracle;
use crate::line::{Line, Place, Waiting};

/// A message that is counted while it lives.
#[derive(Debug)]
struct Value(usize, #[allow(dead_code, reason = "counts")] Rc<()>);

/// A send that may wait; in a lane whose offers wait it is one of them.
enum Sending<'a> {
    Send(Pin<Box<LaneSendFuture<'a, Value>>>),
    Offer(Pin<Box<LaneOfferFuture<'a, Value>>>),
}

impl Sending<'_> {
    fn cancel(&mut self) -> Option<Value> {
        match self {
            Self::Send(send) => send.as_mut().cancel(),
            Self::Offer(offer) => offer.as_mut().cancel(),
        }
    }
}

impl Future for Sending<'_> {
    type Output = Result<(), TrySendError<Value>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Send(send) => send.as_mut().poll(cx).map_err(TrySendError::from),
            Self::Offer(offer) => offer.as_mut().poll(cx).map_ok(|offered| {
                assert!(matches!(offered, Offered::Sent), "it waits for room");
            }),
        }
    }
}

struct Pair<'a> {
    tx: &'a LanesSender<Value>,
    rx: &'a LanesReceiver<Value>,
    sends: Vec<Line<Sending<'a>>>,
    receives: Line<LaneRecvFuture<'a, Value>>,
    closes: Line<LanesClosedFuture<'a, Value>>,
    oracle: Oracle,
    alive: Rc<()>,
}

/// The answer, without the values' counts.
fn bare(error: TrySendError<Value>) -> TrySendError<usize> {
    match error {
        TrySendError::Full(value) => TrySendError::Full(value.0),
        TrySendError::Closed(value) => TrySendError::Closed(value.0),
    }
}

/// Takes the steps, of two bytes each, then lets the receiver leave while senders wait. Lanes are
/// described by capacity and policy; no receive is aged if `aging` is zero.
pub(crate) fn run(lanes: &[(usize, OnFull)], aging: u32, steps: &[u8]) {
    let described = Lanes::new(lanes.iter().map(|lane| lane.0));
    let described = match aging {
        0 => described.strict(),
        n => described.aging(n),
    };
    let policies = lanes.iter().map(|lane| lane.1).enumerate();
    let described = policies.fold(described, |all, (lane, policy)| all.on_full(lane, policy));
    let (tx, rx) = described.build().unwrap();
    let alive = Rc::new(());
    let mut sends: Vec<Line<Sending<'_>>> = lanes.iter().map(|_| Line::default()).collect();
    {
        let mut pair = Pair {
            tx: &tx,
            rx: &rx,
            sends: lanes.iter().map(|_| Line::default()).collect(),
            receives: Line::default(),
            closes: Line::default(),
            oracle: Oracle::new(lanes, aging),
            alive: alive.clone(),
        };
        for (number, step) in steps.chunks_exact(2).enumerate() {
            let lane = usize::from(step[0]) % lanes.len();
            pair.step(number, step[1] % 16, lane, usize::from(step[1] / 16));
            pair.agree();
        }
        pair.drain();
    }
    // In lanes that are full two wait each; none of them has a turn any more.
    for (number, line) in sends.iter_mut().enumerate() {
        let lane = tx.lane(number);
        while lane.try_send(Value(number, alive.clone())).is_ok() {}
        for _ in 0..2 {
            let send = Box::pin(lane.send_async(Value(number, alive.clone())));
            let told = line.poll(Place::Back, Waiting::new(number, Sending::Send(send)), true);
            assert_eq!(told.is_pending(), !tx.is_closed());
        }
    }
    drop(rx);
    assert!(tx.is_closed());
    let waiting: usize = sends.iter().map(Line::len).sum();
    assert_eq!(Rc::strong_count(&alive), 1 + waiting, "what was inside");
    for line in &mut sends {
        line.settle(usize::MAX, true);
        for (number, told) in line.finish() {
            let Poll::Ready(Err(TrySendError::Closed(back))) = told else {
                panic!("{number} is told {told:?}");
            };
            assert_eq!(back.0, number);
        }
    }
    assert_eq!(Rc::strong_count(&alive), 1);
}

impl<'a> Pair<'a> {
    /// One step; `choice` is below sixteen.
    fn step(&mut self, number: usize, step: u8, lane: usize, choice: usize) {
        match step {
            0..=2 => {
                let told = self.tx.lane(lane).try_send(self.value(number));
                assert_eq!(told.map_err(bare), self.oracle.send(lane, number));
            }
            3 => {
                let told = self.tx.lane(lane).force_send(self.value(number));
                let told = told.map(|oldest| oldest.map(|value| value.0));
                assert_eq!(told.map_err(bare), self.oracle.force(lane, number));
            }
            4 | 5 if self.oracle.lanes[lane].policy != OnFull::Wait => {
                self.offer(lane, number, choice);
            }
            4..=6 if self.sends[lane].has_cell() => {
                let send = self.sending(lane, number);
                self.poll_send(lane, Place::Back, Waiting::new(number, send), true);
            }
            7 => {
                if let Some((place, waiting)) = self.sends[lane].pick(choice / 2) {
                    self.poll_send(lane, place, waiting, choice % 2 == 0);
                }
            }
            8 => {
                if let Some((_, mut waiting)) = self.sends[lane].pick(choice / 2) {
                    if choice % 2 == 0 {
                        let back = waiting.future.as_mut().get_mut().cancel();
                        assert_eq!(back.map(|value| value.0), Some(waiting.number));
                    }
                }
            }
            9..=12 => {
                let told = self.rx.try_recv().map(|(lane, value)| (lane, value.0));
                assert_eq!(told, self.oracle.recv());
            }
            13 if self.receives.has_cell() => {
                let receive = Waiting::new(number, self.rx.recv_async());
                self.poll_recv(Place::Back, receive, true);
            }
            14 => {
                if let Some((place, waiting)) = self.receives.pick(choice / 4) {
                    match choice % 4 {
                        0 => drop(waiting),
                        kind => self.poll_recv(place, waiting, kind == 1),
                    }
                }
            }
            15 => self.close(number, choice),
            _ => {}
        }
    }

    fn value(&self, number: usize) -> Value {
        Value(number, self.alive.clone())
    }

    fn sending(&self, lane: usize, number: usize) -> Sending<'a> {
        let value = self.value(number);
        if self.oracle.lanes[lane].policy == OnFull::Wait {
            Sending::Offer(Box::pin(self.tx.lane(lane).offer_async(value)))
        } else {
            Sending::Send(Box::pin(self.tx.lane(lane).send_async(value)))
        }
    }

    /// By a policy that does not wait.
    fn offer(&mut self, lane: usize, number: usize, choice: usize) {
        let value = self.value(number);
        let told = if choice % 2 == 0 {
            self.tx.lane(lane).offer(value)
        } else {
            let mut offer = std::pin::pin!(self.tx.lane(lane).offer_async(value));
            let cx = &mut Context::from_waker(std::task::Waker::noop());
            let Poll::Ready(told) = offer.as_mut().poll(cx) else {
                panic!("it waits");
            };
            told
        };
        let told = told.map(|offered| match offered {
            Offered::Sent => Offered::Sent,
            Offered::Evicted(oldest) => Offered::Evicted(oldest.0),
            Offered::Shed => Offered::Shed,
        });
        assert_eq!(told.map_err(bare), self.oracle.offer(lane, number));
    }

    fn poll_send(
        &mut self,
        lane: usize,
        place: Place,
        send: Waiting<Sending<'a>>,
        same_task: bool,
    ) {
        let number = send.number;
        let told = match self.sends[lane].poll(place, send, same_task) {
            Poll::Ready(told) => told.map_err(bare),
            Poll::Pending => Err(TrySendError::Full(number)),
        };
        assert_eq!(told, self.oracle.send(lane, number));
    }

    fn poll_recv(
        &mut self,
        place: Place,
        receive: Waiting<LaneRecvFuture<'a, Value>>,
        same_task: bool,
    ) {
        let told = match self.receives.poll(place, receive, same_task) {
            Poll::Ready(told) => told
                .map(|(lane, value)| (lane, value.0))
                .map_err(TryRecvError::from),
            Poll::Pending => Err(TryRecvError::Empty),
        };
        assert_eq!(told, self.oracle.recv());
    }

    /// Seldom a close; a wait for it else.
    fn close(&mut self, number: usize, choice: usize) {
        let (place, waiting) = match (choice, self.closes.pick(choice)) {
            (0, _) => {
                let first = !std::mem::replace(&mut self.oracle.closed, true);
                return assert_eq!(self.tx.close(), first);
            }
            (1..=3, _) => return, // one that waited is dropped
            (4..=9, Some(waiting)) => waiting,
            _ if !self.closes.has_cell() => return,
            (4..=12, _) => (Place::Back, Waiting::new(number, self.tx.closed_async())),
            _ => (Place::Back, Waiting::new(number, self.rx.closed_async())),
        };
        let told = self.closes.poll(place, waiting, choice % 2 == 0);
        assert_eq!(told.is_ready(), self.oracle.closed);
    }

    /// What both say of themselves, who was woken, and which messages live.
    fn agree(&mut self) {
        let closed = self.oracle.closed;
        assert_eq!((self.tx.is_closed(), self.rx.is_closed()), (closed, closed));
        let or_all = |count| if closed { usize::MAX } else { count };
        let mut wakes = self.receives.wakes() + self.closes.wakes();
        let (mut waiting, mut sums) = (0, [0; 3]);
        for (lane, queue) in self.oracle.lanes.iter().enumerate() {
            let line = &mut self.sends[lane];
            line.settle(or_all(queue.room()), closed);
            waiting += line.len();
            wakes += line.wakes();
            let stats = self.rx.lane_stats(lane);
            assert_eq!(stats.wakes, line.wakes());
            assert_eq!((stats.received, stats.aged), (queue.received, queue.aged));
            let refused = [stats.rejected, stats.evicted, stats.shed];
            assert_eq!(refused, [queue.rejected, queue.evicted, queue.shed]);
            sums = [0, 1, 2].map(|kind: usize| sums[kind] + refused[kind]);
            let len = (self.tx.lane(lane).len(), self.rx.len(lane));
            assert_eq!(len, (queue.inside.len(), queue.inside.len()));
        }
        self.receives.settle(or_all(self.oracle.len()), closed);
        self.closes.settle(or_all(0), closed);
        let stats = self.rx.stats();
        assert_eq!(stats.wakes, wakes, "wakes counted");
        assert_eq!([stats.rejected, stats.evicted, stats.shed], sums);
        let living = 2 + self.oracle.len() + waiting;
        assert_eq!(
            Rc::strong_count(&self.alive),
            living,
            "dropped early or late"
        );
    }

    /// All that is inside comes out in the oracle's order.
    fn drain(&mut self) {
        self.sends.clear();
        for _ in 0..=self.oracle.len() {
            let told = self.rx.try_recv().map(|(lane, value)| (lane, value.0));
            assert_eq!(told, self.oracle.recv());
        }
    }
}
