//! A channel and the oracle take the same steps, one at a time, and must answer alike.
//!
//! One thread polls the futures by hand, so every answer is decided: a poll is ready exactly if a
//! `try_` call would be. Of the wakes the order is decided too (see [`Line::settle`]), and each is
//! counted.

use std::collections::VecDeque;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use shorttail::channel::{
    Builder, ClosedFuture, Offered, OnFull, OwnedPermit, Receiver, RecvError, RecvFuture,
    RecvTimeoutError, SendError, SendFuture, SendTimeoutError, Sender, TryRecvError,
    TryReserveError, TrySendError, WeakReceiver, WeakSender,
};

use crate::held::Held;
use crate::line::{Line, Place, Waiting};
use crate::oracle::{Oracle, map_error};

/// A message that is counted while it lives.
#[derive(Debug)]
struct Value(usize, #[allow(dead_code, reason = "counts")] Rc<()>);

struct Pair<'tx, 'rx> {
    tx: &'tx Sender<Value>,
    rx: &'rx Receiver<Value>,
    weak: (WeakSender<Value>, WeakReceiver<Value>),
    more_tx: Vec<Sender<Value>>,
    more_rx: Vec<Receiver<Value>>,
    sends: Line<SendFuture<'tx, Value>>,
    receives: Line<RecvFuture<'rx, Value>>,
    closes: Line<ClosedFuture<'tx, Value>>,
    held: Vec<Held<'tx, Value>>,
    oracle: Oracle<usize>,
    /// Offers that came back, and those that another made way for.
    refused: u64,
    evicted: u64,
    alive: Rc<()>,
}

/// Takes the steps, each named by a byte, then lets one side leave while the other waits.
pub(crate) fn run(capacity: usize, steps: &[u8]) {
    let channel = Builder::new(capacity).on_full(OnFull::DropOldest);
    let (tx, rx) = channel.build().unwrap();
    let Pair {
        weak,
        more_tx,
        more_rx,
        mut sends,
        mut receives,
        mut closes,
        held,
        oracle,
        alive,
        ..
    } = after(&tx, &rx, steps);
    if steps.last().is_some_and(|step| step & 1 == 0) {
        drop((sends, closes, more_tx));
        let owned: Vec<_> = held.into_iter().filter_map(Held::into_owned).collect();
        drop(tx);
        let closed = oracle.is_closed() || owned.is_empty();
        assert_eq!(rx.is_closed(), closed, "a permit is a sender");
        assert_eq!(rx.sender_count(), owned.len());
        drop(owned);
        oracle.close();
        assert!(weak.0.upgrade().is_none() && rx.is_closed());
        receives.settle(usize::MAX, true);
        for (_, told) in receives.finish() {
            assert_eq!(number_of(told), Poll::Ready(oracle.recv()));
        }
        assert_eq!(Rc::strong_count(&alive), 1 + oracle.len());
    } else {
        drop((receives, more_rx));
        drop(rx);
        assert!(weak.1.upgrade().is_none() && tx.is_closed());
        sends.settle(usize::MAX, true);
        closes.settle(usize::MAX, true);
        assert_eq!(Rc::strong_count(&alive), 1 + sends.len());
        for (number, permit) in held.into_iter().enumerate() {
            let back = permit.send(Value(number, Rc::clone(&alive))).0.unwrap_err();
            assert_eq!(back.0.0, number);
        }
        for (number, told) in sends.finish() {
            let Poll::Ready(Err(SendError(Value(back, _)))) = told else {
                panic!("{number} is told {told:?}");
            };
            assert_eq!(back, number);
        }
        assert!(closes.finish().iter().all(|(_, told)| told.is_ready()));
        assert_eq!(Rc::strong_count(&alive), 1, "what was inside is dropped");
    }
}

fn after<'tx, 'rx>(
    tx: &'tx Sender<Value>,
    rx: &'rx Receiver<Value>,
    steps: &[u8],
) -> Pair<'tx, 'rx> {
    let mut pair = Pair {
        tx,
        rx,
        weak: (tx.downgrade(), rx.downgrade()),
        more_tx: Vec::new(),
        more_rx: Vec::new(),
        sends: Line::default(),
        receives: Line::default(),
        closes: Line::default(),
        held: Vec::new(),
        oracle: Oracle::new(tx.capacity()),
        refused: 0,
        evicted: 0,
        alive: Rc::default(),
    };
    for (number, &step) in steps.iter().enumerate() {
        pair.step(number, step % 32, usize::from(step / 32));
        pair.agree();
    }
    pair
}

impl<'tx, 'rx> Pair<'tx, 'rx> {
    /// One step; `choice` is below eight.
    fn step(&mut self, number: usize, step: u8, choice: usize) {
        match step {
            0..=3 => self.send(number, choice),
            4 => self.send_many(number, choice),
            5 => self.force_send(number, choice % 2 == 1),
            6..=8 => self.recv(choice),
            9 => self.recv_many(9, choice),
            10 => self.recv_many(choice, usize::MAX),
            11 => self.use_held(number, choice),
            12 | 13 if self.sends.has_cell() => self.begin_send(number),
            14 => self.reserve(number, choice),
            15 | 16 if self.receives.has_cell() => {
                let future = Waiting::new(number, self.rx.recv_async());
                self.poll_recv(Place::Back, future, true);
            }
            17 => self.give_back(choice),
            18 | 19 => {
                if let Some((place, waiting)) = self.sends.pick(choice / 2) {
                    self.poll_send(place, waiting, choice % 2 == 0);
                }
            }
            20 | 21 => {
                if let Some((place, waiting)) = self.receives.pick(choice / 2) {
                    self.poll_recv(place, waiting, choice % 2 == 0);
                }
            }
            22 => drop(self.sends.pick(choice)),
            23 => drop(self.receives.pick(choice)),
            24 => {
                if let Some((_, mut waiting)) = self.sends.pick(choice) {
                    let back = waiting.future.as_mut().cancel().expect("not sent");
                    assert_eq!(back.0, waiting.number);
                    assert!(waiting.future.as_mut().cancel().is_none());
                }
            }
            25 if self.closes.has_cell() => self.wait_for_close(number, choice),
            26 | 27 => self.senders(choice),
            28 | 29 => self.receivers(choice),
            30 => self.drain(choice),
            31 if choice == 0 => assert_eq!(self.tx.close(), self.oracle.close()),
            31 if choice == 1 => assert_eq!(self.rx.close(), self.oracle.close()),
            31 if choice < 4 => self.send_many(number, choice + 6),
            31 if choice < 6 => self.recv_many(choice + 4, usize::MAX),
            _ => {}
        }
    }

    fn value(&self, number: usize) -> Value {
        Value(number, Rc::clone(&self.alive))
    }

    /// In one of the ways that cannot wait.
    fn send(&self, number: usize, choice: usize) {
        let value = self.value(number);
        let tx = self.more_tx.last().unwrap_or(self.tx);
        // With others waiting `agree` has not asked whether there is room: it could hang.
        let has_room = self.sends.len() == 0 && self.oracle.room() > 0;
        let ready = self.oracle.is_closed() || has_room;
        let told = match choice {
            0 if ready => tx.send(value).map_err(TrySendError::from),
            1 => tx
                .send_timeout(value, Duration::ZERO)
                .map_err(|error| match error {
                    SendTimeoutError::Timeout(value) => TrySendError::Full(value),
                    SendTimeoutError::Closed(value) => TrySendError::Closed(value),
                }),
            _ => tx.try_send(value),
        };
        let told = told.map_err(|error| map_error(error, |value| value.0));
        assert_eq!(told, self.oracle.try_send(number));
    }

    /// By its name, or as an offer.
    fn force_send(&mut self, number: usize, offered: bool) {
        let tx = self.more_tx.last().unwrap_or(self.tx);
        let value = self.value(number);
        let told = if offered {
            tx.offer(value).map(Offered::evicted)
        } else {
            tx.force_send(value)
        };
        let told = told
            .map(|evicted| evicted.map(|value| value.0))
            .map_err(|error| map_error(error, |value| value.0));
        if offered {
            self.refused += u64::from(told.is_err_and(|error| error.is_full()));
            self.evicted += u64::from(told.is_ok_and(|evicted| evicted.is_some()));
        }
        assert_eq!(told, self.oracle.force_send(number));
    }

    /// Numbers them as nothing else is numbered, so that their order shows.
    fn send_many(&self, number: usize, count: usize) {
        let tx = self.more_tx.last().unwrap_or(self.tx);
        let mut numbers: VecDeque<_> = (1..=count).map(|nth| number + nth * 1_000_000).collect();
        let mut values = numbers.iter().map(|&number| self.value(number)).collect();
        let told = tx.try_send_many(&mut values);
        assert_eq!(told, self.oracle.try_send_many(&mut numbers));
        assert!(values.into_iter().map(|value| value.0).eq(numbers), "left");
    }

    fn recv(&self, choice: usize) {
        let rx = self.more_rx.last().unwrap_or(self.rx);
        let ready = self.oracle.is_closed() || self.oracle.len() > 0;
        let told = match choice {
            0 if ready => rx.recv().map_err(TryRecvError::from),
            1 => rx
                .recv_timeout(Duration::ZERO)
                .map_err(|error| match error {
                    RecvTimeoutError::Timeout => TryRecvError::Empty,
                    RecvTimeoutError::Closed => TryRecvError::Closed,
                }),
            _ => rx.try_recv(),
        };
        let told = told.map(|value| value.0);
        assert_eq!(told, self.oracle.try_recv());
    }

    /// Behind what is in the Vec already, which does not grow.
    fn recv_many(&self, spare: usize, limit: usize) {
        let rx = self.more_rx.last().unwrap_or(self.rx);
        let mut values = Vec::with_capacity(1 + spare);
        values.push(self.value(usize::MAX));
        let capacity = values.capacity();
        let told = rx.try_recv_many(&mut values, limit);
        assert_eq!(values.capacity(), capacity, "grown");
        let expected = self.oracle.try_recv_many(limit.min(capacity - 1));
        assert_eq!(told, expected.as_ref().map(Vec::len).map_err(|&why| why));
        let numbers: Vec<_> = values.iter().map(|value| value.0).collect();
        assert_eq!(numbers[0], usize::MAX);
        assert_eq!(numbers[1..], expected.unwrap_or_default());
    }

    /// A permit that stays for later steps, or is used or given back at once.
    fn reserve(&mut self, number: usize, choice: usize) {
        let told = match choice {
            3..=5 => self.reserve_owned(choice == 5).map(Held::Owned),
            _ => self.tx.try_reserve().map(Held::Borrowed),
        };
        let told = told.map(|permit| self.held.push(permit));
        assert_eq!(told, self.oracle.try_reserve());
        match choice {
            6 if told.is_ok() => self.use_held(number, self.held.len() - 1),
            7 if told.is_ok() => self.give_back(2 * (self.held.len() - 1)),
            _ => {}
        }
    }

    /// For a sender that there is already if it may be `had`, and there is one; else a new one.
    fn reserve_owned(&mut self, had: bool) -> Result<OwnedPermit<Value>, TryReserveError> {
        let had = if had { self.more_tx.pop() } else { None };
        let tx = had.unwrap_or_else(|| {
            assert!(self.oracle.add_sender());
            self.tx.clone()
        });
        let told = tx.try_reserve_owned();
        told.map_err(|error| {
            assert!(!error.is_too_many());
            let is_full = error.is_full();
            self.more_tx.push(error.into_inner());
            if is_full {
                TryReserveError::Full(())
            } else {
                TryReserveError::Closed(())
            }
        })
    }

    fn pick_held(&mut self, nth: usize) -> Option<Held<'tx, Value>> {
        let count = self.held.len();
        (count > 0).then(|| self.held.remove(nth % count))
    }

    fn use_held(&mut self, number: usize, choice: usize) {
        let Some(permit) = self.pick_held(choice) else {
            return;
        };
        let (told, sender) = permit.send(self.value(number));
        self.more_tx.extend(sender);
        let told = told.map_err(|SendError(value)| SendError(value.0));
        assert_eq!(told, self.oracle.send_reserved(number));
    }

    /// Drops it, or releases it.
    fn give_back(&mut self, choice: usize) {
        let Some(permit) = self.pick_held(choice / 2) else {
            return;
        };
        self.oracle.unreserve();
        if choice % 2 == 1 {
            self.more_tx.extend(permit.release());
        } else {
            if permit.is_owned() {
                self.oracle.drop_sender();
            }
            drop(permit);
        }
    }

    fn begin_send(&mut self, number: usize) {
        let send = Waiting::new(number, self.tx.send_async(self.value(number)));
        self.poll_send(Place::Back, send, true);
    }

    fn poll_send(&mut self, place: Place, send: Waiting<SendFuture<'tx, Value>>, same_task: bool) {
        let number = send.number;
        let told = match self.sends.poll(place, send, same_task) {
            Poll::Ready(told) => told.map_err(|SendError(value)| TrySendError::Closed(value.0)),
            Poll::Pending => Err(TrySendError::Full(number)),
        };
        assert_eq!(told, self.oracle.try_send(number));
    }

    fn poll_recv(&mut self, place: Place, recv: Waiting<RecvFuture<'rx, Value>>, same_task: bool) {
        let told = match number_of(self.receives.poll(place, recv, same_task)) {
            Poll::Ready(told) => told.map_err(TryRecvError::from),
            Poll::Pending => Err(TryRecvError::Empty),
        };
        assert_eq!(told, self.oracle.try_recv());
    }

    fn wait_for_close(&mut self, number: usize, choice: usize) {
        let (place, waiting) = match self.closes.pick(choice) {
            Some(_) if choice == 7 => return, // dropped
            Some(waiting) if choice > 2 => waiting,
            _ => (Place::Back, Waiting::new(number, self.tx.closed_async())),
        };
        let told = self.closes.poll(place, waiting, choice % 2 == 0);
        assert_eq!(told.is_ready(), self.oracle.is_closed());
    }

    /// One sender more, or one less; the first one stays.
    fn senders(&mut self, choice: usize) {
        match choice {
            0..=2 => {
                self.more_tx.push(self.tx.clone());
                assert!(self.oracle.add_sender());
            }
            3 => {
                let upgraded = self.weak.0.upgrade();
                assert_eq!(upgraded.is_some(), self.oracle.add_sender());
                self.more_tx.extend(upgraded);
            }
            _ => self.more_tx.pop().into_iter().for_each(|tx| {
                assert!(tx.same_channel(self.tx));
                drop(tx);
                self.oracle.drop_sender();
            }),
        }
    }

    fn receivers(&mut self, choice: usize) {
        match choice {
            0..=2 => {
                self.more_rx.push(self.rx.clone());
                assert!(self.oracle.add_receiver());
            }
            3 => {
                let upgraded = self.weak.1.upgrade();
                assert_eq!(upgraded.is_some(), self.oracle.add_receiver());
                self.more_rx.extend(upgraded);
            }
            _ => self.more_rx.pop().into_iter().for_each(|rx| {
                assert!(rx.same_channel(self.rx));
                drop(rx);
                self.oracle.drop_receiver();
            }),
        }
    }

    /// As many as there are or fewer; the iterator then ends.
    fn drain(&self, choice: usize) {
        let mut drain = self.rx.drain();
        assert_eq!(drain.size_hint().1, Some(self.oracle.len()));
        for value in drain.by_ref().take(choice) {
            assert_eq!(Ok(value.0), self.oracle.try_recv());
        }
        if choice == 7 {
            for value in drain {
                assert_eq!(Ok(value.0), self.oracle.try_recv());
            }
            assert_eq!(self.oracle.len(), 0);
        }
    }

    /// What both say of themselves, who was woken, and which messages live.
    fn agree(&mut self) {
        let (len, closed) = (self.oracle.len(), self.oracle.is_closed());
        let capacity = self.rx.capacity();
        assert_eq!((self.tx.len(), self.rx.len()), (len, len));
        assert_eq!(self.rx.is_full(), len == capacity);
        assert_eq!(self.tx.is_empty(), len == 0);
        assert_eq!((self.tx.is_closed(), self.rx.is_closed()), (closed, closed));
        assert_eq!(self.rx.sender_count(), self.oracle.senders());
        assert_eq!(self.tx.receiver_count(), self.oracle.receivers());
        let or_all = |count| if closed { usize::MAX } else { count };
        self.sends.settle(or_all(self.oracle.room()), closed);
        self.receives.settle(or_all(len), closed);
        self.closes.settle(or_all(0), closed);
        let stats = self.rx.stats();
        let woken = self.sends.wakes() + self.receives.wakes() + self.closes.wakes();
        assert_eq!(stats.wakes, woken, "wakes counted");
        let offers = (stats.rejected, stats.evicted);
        assert_eq!(offers, (self.refused, self.evicted));
        assert_eq!((stats.stepped_over, stats.waits_spared), (0, 0));
        if !closed && self.sends.len() == 0 {
            // Wakes nobody, since nobody waits.
            assert_eq!(
                self.tx.try_reserve().is_ok(),
                self.oracle.room() > 0,
                "room"
            );
        }
        let living = 1 + len + self.sends.len();
        assert_eq!(
            Rc::strong_count(&self.alive),
            living,
            "dropped early or late"
        );
    }
}

fn number_of(polled: Poll<Result<Value, RecvError>>) -> Poll<Result<usize, RecvError>> {
    polled.map_ok(|value| value.0)
}
