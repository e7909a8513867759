//! A select over three channels and a model take the same steps, one at a time, and must agree.
//!
//! One thread: what can be done is decided. The select does one of it, or says that there is none.

use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use shorttail::channel::{
    Case, Receiver, RecvCase, RecvError, RecvFuture, Select, SendCase, SendError, Sender,
    TryRecvError, TrySendError, bounded,
};
use shorttail::time::Deadline;

use crate::line::{Line, Place, Waiting};
use crate::oracle::{Oracle, map_error};

const CHANNELS: usize = 3;

/// A message that is counted while it lives.
#[derive(Debug)]
struct Value(usize, #[allow(dead_code, reason = "counts")] Rc<()>);

type Ends = (Sender<Value>, Receiver<Value>);

/// One channel and a case of either kind, as they should be.
struct Expected {
    oracle: Oracle<usize>,
    received: Option<Result<usize, RecvError>>,
    value: Option<usize>,
    sent: Option<Result<(), SendError<usize>>>,
}

/// What a select can do with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Could {
    /// It is done already.
    Done,
    Now,
    Later,
    Never,
}

struct Both<'a> {
    ends: &'a [Ends; CHANNELS],
    receives: [RecvCase<'a, Value>; CHANNELS],
    sends: [SendCase<'a, Value>; CHANNELS],
    select: Select,
    /// Tasks that wait for a message of each channel.
    waiting: [Line<RecvFuture<'a, Value>>; CHANNELS],
    expected: [Expected; CHANNELS],
    alive: Rc<()>,
}

/// Takes the steps, each named by a byte; a select takes two.
pub(crate) fn run(capacity: usize, steps: &[u8]) {
    let ends = [capacity, 1, capacity + 1].map(bounded);
    let mut both = Both::over(&ends);
    let alive = Rc::clone(&both.alive);
    let mut steps = steps.iter().copied().enumerate();
    while let Some((number, step)) = steps.next() {
        let (step, choice) = (step % 16, usize::from(step / 16));
        let channel = choice % CHANNELS;
        match step {
            0..=4 => {
                let (_, cases) = steps.next().unwrap_or((0, 63));
                both.select(choice, cases);
            }
            5 | 6 => both.try_send(channel, number),
            7 => both.try_recv(channel),
            8 | 9 => both.take_received(channel),
            10 => both.take_sent(channel),
            11 => both.cancel(channel),
            12 => both.set(channel, number),
            13 => both.wait_for_a_message(channel, number),
            14 => both.poll_or_drop(channel, choice),
            _ if choice < 12 => both.forget_case(channel),
            _ => both.close(channel),
        }
        both.agree();
    }
    drop(both);
    let inside: usize = ends.iter().map(|(_, rx)| rx.len()).sum();
    assert_eq!(
        Rc::strong_count(&alive),
        1 + inside,
        "the cases' are dropped"
    );
}

impl Expected {
    fn new(capacity: usize) -> Self {
        Self {
            oracle: Oracle::new(capacity),
            received: None,
            value: None,
            sent: None,
        }
    }

    fn receive(&self) -> Could {
        match self.received {
            Some(_) => Could::Done,
            None if self.oracle.len() > 0 || self.oracle.is_closed() => Could::Now,
            None => Could::Later,
        }
    }

    fn send(&self) -> Could {
        match (self.sent, self.value) {
            (Some(_), _) => Could::Done,
            (None, None) => Could::Never,
            _ if self.oracle.room() > 0 || self.oracle.is_closed() => Could::Now,
            _ => Could::Later,
        }
    }

    fn does_receive(&mut self) {
        self.received = Some(self.oracle.try_recv().map_err(|_| RecvError));
    }

    fn does_send(&mut self) {
        let value = self.value.take().expect("not idle");
        self.sent = Some(self.oracle.try_send(value).map_err(|error| match error {
            TrySendError::Closed(value) => SendError(value),
            TrySendError::Full(value) => panic!("no room for {value}"),
        }));
    }

    /// Messages that are here.
    fn living(&self) -> usize {
        let received = self.received.is_some_and(|received| received.is_ok());
        let back = self.sent.is_some_and(|sent| sent.is_err());
        let held = [received, back, self.value.is_some()].map(usize::from);
        self.oracle.len() + held.iter().sum::<usize>()
    }
}

impl<'a> Both<'a> {
    fn over(ends: &'a [Ends; CHANNELS]) -> Self {
        let mut both = Self {
            ends,
            receives: ends.each_ref().map(|(_, rx)| rx.case()),
            sends: ends
                .each_ref()
                .map(|(tx, _)| tx.case(Value(0, Rc::default()))),
            select: Select::new(),
            waiting: std::array::from_fn(|_| Line::default()),
            expected: ends.each_ref().map(|(tx, _)| Expected::new(tx.capacity())),
            alive: Rc::default(),
        };
        both.sends.iter_mut().for_each(|send| drop(send.cancel()));
        both
    }

    fn value(&self, number: usize) -> Value {
        Value(number, Rc::clone(&self.alive))
    }

    /// In one of the four ways, over the cases whose bits are set; the seventh turns them round.
    fn select(&mut self, how: usize, cases: u8) {
        let could = |n: usize| match n / CHANNELS {
            0 => self.expected[n].receive(),
            _ => self.expected[n - CHANNELS].send(),
        };
        let all = self.receives.iter_mut().map(|case| case as &mut dyn Case);
        let all = all.chain(self.sends.iter_mut().map(|case| case as _));
        let taken = all.enumerate().filter(|(n, _)| cases >> n & 1 == 1);
        let (mut numbers, mut taken): (Vec<usize>, Vec<&mut dyn Case>) = taken.unzip();
        if cases >> 6 & 1 == 1 {
            numbers.reverse();
            taken.reverse();
        }
        let could: Vec<_> = numbers.iter().map(|&n| could(n)).collect();
        let done = could.iter().position(|&could| could == Could::Done);
        let some = done.is_some() || could.contains(&Could::Now);
        let told = match how % 4 {
            0 if some => Some(self.select.wait(&mut taken)),
            1 if some || could.contains(&Could::Later) => {
                self.select.wait_timeout(&mut taken, Duration::ZERO)
            }
            2 if some || could.contains(&Could::Later) => {
                self.select.wait_deadline(&mut taken, Deadline::at(1))
            }
            _ => self.select.try_wait(&mut taken),
        };
        assert_eq!(told.is_some(), some, "{could:?}");
        match (done, told) {
            (Some(_), _) => assert_eq!(told, done, "what is done comes first"),
            (None, Some(at)) => {
                assert_eq!(could[at], Could::Now, "{could:?}");
                match numbers[at].checked_sub(CHANNELS) {
                    None => self.expected[numbers[at]].does_receive(),
                    Some(channel) => self.expected[channel].does_send(),
                }
            }
            (None, None) => {}
        }
    }

    fn try_send(&self, channel: usize, number: usize) {
        let told = self.ends[channel].0.try_send(self.value(number));
        let told = told.map_err(|error| map_error(error, |value| value.0));
        assert_eq!(told, self.expected[channel].oracle.try_send(number));
    }

    fn try_recv(&self, channel: usize) {
        let told = self.ends[channel].1.try_recv().map(|value| value.0);
        assert_eq!(told, self.expected[channel].oracle.try_recv());
    }

    fn take_received(&mut self, channel: usize) {
        let told = self.receives[channel].take();
        let told = told.map(|told| told.map(|value| value.0));
        assert_eq!(told, self.expected[channel].received.take());
    }

    fn take_sent(&mut self, channel: usize) {
        let told = self.sends[channel].take();
        let told = told.map(|told| told.map_err(|SendError(value)| SendError(value.0)));
        assert_eq!(told, self.expected[channel].sent.take());
    }

    fn cancel(&mut self, channel: usize) {
        let back = self.sends[channel].cancel().map(|value| value.0);
        assert_eq!(back, self.expected[channel].value.take());
    }

    /// What came of the last send is forgotten.
    fn set(&mut self, channel: usize, number: usize) {
        let value = self.value(number);
        let back = self.sends[channel].set(value).map(|value| value.0);
        let expected = &mut self.expected[channel];
        assert_eq!(back, expected.value.replace(number));
        expected.sent = None;
    }

    /// As long as there is a cell left for the select: beyond those, who was woken in vain is
    /// behind who has come to a cell since.
    fn wait_for_a_message(&mut self, channel: usize, number: usize) {
        if self.waiting[channel].len() == 31 {
            return;
        }
        let future = Waiting::new(number, self.ends[channel].1.recv_async());
        self.poll(channel, Place::Back, future);
    }

    fn poll_or_drop(&mut self, channel: usize, choice: usize) {
        match self.waiting[channel].pick(choice) {
            Some((place, waiting)) if choice < 8 => self.poll(channel, place, waiting),
            picked => drop(picked),
        }
    }

    fn poll(&mut self, channel: usize, place: Place, waiting: Waiting<RecvFuture<'a, Value>>) {
        let told = match self.waiting[channel].poll(place, waiting, true) {
            Poll::Ready(told) => told.map(|value| value.0).map_err(TryRecvError::from),
            Poll::Pending => Err(TryRecvError::Empty),
        };
        assert_eq!(told, self.expected[channel].oracle.try_recv());
    }

    /// New cases in their place; what was in the old ones is dropped.
    fn forget_case(&mut self, channel: usize) {
        let value = self.value(0);
        let (tx, rx) = &self.ends[channel];
        self.receives[channel] = rx.case();
        self.sends[channel] = tx.case(value);
        let expected = &mut self.expected[channel];
        (expected.received, expected.sent) = (None, None);
        expected.value = Some(0);
    }

    fn close(&self, channel: usize) {
        let first = self.ends[channel].0.close();
        assert_eq!(first, self.expected[channel].oracle.close());
    }

    /// What the channels hold, who was woken, and which messages live.
    fn agree(&mut self) {
        for (n, (tx, rx)) in self.ends.iter().enumerate() {
            let oracle = &self.expected[n].oracle;
            let (len, closed) = (oracle.len(), oracle.is_closed());
            assert_eq!((rx.len(), tx.is_closed()), (len, closed));
            let could_go_on = if closed { usize::MAX } else { len };
            self.waiting[n].settle(could_go_on, closed);
            assert_eq!(rx.stats().wakes, self.waiting[n].wakes(), "in vain");
        }
        let living: usize = self.expected.iter().map(Expected::living).sum();
        // Its owner here, and who began.
        assert_eq!(Rc::strong_count(&self.alive), 2 + living, "dropped or kept");
    }
}
