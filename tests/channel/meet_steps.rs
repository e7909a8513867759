//! A channel without room and a model of it take the same steps, one at a time, and must agree:
//! what each call says, who stands in line, and that nobody sleeps who could go on.
//!
//! One thread, so what is handed in is handed in for tasks.

use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use shorttail::channel::{Receiver, RecvFuture, SendFuture, Sender, bounded};

/// Messages on their way to tasks at most.
const ACCEPTED_MAX: usize = 32;
/// Futures of each kind at most: more than a queue has cells.
const FUTURES: usize = 40;
/// Receives that wait in cells at most; those beyond them count until they are woken.
const CELLS: usize = 32;

/// A message that is counted while it lives.
#[derive(Debug)]
struct Value(usize, #[allow(dead_code, reason = "counts")] Rc<()>);

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A future in its place, and the wakes that it was given since it was polled last.
struct Task<F> {
    future: Pin<Box<F>>,
    wakes: Arc<Wakes>,
    /// Polled and not done.
    waits: bool,
}

impl<F: Future> Task<F> {
    fn new(future: F) -> Self {
        Self {
            future: Box::pin(future),
            wakes: Arc::default(),
            waits: false,
        }
    }

    fn poll(&mut self) -> Poll<F::Output> {
        self.wakes.0.store(0, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(&self.wakes));
        let polled = self.future.as_mut().poll(&mut Context::from_waker(&waker));
        self.waits = polled.is_pending();
        polled
    }

    fn was_woken(&self) -> bool {
        self.wakes.0.load(Ordering::SeqCst) > 0
    }
}

struct Both<'a> {
    tx: &'a Sender<Value>,
    rx: &'a Receiver<Value>,
    sends: Vec<(usize, Task<SendFuture<'a, Value>>)>,
    receives: Vec<Task<RecvFuture<'a, Value>>>,
    /// Messages that were handed in, and the numbers of those whose senders stand in line.
    accepted: VecDeque<usize>,
    line: VecDeque<usize>,
    closed: bool,
    /// Those who stood in line when the channel closed, and have not been asked since.
    turned_away: Vec<usize>,
    /// Somebody waited who had no cell.
    crowded: bool,
    next: usize,
    alive: Rc<()>,
}

/// Takes the steps, each named by a byte.
pub(crate) fn run(steps: &[u8]) {
    let (tx, rx) = bounded(0);
    let mut both = Both {
        tx: &tx,
        rx: &rx,
        sends: Vec::new(),
        receives: Vec::new(),
        accepted: VecDeque::new(),
        line: VecDeque::new(),
        closed: false,
        turned_away: Vec::new(),
        crowded: false,
        next: 0,
        alive: Rc::new(()),
    };
    for step in steps {
        both.step(usize::from(step % 16), usize::from(step / 16));
        both.agree();
    }
    let alive = Rc::clone(&both.alive);
    drop(both);
    drop((tx, rx));
    assert_eq!(Rc::strong_count(&alive), 1, "all are dropped");
}

impl Both<'_> {
    fn step(&mut self, step: usize, place: usize) {
        match step {
            0..=2 => self.try_send(),
            3..=4 => self.try_recv(),
            5 => self.begin_send(),
            6 => self.begin_recv(),
            7..=9 => self.poll_send(place),
            10..=12 => self.poll_recv(place),
            13 => self.cancel(place),
            14 => self.drop_recv(place),
            _ if place == 15 => self.close(),
            _ => self.replay(place),
        }
    }

    fn value(&mut self) -> Value {
        self.next += 1;
        Value(self.next, Rc::clone(&self.alive))
    }

    fn waiting(&self) -> usize {
        self.receives.iter().filter(|task| task.waits).count()
    }

    fn try_send(&mut self) {
        let value = self.value();
        let number = value.0;
        // As many as wait by its own count, which `agree` holds to account.
        let most = self.tx.receivers_waiting().min(ACCEPTED_MAX);
        let fits = self.line.is_empty() && self.accepted.len() < most;
        match self.tx.try_send(value) {
            Ok(()) => {
                assert!(!self.closed && fits);
                self.accepted.push_back(number);
            }
            Err(refused) => {
                assert_eq!(refused.is_closed(), self.closed);
                assert!(self.closed || !fits);
                assert_eq!(refused.into_inner().0, number);
            }
        }
    }

    /// What the next receive should find.
    fn expected(&mut self) -> Option<usize> {
        self.accepted.pop_front().or_else(|| self.line.pop_front())
    }

    fn try_recv(&mut self) {
        let expected = self.expected();
        let got = self.rx.try_recv();
        assert_eq!(got.as_ref().ok().map(|value| value.0), expected);
        if let Err(why) = got {
            assert_eq!(why.is_closed(), self.closed);
        }
    }

    fn begin_send(&mut self) {
        if self.sends.len() < FUTURES {
            let value = self.value();
            self.sends
                .push((value.0, Task::new(self.tx.send_async(value))));
        }
    }

    fn begin_recv(&mut self) {
        if self.receives.len() < FUTURES {
            self.receives.push(Task::new(self.rx.recv_async()));
        }
    }

    fn poll_send(&mut self, place: usize) {
        if self.sends.is_empty() {
            return;
        }
        let place = place % self.sends.len();
        let (number, task) = &mut self.sends[place];
        let (number, stood) = (*number, task.waits);
        let in_line = self.line.contains(&number);
        match task.poll() {
            Poll::Pending => {
                assert!(!self.closed && in_line == stood);
                if !stood {
                    self.line.push_back(number);
                }
                return;
            }
            Poll::Ready(Ok(())) => {
                assert!(stood && !in_line && !self.turned_away.contains(&number));
            }
            Poll::Ready(Err(back)) => {
                assert!(self.closed && back.into_inner().0 == number);
                assert!(!stood || self.turned_away.contains(&number));
            }
        }
        self.sends.swap_remove(place);
    }

    fn poll_recv(&mut self, place: usize) {
        if self.receives.is_empty() {
            return;
        }
        let place = place % self.receives.len();
        let expected = self.expected();
        match self.receives[place].poll() {
            Poll::Pending => assert!(expected.is_none() && !self.closed),
            Poll::Ready(Ok(value)) => assert_eq!(Some(value.0), expected),
            Poll::Ready(Err(_)) => assert!(expected.is_none() && self.closed),
        }
        self.crowded |= self.waiting() > CELLS;
        // It may be polled again for another message; half of them are dropped.
        if !self.receives[place].waits && place % 2 == 0 {
            self.receives.swap_remove(place);
        }
    }

    fn cancel(&mut self, place: usize) {
        if self.sends.is_empty() {
            return;
        }
        let (number, mut task) = self.sends.swap_remove(place % self.sends.len());
        let has_value = self.line.contains(&number) || self.turned_away.contains(&number);
        self.line.retain(|other| *other != number);
        let back = task.future.as_mut().cancel();
        assert_eq!(back.is_some(), !task.waits || has_value);
        assert!(back.is_none_or(|value| value.0 == number));
    }

    fn drop_recv(&mut self, place: usize) {
        if !self.receives.is_empty() {
            let place = place % self.receives.len();
            drop(self.receives.swap_remove(place));
        }
    }

    /// A send and a receive that end at once, or not at all.
    fn replay(&mut self, place: usize) {
        self.begin_recv();
        self.poll_recv(self.receives.len().saturating_sub(1));
        if place % 2 == 0 {
            self.try_send();
        }
    }

    fn close(&mut self) {
        assert_eq!(self.tx.close(), !self.closed);
        self.closed = true;
        // They have their values back.
        self.turned_away.extend(self.line.drain(..));
    }

    fn agree(&self) {
        assert_eq!(self.tx.is_closed(), self.closed);
        assert_eq!(self.tx.senders_waiting(), self.line.len());
        let sleeps = |task: &Task<_>| task.waits && !task.was_woken();
        let asleep = self.receives.iter().filter(|task| sleeps(task)).count();
        let least = if self.crowded { asleep } else { self.waiting() };
        let told = self.tx.receivers_waiting();
        assert!((least..=self.waiting()).contains(&told));
        for (number, task) in &self.sends {
            let is_out = task.waits && !self.line.contains(number);
            assert_eq!(task.waits && task.was_woken(), is_out, "a sender");
        }
        let there = !self.accepted.is_empty() || !self.line.is_empty() || self.closed;
        let could_go_on = self.receives.iter().any(|task| task.waits);
        if there && could_go_on {
            assert!(
                !self.receives.iter().filter(|task| task.waits).all(sleeps),
                "a receiver"
            );
        }
    }
}
