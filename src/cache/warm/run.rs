//! One run of a warmer.

use core::hash::{BuildHasher, Hash};
use core::time::Duration;
use std::collections::VecDeque;

use super::super::ask::Ask;
use super::super::begin::Begun;
use super::super::core::Core;
use super::super::flight::{Aloft, Current, Hold, Landed};
use super::progress::{Fate, WarmEnd};
use super::{Manner, SLICE, Warmer};
use crate::limit::{Pacer, TooEarly};
use crate::time::{Clock, Deadline, now_ns};

/// A load under way.
struct Flying<'a, K, V, E> {
    hold: Hold<'a, K, V, E>,
    /// Until when it is waited for.
    until: Deadline,
    /// Counted as late: it only keeps its place.
    is_late: bool,
}

pub(super) struct Run<'a, K, V, E, S, C> {
    warmer: &'a Warmer,
    core: &'a Core<K, V, E, S, C>,
    manner: Manner<'a, K>,
    until: Deadline,
    /// When the next load may begin.
    pacer: Option<Pacer>,
    /// Loads under way, oldest first.
    flying: VecDeque<Flying<'a, K, V, E>>,
    window: usize,
    /// Keys whose load the breaker let go, and until when they are waited for.
    again: VecDeque<(K, Deadline)>,
    /// Keys taken from the source that are nowhere else.
    in_hand: u64,
}

impl<'a, K, V, E, S, C> Run<'a, K, V, E, S, C>
where
    C: Clock,
{
    pub(super) fn new(
        warmer: &'a Warmer,
        core: &'a Core<K, V, E, S, C>,
        manner: Manner<'a, K>,
    ) -> Self {
        let places = core.loads.flights.max().min(core.loads.runners());
        let window = (places as usize / 2).min(warmer.concurrency);
        let now_ns = core.clock.now_ns();
        Self {
            warmer,
            core,
            manner,
            until: until(now_ns, warmer.deadline),
            pacer: warmer.pacer(),
            flying: VecDeque::with_capacity(window.max(1)),
            window: window.max(1),
            again: VecDeque::with_capacity(window.max(1)),
            in_hand: 0,
        }
    }

    pub(super) fn check(&self) -> Result<(), WarmEnd> {
        if self.warmer.account.is_stopped() {
            return Err(WarmEnd::Stopped);
        }
        if self.core.loads.is_closed() {
            return Err(WarmEnd::Closed);
        }
        if self.until.is_expired(self.core.clock.now_ns()) {
            return Err(WarmEnd::Deadline);
        }
        Ok(())
    }

    /// Until when a key whose turn begins now is waited for.
    fn key_until(&self) -> Deadline {
        until(self.core.clock.now_ns(), self.warmer.key_deadline)
    }
}

impl<K, V, E, S, C> Run<'_, K, V, E, S, C>
where
    K: Eq + Hash + Clone,
    V: Clone,
    S: BuildHasher,
    C: Clock,
{
    /// Loads what `next` gives, to its end.
    pub(super) fn all(
        &mut self,
        mut next: impl FnMut(&mut Self) -> Result<Option<K>, WarmEnd>,
    ) -> Result<(), WarmEnd> {
        let mut is_over = false;
        loop {
            self.check()?;
            if let Some((key, until)) = self.again.pop_front() {
                self.in_hand += 1;
                self.turn(&key, Some(until))?;
                continue;
            }
            if is_over {
                if self.flying.iter().all(|flying| flying.is_late) {
                    return Ok(());
                }
                self.land(Deadline::NEVER)?;
                continue;
            }
            match next(self)? {
                Some(key) => {
                    self.in_hand += 1;
                    self.check()?;
                    self.turn(&key, None)?;
                }
                None => is_over = true,
            }
        }
    }

    /// Begins the load of the key in hand, or counts why not.
    fn turn(&mut self, key: &K, again: Option<Deadline>) -> Result<(), WarmEnd> {
        let hash = self.core.hash(key);
        if (self.manner.is_there)(key) || self.manner.looks && self.core.is_fresh(hash, key) {
            self.put_down(Fate::SkippedFresh, Some(key));
            return Ok(());
        }
        let until = again.unwrap_or_else(|| self.key_until());
        while self.flying.len() >= self.window {
            if until.is_expired(self.core.clock.now_ns()) {
                self.put_down(Fate::Late, None);
                return self.within_budget();
            }
            self.land(until)?;
        }
        self.pace()?;
        let until = again.unwrap_or_else(|| self.key_until());
        let (trust, patient) = (self.manner.trust, true);
        loop {
            // A key without a deadline waits for the breaker, but not for others' loads.
            let shed_waits = until != Deadline::NEVER && !self.core.loads.flights.is_empty();
            let waits = match self.core.begin(hash, key, Ask { trust, patient }) {
                Begun::Started(hold) | Begun::Joined(hold) => {
                    self.in_hand -= 1;
                    self.flying.push_back(Flying {
                        hold,
                        until,
                        is_late: false,
                    });
                    return Ok(());
                }
                Begun::Stored => {
                    self.put_down(Fate::SkippedFresh, Some(key));
                    return Ok(());
                }
                Begun::BackingOff => {
                    self.put_down(Fate::Failed, None);
                    return self.within_budget();
                }
                Begun::Closed => return Err(WarmEnd::Closed),
                Begun::BrokenOff => true,
                Begun::Shed | Begun::Contended => shed_waits,
            };
            if !waits || until.is_expired(self.core.clock.now_ns()) {
                self.put_down(Fate::Refused, None);
                return Ok(());
            }
            self.rest(SLICE)?;
            // What was waited for lets others through too: each that begins then has its own turn.
            self.pace()?;
        }
    }

    /// Counts the key in hand.
    fn put_down(&mut self, fate: Fate, there: Option<&K>) {
        self.in_hand -= 1;
        self.count(fate, there);
    }

    /// Waits until the rate allows the next load.
    fn pace(&mut self) -> Result<(), WarmEnd> {
        loop {
            let Some(pacer) = &self.pacer else {
                return Ok(());
            };
            match pacer.try_pass(self.core.clock.now_ns()) {
                Err(TooEarly::Wait(wait)) => self.rest(wait.min(SLICE))?,
                _ => return Ok(()),
            }
        }
    }

    /// Lets a little time pass, in which loads may land.
    fn rest(&mut self, time: Duration) -> Result<(), WarmEnd> {
        let account = &self.warmer.account;
        let deadline = Deadline::after(now_ns(), time);
        // Stopped or not is for `check` to say.
        let _ = account
            .pace
            .wait(deadline, || account.is_stopped().then_some(()));
        self.check()?;
        self.sweep().map(drop)
    }

    /// Waits until a load has landed or is late, until `until` at most.
    fn land(&mut self, until: Deadline) -> Result<(), WarmEnd> {
        while !self.sweep()? {
            self.check()?;
            if until.is_expired(self.core.clock.now_ns()) {
                return Ok(());
            }
            let awaited = self.flying.iter().find(|flying| !flying.is_late);
            let Some(flying) = awaited.or_else(|| self.flying.front()) else {
                return Ok(());
            };
            let flight = flying.hold.flight();
            let deadline = Deadline::after(now_ns(), SLICE);
            // What there is to see is for `sweep` to say.
            let _ = flight.waiters.wait(deadline, || verdict(&flying.hold));
        }
        Ok(())
    }

    /// Counts what has landed, and what is late by now; whether there was any.
    pub(super) fn sweep(&mut self) -> Result<bool, WarmEnd> {
        let now_ns = self.core.clock.now_ns();
        let (mut at, mut any) = (0, false);
        while let Some(flying) = self.flying.get_mut(at) {
            let Some(verdict) = verdict(&flying.hold) else {
                at += 1;
                if !flying.is_late && flying.until.is_expired(now_ns) {
                    (flying.is_late, any) = (true, true);
                    self.count(Fate::Late, None);
                    self.within_budget()?;
                }
                continue;
            };
            any = true;
            let flying = self.flying.remove(at).expect("just seen");
            flying.hold.flight().pass_on();
            self.settle(&flying, verdict)?;
        }
        Ok(any)
    }

    fn settle(&mut self, flying: &Flying<'_, K, V, E>, verdict: Verdict) -> Result<(), WarmEnd> {
        let key = &flying.hold.plan().key;
        if flying.is_late {
            // Counted; but it may be one that a gate waits for.
            if verdict == Verdict::Done {
                self.warmer.tell_gates(key);
            }
            return Ok(());
        }
        match verdict {
            Verdict::Done => self.count(Fate::Done, Some(key)),
            Verdict::Refused => self.count(Fate::Refused, None),
            Verdict::Failed => {
                self.count(Fate::Failed, None);
                self.within_budget()?;
            }
            Verdict::BrokenOff if flying.until.is_expired(self.core.clock.now_ns()) => {
                self.count(Fate::Refused, None);
            }
            Verdict::BrokenOff => {
                self.in_hand += 1;
                self.again.push_back((key.clone(), flying.until));
                self.in_hand -= 1;
            }
            Verdict::Closed => {
                self.in_hand += 1;
                return Err(WarmEnd::Closed);
            }
        }
        Ok(())
    }

    /// Counts a key; one that is there by its name.
    fn count(&self, fate: Fate, there: Option<&K>) {
        let now_ns = self.core.clock.now_ns();
        self.warmer.account.count(fate, 1, now_ns);
        if let Some(key) = there {
            self.warmer.tell_gates(key);
        }
    }

    /// Whether the run may go on after one more failure.
    fn within_budget(&self) -> Result<(), WarmEnd> {
        let over = self.warmer.account.errors() > self.warmer.errors_max;
        if over { Err(WarmEnd::Errors) } else { Ok(()) }
    }
}

/// However a run ends, by a panic of the source or the clock too, each key it took is counted, and
/// the gates open.
impl<K, V, E, S, C> Drop for Run<'_, K, V, E, S, C> {
    fn drop(&mut self) {
        let flying = self.flying.iter().filter(|flying| !flying.is_late).count();
        let unfinished = self.in_hand + (flying + self.again.len()) as u64;
        self.warmer.account.count(Fate::Unfinished, unfinished, 0);
        self.warmer.give_up(); // nothing for a gate that is open
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Done,
    Refused,
    Failed,
    BrokenOff,
    Closed,
}

fn verdict<K, V, E>(hold: &Hold<'_, K, V, E>) -> Option<Verdict> {
    Some(match hold.flight().look() {
        Err(Aloft::Still) => return None,
        Err(Aloft::Closed) | Ok((Landed::Closed, _)) => Verdict::Closed,
        Ok((Landed::Value(_) | Landed::Nothing, Current::Stored)) => Verdict::Done,
        Err(Aloft::Written) => Verdict::Refused,
        Ok((Landed::Value(_) | Landed::Nothing, _)) => Verdict::Refused,
        Ok((Landed::Shed | Landed::Moot, _)) => Verdict::Refused,
        Ok((Landed::BrokenOff, _)) => Verdict::BrokenOff,
        Ok((Landed::Failed(_) | Landed::Panicked | Landed::Cancelled, _))
        | Err(Aloft::Cancelled) => Verdict::Failed,
    })
}

fn until(now_ns: u64, after: Option<Duration>) -> Deadline {
    after.map_or(Deadline::NEVER, |after| Deadline::after(now_ns, after))
}
