//! Loading by a closure of the caller's.

use core::hash::{BuildHasher, Hash};

use super::answer::Outcome;
use super::budget::Budget;
use super::flight::Job;
use super::handle::Cache;
use super::hash::Equivalent;
use super::load::Load;
use crate::time::Clock;

impl<K, V, L, S, C> Cache<K, V, L, S, C>
where
    K: Eq + Hash,
    V: Clone,
    L: Load<K, V>,
    S: BuildHasher,
    C: Clock,
{
    /// As [`get_or_load`](Self::get_or_load), but a load that this call begins asks `load` in
    /// place of the cache's loader, where that would be asked: on a loader thread, or in a task,
    /// which it must not hold up. The loader still says the key's [tag](Load::tag), and which
    /// errors are [failures](Load::is_failure).
    ///
    /// The call that begins such a load waits for it and asks for no successor, should it hang.
    ///
    /// For what a source has to know besides the key, such as how long to try: all who ask for the
    /// key meanwhile have this load's answer, and their own `load` is dropped.
    ///
    /// # Guarantees
    /// As [`get_or_load`](Self::get_or_load), but the call that begins a load allocates once, for
    /// `load`. Others do not.
    /// # Errors
    /// As [`get_or_load`](Self::get_or_load).
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::cache::{Cache, Load, Outcome};
    ///
    /// struct Anonymous;
    /// impl Load<String, u32> for Anonymous {
    ///     type Error = &'static str;
    ///     fn load(&self, _: &String) -> Result<Option<u32>, &'static str> {
    ///         Err("who asks?")
    ///     }
    /// }
    /// let cache = Cache::builder(100).loader(Anonymous).build().unwrap();
    /// let token = String::from("secret");
    /// let found = cache.load_with("balance", Duration::from_secs(5), move |_| {
    ///     if token == "secret" { Ok(Some(7)) } else { Err("not yours") }
    /// });
    /// assert_eq!(found, Outcome::Fresh(7));
    /// ```
    pub fn load_with<Q>(
        &self,
        key: &Q,
        budget: impl Into<Budget>,
        load: impl FnOnce(&K) -> Result<Option<V>, L::Error> + Send + 'static,
    ) -> Outcome<V, L::Error>
    where
        Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized,
    {
        let mut load = Some(load);
        let mut job = || {
            let load = load.take()?;
            Some(Box::new(load) as Job<K, V, L::Error>)
        };
        self.core.get_or_load(key, budget.into(), &mut job)
    }
}
