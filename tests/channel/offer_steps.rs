//! A channel with a policy and the oracle take the same steps, one at a time: every offer must do
//! as the policy says, and be counted once. Shared with `fuzz/fuzz_targets/offer_ops.rs`.

use std::rc::Rc;
use std::task::Poll;

use shorttail::channel::{
    Builder, OfferFuture, Offered, OnFull, Permit, Receiver, SendError, Sender, TrySendError,
};

use crate::line::{Line, Place, Waiting};
use crate::oracle::{Oracle, map_error};

/// A message that is counted while it lives.
#[derive(Debug)]
struct Value(usize, #[allow(dead_code, reason = "counts")] Rc<()>);

type Told<T> = Result<Offered<T>, TrySendError<T>>;

struct Pair<'a> {
    tx: &'a Sender<Value>,
    rx: &'a Receiver<Value>,
    policy: OnFull,
    /// Under [`OnFull::Wait`] alone is anybody in it for longer than a step.
    offers: Line<OfferFuture<'a, Value>>,
    permits: Vec<Permit<'a, Value>>,
    oracle: Oracle<usize>,
    rejected: u64,
    evicted: u64,
    shed: u64,
    alive: Rc<()>,
}

/// Takes the steps, each named by a byte; what is inside then comes out.
pub(crate) fn run(policy: OnFull, capacity: usize, steps: &[u8]) {
    let (tx, rx) = Builder::new(capacity).on_full(policy).build().unwrap();
    let mut pair = Pair {
        tx: &tx,
        rx: &rx,
        policy,
        offers: Line::default(),
        permits: Vec::new(),
        oracle: Oracle::new(capacity),
        rejected: 0,
        evicted: 0,
        shed: 0,
        alive: Rc::default(),
    };
    for (number, &step) in steps.iter().enumerate() {
        pair.step(number, step % 8, usize::from(step / 8));
        pair.agree();
    }
    let Pair {
        offers,
        oracle,
        alive,
        ..
    } = pair;
    drop(offers);
    while let Ok(number) = oracle.try_recv() {
        assert_eq!(rx.try_recv().map(|value| value.0), Ok(number));
    }
    assert!(rx.is_empty());
    assert_eq!(Rc::strong_count(&alive), 1);
}

impl<'a> Pair<'a> {
    /// One step; `choice` is below thirty-two.
    fn step(&mut self, number: usize, step: u8, choice: usize) {
        match step {
            0..=2 if self.offers.has_cell() => self.offer(number, choice % 2 == 0),
            0..=2 => {}
            3 => {
                if let Some((place, waiting)) = self.offers.pick(choice / 2) {
                    self.poll(place, waiting, choice % 2 == 0);
                }
            }
            4 => {
                if let Some((_, mut waiting)) = self.offers.pick(choice / 2) {
                    if choice % 2 == 0 {
                        let back = waiting.future.as_mut().cancel();
                        assert_eq!(back.map(|value| value.0), Some(waiting.number));
                    }
                }
            }
            5 => self.permit(number, choice),
            6 if choice == 31 => assert_eq!(self.tx.close(), self.oracle.close()),
            6 if choice > 24 => {
                let told = self.tx.force_send(self.value(number));
                let told = told.map(|oldest| oldest.map(|value| value.0));
                let told = told.map_err(|error| map_error(error, |value| value.0));
                assert_eq!(told, self.oracle.force_send(number), "counted nowhere");
            }
            _ => {
                let told = self.rx.try_recv().map(|value| value.0);
                assert_eq!(told, self.oracle.try_recv());
            }
        }
    }

    fn value(&self, number: usize) -> Value {
        Value(number, Rc::clone(&self.alive))
    }

    /// By a call that blocks only where it cannot wait.
    fn offer(&mut self, number: usize, may_block: bool) {
        let value = self.value(number);
        let has_room = self.offers.len() == 0 && self.oracle.room() > 0;
        if may_block && (self.policy != OnFull::Wait || has_room || self.oracle.is_closed()) {
            let told = self.tx.offer(value);
            self.told(number, Poll::Ready(told));
        } else {
            let waiting = Waiting::new(number, self.tx.offer_async(value));
            self.poll(Place::Back, waiting, true);
        }
    }

    fn poll(&mut self, place: Place, waiting: Waiting<OfferFuture<'a, Value>>, same_task: bool) {
        let number = waiting.number;
        let told = self.offers.poll(place, waiting, same_task);
        self.told(number, told);
    }

    /// What the policy says of an oracle that is full.
    fn told(&mut self, number: usize, told: Poll<Told<Value>>) {
        let expected = match self.policy {
            OnFull::DropOldest => match self.oracle.force_send(number) {
                Ok(None) => Poll::Ready(Ok(Offered::Sent)),
                Ok(Some(oldest)) => {
                    self.evicted += 1;
                    Poll::Ready(Ok(Offered::Evicted(oldest)))
                }
                Err(error) => {
                    self.rejected += u64::from(error.is_full());
                    Poll::Ready(Err(error))
                }
            },
            policy => match (self.oracle.try_send(number), policy) {
                (Err(TrySendError::Full(_)), OnFull::Wait) => Poll::Pending,
                (Err(TrySendError::Full(_)), OnFull::Shed) => {
                    self.shed += 1;
                    Poll::Ready(Ok(Offered::Shed))
                }
                (told, _) => {
                    self.rejected += u64::from(told.is_err_and(|error| error.is_full()));
                    Poll::Ready(told.map(|()| Offered::Sent))
                }
            },
        };
        let told = told.map(|told| match told {
            Ok(Offered::Sent) => Ok(Offered::Sent),
            Ok(Offered::Evicted(oldest)) => Ok(Offered::Evicted(oldest.0)),
            Ok(Offered::Shed) => Ok(Offered::Shed),
            Err(error) => Err(map_error(error, |value| value.0)),
        });
        assert_eq!(told, expected, "by {:?}", self.policy);
    }

    /// Takes one, uses one, or gives one back.
    fn permit(&mut self, number: usize, choice: usize) {
        if choice % 4 < 2 {
            let told = self.tx.try_reserve();
            let told = told.map(|permit| self.permits.push(permit));
            assert_eq!(told, self.oracle.try_reserve());
        } else if let Some(permit) = self.permits.pop() {
            if choice % 4 == 2 {
                let told = permit.send(self.value(number));
                let told = told.map_err(|SendError(value)| SendError(value.0));
                assert_eq!(told, self.oracle.send_reserved(number));
            } else {
                drop(permit);
                self.oracle.unreserve();
            }
        }
    }

    /// The counts, who was woken, and which messages live.
    fn agree(&mut self) {
        let closed = self.oracle.is_closed();
        let room = if closed {
            usize::MAX
        } else {
            self.oracle.room()
        };
        self.offers.settle(room, closed);
        assert!(self.policy == OnFull::Wait || self.offers.len() == 0);
        let stats = self.rx.stats();
        assert_eq!(
            (stats.rejected, stats.evicted, stats.shed),
            (self.rejected, self.evicted, self.shed)
        );
        assert_eq!(stats.wakes, self.offers.wakes(), "wakes counted");
        assert_eq!(self.tx.len(), self.oracle.len());
        let living = 1 + self.oracle.len() + self.offers.len();
        assert_eq!(
            Rc::strong_count(&self.alive),
            living,
            "dropped early or late"
        );
    }
}
