//! What came of one turn of a fault, and what it is judged by: counts alone.

use super::accounts::Accounts;
use super::name::Fault;
use super::scenario::{PANICS, RETRY_FLOOR, RETRY_RATIO, Scenario};
use super::state::State;
use crate::client::Block;
use crate::retries::Storm;

/// All that was counted in one turn.
pub(super) struct Played {
    pub(super) block: Block,
    /// What became of the requests beside the load.
    pub(super) hand: Accounts,
    pub(super) before: State,
    pub(super) after: State,
    pub(super) states: Vec<State>,
    /// Where the clients retry.
    pub(super) storm: Option<Storm>,
}

impl Played {
    /// Of the load and of what was beside it.
    pub(super) fn accounts(&self) -> Accounts {
        let mut accounts = Accounts::of(&self.block);
        accounts.add(self.hand);
        accounts
    }

    /// Every request of the plan has one end: it was sent, or given up before.
    pub(super) fn planned(&self) -> Result<(), String> {
        let tally = &self.block.tally;
        let (planned, ended) = (
            self.block.samples.len() as u64,
            tally.unsent + tally.sent - tally.again,
        );
        if planned == ended {
            return Ok(());
        }
        Err(format!("{planned} requests planned, {ended} ended"))
    }

    /// What the fault itself is counted by.
    pub(super) fn of_the_fault(&self, scenario: &Scenario) -> Result<String, String> {
        let (before, after, tally) = (&self.before, &self.after, &self.block.tally);
        let struck = after.allocs_struck - before.allocs_struck;
        match scenario.fault {
            Fault::NoMemory => expect(struck == 0, format!("{struck} allocations asked for")),
            // Each newcomer's connection costs some.
            Fault::SlowAllocator => expect(struck > 0, format!("{struck} allocations made slow")),
            Fault::Consumers => {
                let buffers = self.states.iter().map(|state| state.buffers).max();
                Ok(format!("up to {} buffers held", buffers.unwrap_or(0)))
            }
            Fault::Origin => expect(
                tally.failed == 0,
                format!("{} requests failed with the origin", tally.failed),
            ),
            Fault::Cancel => Ok(format!("{} left", self.hand.cancelled)),
            Fault::Panic => self.panics(),
            Fault::Storm => self.storm(),
            Fault::Burst | Fault::Ramp | Fault::Spinner | Fault::Shutdown => {
                Ok(format!("{} given up unsent", tally.unsent))
            }
        }
    }

    /// As many of each as were to, no more and no less, and each request that did is one that was
    /// cut off, or whose client had left by then.
    fn panics(&self) -> Result<String, String> {
        let jobs = self.after.jobs_panicked - self.before.jobs_panicked;
        let loads = self.after.loads_panicked - self.before.loads_panicked;
        let (cut, later) = (self.block.tally.cut + self.hand.cancelled, self.hand.sent);
        let late = self.block.tally.late;
        expect(
            [jobs, loads] == [PANICS; 2] && cut <= PANICS && PANICS <= cut + late,
            format!(
                "{jobs} requests and {loads} loads of {PANICS} each panicked, {cut} cut off; \
                 {later} asked for it behind the load"
            ),
        )
    }

    /// The budget's own promise, for the calls that it was asked by while requests failed.
    fn storm(&self) -> Result<String, String> {
        let (again, storm) = (self.block.tally.again, self.storm);
        let Storm { calls, granted } = storm.ok_or("nobody retries")?;
        let most = (calls as f64 * RETRY_RATIO) as u64 + u64::from(RETRY_FLOOR);
        let sends = (calls + again) as f64 / calls.max(1) as f64;
        expect(
            again > 0 && again == granted && again <= most,
            format!(
                "{calls} calls in the storm, {again} sent again, of {most} at most; {sends:.3} \
                 sends a call"
            ),
        )
    }
}

fn expect(holds: bool, said: String) -> Result<String, String> {
    if holds { Ok(said) } else { Err(said) }
}
