//! Pools of workers.

use serde::de::{Deserialize, Deserializer};

use super::{
    Config, Each, Setting, Wrong, fit_some, flag, list, read, told, told_time, whole, word,
};
use crate::channel;
use crate::workers::{ConfigError, Pool, PoolBuilder};

/// A [`PoolBuilder`] as a file has it.
#[derive(Default)]
struct Crew {
    name: Option<String>,
    lanes: Vec<(String, usize)>,
    workers: Option<usize>,
    reserve: Vec<(usize, usize)>,
    aging: Option<u32>,
    strict: bool,
    task_ops: Option<u32>,
    task_time_ns: Option<u64>,
}

impl Config for Crew {
    const NAME: &'static str = "Pool";
    const SETTINGS: &'static [Setting<Self>] = &[
        word("name", |c, name| {
            c.name = Some(name.into());
            Some(())
        }),
        list(
            "lanes",
            Each::Named(|c, name, capacity| {
                c.lanes.push((name.into(), capacity.try_into().ok()?));
                Some(())
            }),
        ),
        whole("workers", |c, n| fit_some(&mut c.workers, n)),
        list(
            "reserve",
            Each::Pair(|c, lane, workers| {
                c.reserve
                    .push((lane.try_into().ok()?, workers.try_into().ok()?));
                Some(())
            }),
        ),
        whole("aging", |c, n| fit_some(&mut c.aging, n)),
        flag("strict", |c, yes| c.strict = yes),
        whole("task_ops", |c, n| fit_some(&mut c.task_ops, n)),
        whole("task_time_ns", |c, n| fit_some(&mut c.task_time_ns, n)),
    ];
    type Built = PoolBuilder;

    fn initial() -> Self {
        Self::default()
    }

    fn built(self) -> Result<PoolBuilder, Wrong> {
        if self.name.as_deref().is_some_and(|name| name.contains('\0')) {
            return Err(("name", "a thread's name has no zero byte".into()));
        }
        if self.lanes.is_empty() {
            return Err(("lanes", "it has to be there".into()));
        }
        let pool = told(Pool::builder(), self.workers, PoolBuilder::workers);
        let pool = told(pool, self.name.as_deref(), PoolBuilder::name);
        let lanes = self.lanes.iter();
        let pool = lanes.fold(pool, |pool, (name, capacity)| pool.lane(name, *capacity));
        let reserve = self.reserve.into_iter();
        let pool = reserve.fold(pool, |pool, (lane, workers)| pool.reserve(lane, workers));
        let pool = match (self.strict, self.aging) {
            (true, Some(_)) => return Err(("aging", "strict lanes age nothing".into())),
            (true, None) => pool.strict(),
            (false, aging) => told(pool, aging, PoolBuilder::aging),
        };
        let pool = told(pool, self.task_ops, PoolBuilder::task_ops);
        let pool = told_time(pool, self.task_time_ns, PoolBuilder::task_time);
        let Err(error) = pool.checked() else {
            return Ok(pool);
        };
        let setting = match error {
            ConfigError::Workers { .. } => "workers",
            ConfigError::Lanes(channel::ConfigError::Aging) => "aging",
            ConfigError::Lanes(_) => "lanes",
            _ => "reserve",
        };
        Err((setting, error.to_string()))
    }
}

/// `lanes`, a list of pairs of name and capacity, which must be there; the rest as far as it is
/// there: `name`, `workers`, `reserve`, a list of pairs of a lane's number and workers, `aging` or
/// `strict`, `task_ops`, `task_time_ns`. Processors, a hook and another clock are the code's to
/// add.
impl<'de> Deserialize<'de> for PoolBuilder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Crew, D>(deserializer)
    }
}
