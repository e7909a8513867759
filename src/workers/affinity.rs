//! Workers on processors of their own, by feature.

use crate::sync::global;

use super::cpu::pin_here;
use super::{ConfigError, PoolBuilder};

impl<C> PoolBuilder<C> {
    /// Gives worker `n` the `n`-th of `cpus`, and it runs there alone; workers beyond the list run
    /// where the system lets them. Others may run there too: who wants a processor for the hot lane
    /// keeps the rest of the process from it. Feature `affinity`.
    /// Allocates the list; one system call on each worker's thread, before its first job.
    ///
    /// # Errors
    /// [`build`](Self::build) gives [`ConfigError::Pin`] where the system refuses, or knows no such
    /// thing (`errno` 0: everywhere but on Linux).
    ///
    /// # Examples
    /// ```
    /// use shorttail::workers::{ConfigError, Pool};
    ///
    /// let pool = Pool::builder().lane("hot", 8).workers(1).pin([usize::MAX]);
    /// let refused = pool.build(|_: u8, _| {}).unwrap_err();
    /// assert!(matches!(refused, ConfigError::Pin { worker: 0, cpu: usize::MAX, .. }));
    /// ```
    pub fn pin(mut self, cpus: impl IntoIterator<Item = usize>) -> Self {
        let cpus: Vec<usize> = cpus.into_iter().collect();
        self.pin = Some(global::Arc::new(move |worker: usize| {
            match cpus.get(worker) {
                Some(&cpu) => {
                    pin_here(cpu).map_err(|errno| ConfigError::Pin { worker, cpu, errno })
                }
                None => Ok(()),
            }
        }));
        self
    }
}
