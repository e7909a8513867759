//! What became of every request, counted on both sides: nothing is lost, nothing is made up.

use super::state::State;
use crate::client::Block;
use crate::json::Json;
use crate::wire::Class;

/// The clients' count of requests and their ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accounts {
    /// Requests that went out whole, those sent again included.
    pub(crate) sent: u64,
    /// Answered with 2xx.
    pub(crate) answered: u64,
    /// Refused with 503 and `Retry-After`.
    pub(crate) refused: u64,
    /// Answered with another 5xx.
    pub(crate) failed: u64,
    /// Ended without an answer: the client left, gave up waiting, or was cut off.
    pub(crate) cancelled: u64,
    /// Answered with what is no answer, or with somebody else's.
    pub(crate) wrong: u64,
}

impl Accounts {
    /// The open-loop client's: what was answered comes from the samples, all else from the counts.
    pub(crate) fn of(block: &Block) -> Self {
        let of = |classes: &[Class]| {
            let samples = block.samples.iter();
            samples.filter(|s| classes.contains(&s.class)).count() as u64
        };
        Self {
            sent: block.tally.sent,
            answered: of(&[Class::Fresh, Class::Stale, Class::Fallback]),
            refused: of(&[Class::Shed]),
            failed: block.tally.failed,
            cancelled: block.tally.cut + block.tally.late,
            wrong: block.tally.wrong,
        }
    }

    pub(crate) fn add(&mut self, more: Self) {
        self.sent += more.sent;
        self.answered += more.answered;
        self.refused += more.refused;
        self.failed += more.failed;
        self.cancelled += more.cancelled;
        self.wrong += more.wrong;
    }

    /// As members of a report.
    pub(crate) fn write(&self, json: &mut Json) {
        for (name, count) in [
            ("sent", self.sent),
            ("answered", self.answered),
            ("refused", self.refused),
            ("failed", self.failed),
            ("cancelled", self.cancelled),
            ("wrong", self.wrong),
        ] {
            json.number(name, count as f64);
        }
    }

    /// Holds the clients' count against itself and against the service's between two moments. A
    /// request whose client left may have been answered or not.
    pub(crate) fn add_up(&self, before: &State, after: &State) -> Result<(), String> {
        let read = self.answered + self.refused + self.failed;
        if self.wrong > 0 {
            return Err(format!("{} wrong answers", self.wrong));
        }
        if self.sent != read + self.cancelled {
            return Err(format!(
                "sent {} but answered {}, refused {}, failed {}, cancelled {}",
                self.sent, self.answered, self.refused, self.failed, self.cancelled
            ));
        }
        let of = [
            ("answers", read, before.requests, after.requests),
            ("refusals", self.refused, before.shed, after.shed),
            ("failures", self.failed, before.failed, after.failed),
        ];
        for (name, seen, before, after) in of {
            let told = after.saturating_sub(before);
            if !(seen..=seen + self.cancelled).contains(&told) {
                let unread = self.cancelled;
                return Err(format!(
                    "the service counts {told} {name}, the clients {seen} and {unread} cancelled"
                ));
            }
        }
        Ok(())
    }
}

/// What must be back once no request is under way; `connections` may stay open.
pub(crate) fn is_all_back(state: &State, connections: u64) -> Result<(), String> {
    let lent = [
        ("permits", state.permits),
        ("buffers", state.buffers),
        ("arenas", state.arenas),
        ("loads", state.loads),
        ("connections", state.connections.saturating_sub(connections)),
    ];
    let out: Vec<String> = lent
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    if out.is_empty() {
        Ok(())
    } else {
        Err(format!("still lent: {}", out.join(", ")))
    }
}
