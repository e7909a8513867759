//! Futures of one kind that wait: who is asleep, in which order, and who has been woken.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};

#[derive(Default)]
struct Flag {
    woken: AtomicBool,
    /// Of the whole line.
    wakes: Arc<AtomicU64>,
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Relaxed);
        self.wakes.fetch_add(1, Ordering::Relaxed);
    }
}

pub(crate) struct Waiting<F> {
    /// What the future sends, if it sends.
    pub(crate) number: usize,
    pub(crate) future: Pin<Box<F>>,
    /// When it came to wait, counted in waits.
    came: u64,
    flag: Arc<Flag>,
}

impl<F> Waiting<F> {
    pub(crate) fn new(number: usize, future: F) -> Self {
        Self {
            number,
            future: Box::pin(future),
            came: 0,
            flag: Arc::default(),
        }
    }
}

/// Where a future stands if it still waits after a poll.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// It has come just now.
    Back,
    /// It was woken in vain: it keeps its place among those who wait.
    Woken,
    /// It was not woken: it keeps its place.
    At(usize),
}

pub(crate) struct Line<F> {
    /// First come first.
    asleep: VecDeque<Waiting<F>>,
    woken: Vec<Waiting<F>>,
    came: u64,
    wakes: Arc<AtomicU64>,
}

impl<F> Default for Line<F> {
    fn default() -> Self {
        Self {
            asleep: VecDeque::new(),
            woken: Vec::new(),
            came: 0,
            wakes: Arc::default(),
        }
    }
}

impl<F: Future<Output: Debug>> Line<F> {
    pub(crate) fn len(&self) -> usize {
        self.asleep.len() + self.woken.len()
    }

    /// Whether one more keeps its turn: beyond thirty-two it is behind all that have a cell.
    pub(crate) fn has_cell(&self) -> bool {
        self.len() < 32
    }

    /// How often tasks of this line were woken, in all.
    pub(crate) fn wakes(&self) -> u64 {
        self.wakes.load(Ordering::Relaxed)
    }

    /// Takes one out, counted from those who were woken.
    pub(crate) fn pick(&mut self, nth: usize) -> Option<(Place, Waiting<F>)> {
        let nth = nth % self.len().max(1);
        if nth < self.woken.len() {
            return Some((Place::Woken, self.woken.remove(nth)));
        }
        let at = nth - self.woken.len();
        self.asleep
            .remove(at)
            .map(|waiting| (Place::At(at), waiting))
    }

    /// Polls, as the same task or as another; puts the future in line if it waits.
    pub(crate) fn poll(
        &mut self,
        place: Place,
        mut waiting: Waiting<F>,
        same_task: bool,
    ) -> Poll<F::Output> {
        if !same_task || matches!(place, Place::Back) {
            let wakes = Arc::clone(&self.wakes);
            waiting.flag = Arc::new(Flag {
                wakes,
                ..Flag::default()
            });
        }
        waiting.flag.woken.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&waiting.flag));
        let polled = waiting
            .future
            .as_mut()
            .poll(&mut Context::from_waker(&waker));
        if polled.is_pending() {
            match place {
                Place::Back => {
                    self.came += 1;
                    waiting.came = self.came;
                    self.asleep.push_back(waiting);
                }
                Place::Woken => {
                    let at = self
                        .asleep
                        .partition_point(|other| other.came < waiting.came);
                    self.asleep.insert(at, waiting);
                }
                Place::At(at) => self.asleep.insert(at, waiting),
            }
        }
        polled
    }

    /// Takes note of who was woken. First come, first woken; and of those who wait as many as
    /// `could_go_on` have been woken to do so; after a `close` all have.
    pub(crate) fn settle(&mut self, could_go_on: usize, closed: bool) {
        let is_woken = |waiting: &Waiting<F>| waiting.flag.woken.load(Ordering::Relaxed);
        while self.asleep.front().is_some_and(is_woken) {
            self.woken.extend(self.asleep.pop_front());
        }
        assert!(!self.asleep.iter().any(is_woken), "woken out of turn");
        assert!(
            self.asleep.is_empty() || self.woken.len() >= could_go_on,
            "{} of {could_go_on} were woken",
            self.woken.len()
        );
        assert!(self.asleep.is_empty() || !closed, "asleep after the close");
    }

    /// Polls all, those who were woken first; what each is told.
    pub(crate) fn finish(&mut self) -> Vec<(usize, Poll<F::Output>)> {
        let mut told = Vec::new();
        for _ in 0..self.len() {
            let Some((place, waiting)) = self.pick(0) else {
                break;
            };
            told.push((waiting.number, self.poll(place, waiting, true)));
        }
        told
    }
}
