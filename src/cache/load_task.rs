//! Running a cache's loads in tasks of an executor.

use core::fmt;
use core::future::poll_fn;
use core::hash::{BuildHasher, Hash};
use core::pin::pin;
use core::task::Poll;

use super::cancel::Told;
use super::core::Core;
use super::flight::{Hold, Landed};
use super::hash::Same;
use super::load_async::{Async, AsyncLoad};
use super::queued::Queued;
use super::runner::{Report, on_this_thread};
use crate::sync::{Arc, shielded};
use crate::time::Clock;

/// One of the tasks that run a cache's loads, to be spawned on an executor; made by
/// [`build_tasks`](super::LoadingBuilder::build_tasks).
///
/// It runs one load at a time. When the last of them is dropped, with its executor say, the cache
/// is closed for loads, as by [`close`](super::Cache::close): nobody waits for a load that nobody
/// runs.
///
/// # Examples
/// See [`AsyncLoad`].
pub struct LoadTask<K, V, L: AsyncLoad<K, V>, S, C>(pub(crate) Arc<Queued<K, V, Async<L>, S, C>>);

impl<K, V, L, S, C> LoadTask<K, V, L, S, C>
where
    K: Eq + Hash + Send + Sync,
    V: Clone + Send + Sync,
    L: AsyncLoad<K, V> + Send + Sync,
    L::Error: Send + Sync,
    S: BuildHasher + Send + Sync,
    C: Clock + Send + Sync,
{
    /// Runs loads until the cache is closed or dropped.
    ///
    /// A panic of a load is caught and told to whoever waits. No poll waits but for the shard's
    /// lock, nor runs more than 32 loads that are ready at once; nothing is allocated but by the
    /// loader.
    ///
    /// # Cancel safety
    /// Dropped in the middle of a load, it drops that load's future, and whoever waits for it is
    /// told [`Miss::LoadCancelled`](super::Miss::LoadCancelled); loads that are queued are left to
    /// other tasks.
    /// # Examples
    /// See [`AsyncLoad`].
    pub async fn run(self) {
        let queued = &self.0; // dropped at the end: one that runs loads is gone then
        let mut in_turn = 0;
        while let Ok(number) = queued.numbers.recv_async().await {
            let hold = queued.core.loads.flights.held(number);
            queued.core.run_in_task(&*queued.loader, hold).await;
            in_turn = (in_turn + 1) % LOADS_IN_TURN;
            if in_turn == 0 {
                others_first().await;
            }
        }
    }
}

impl<K, V, L: AsyncLoad<K, V>, S, C> Drop for LoadTask<K, V, L, S, C> {
    fn drop(&mut self) {
        self.0.core.loads.lose_runner();
    }
}

/// Loads after which the executor's other tasks have their turn.
const LOADS_IN_TURN: u32 = 32;

/// Pending once.
async fn others_first() {
    let mut is_over = false;
    poll_fn(|cx| {
        if is_over {
            return Poll::Ready(());
        }
        is_over = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A load whose task may be dropped.
struct Running<'a, K, V, E, S, C>
where
    K: Eq + Hash,
    S: BuildHasher,
    C: Clock,
{
    core: &'a Core<K, V, E, S, C>,
    /// Until it landed.
    hold: Option<Hold<'a, K, V, E>>,
    report: Report<V, E>,
}

impl<K, V, E, S, C> Drop for Running<'_, K, V, E, S, C>
where
    K: Eq + Hash,
    S: BuildHasher,
    C: Clock,
{
    fn drop(&mut self) {
        if let Some(hold) = self.hold.take() {
            let plan = hold.plan();
            if !hold.flight().is_cancelled() {
                // Who cancels a load gives its claim back.
                shielded(|| self.core.unclaim(plan.hash, &Same(&plan.key)));
            }
            let report = core::mem::take(&mut self.report);
            self.core.settle(hold, report, Landed::Cancelled);
        }
    }
}

impl<K, V, E, S, C> Core<K, V, E, S, C>
where
    K: Eq + Hash,
    S: BuildHasher,
    C: Clock,
{
    /// Runs one load to its end, or lands it when dropped before. Never panics.
    async fn run_in_task<'a, L>(&'a self, loader: &Async<L>, hold: Hold<'a, K, V, E>)
    where
        L: AsyncLoad<K, V, Error = E>,
        V: Clone,
    {
        let number = hold.number();
        let mut running = Running {
            core: self,
            hold: Some(hold),
            report: Report::default(),
        };
        let Running { hold, report, .. } = &mut running;
        let hold = hold.as_ref().expect("just put there");
        let mut asked_ns = None;
        shielded(|| asked_ns = self.prepare(loader, hold, report));
        if let Some(asked_ns) = asked_ns {
            // SAFETY: we run the load.
            let job = unsafe { hold.flight().take_job() };
            let asking = async {
                match job {
                    Some(job) => job(&hold.plan().key),
                    None => loader.0.load(&hold.plan().key).await,
                }
            };
            let mut asking = pin!(Some(asking));
            let mut told = pin!(Told::new(hold.flight()));
            let answer = poll_fn(|cx| {
                if told.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(None);
                }
                let mut polled = Poll::Ready(None); // a panic
                let future = asking.as_mut().as_pin_mut().expect("not ready before");
                shielded(|| {
                    on_this_thread(self, number, || polled = future.poll(cx).map(Some));
                });
                polled.map(Some)
            })
            .await;
            shielded(|| asking.set(None));
            let Some(answer) = answer else {
                return; // cancelled: what runs is dropped
            };
            shielded(|| self.conclude(loader, hold, asked_ns, answer, report));
        }
        let hold = running.hold.take().expect("put there above");
        let report = core::mem::take(&mut running.report);
        self.settle(hold, report, Landed::Panicked);
    }
}

impl<K, V, L: AsyncLoad<K, V>, S, C> fmt::Debug for LoadTask<K, V, L, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadTask").finish_non_exhaustive()
    }
}
