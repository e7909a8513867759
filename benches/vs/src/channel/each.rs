//! The same made of every peer: shorttail's comes first.

use super::condvar::CondvarRing;
use super::kind::{Kind, ManyReceivers};
use super::tasks::{self, Tasks};
use super::{mpmc, mpsc};

/// What can be made of any channel.
pub(super) trait Make {
    type Made;

    fn of<K: Kind>(&self) -> Self::Made;
}

/// What takes several receivers.
pub(super) trait MakeMany {
    type Made;

    fn of<K: ManyReceivers>(&self) -> Self::Made;
}

/// What is made of tasks that wait.
pub(super) trait MakeTasks {
    type Made;

    fn of<K: Tasks>(&self) -> Self::Made;
}

/// What is made of tasks, some with several receivers.
pub(super) trait MakeManyTasks {
    type Made;

    fn of<K: Tasks + ManyReceivers>(&self) -> Self::Made;
}

pub(super) fn each<M: Make>(make: &M) -> Vec<M::Made> {
    let mut all = each_many(&AsMany(make));
    all.extend(each_single(make));
    all
}

/// Those with one receiver.
pub(super) fn each_single<M: Make>(make: &M) -> Vec<M::Made> {
    vec![
        make.of::<mpsc::Standard>(),
        make.of::<mpsc::Thingbuf>(),
        make.of::<mpsc::Tokio>(),
    ]
}

struct AsMany<'a, M>(&'a M);

impl<M: Make> MakeMany for AsMany<'_, M> {
    type Made = M::Made;

    fn of<K: ManyReceivers>(&self) -> M::Made {
        self.0.of::<K>()
    }
}

pub(super) fn each_many<M: MakeMany>(make: &M) -> Vec<M::Made> {
    vec![
        make.of::<mpmc::Shorttail>(),
        make.of::<mpmc::Crossbeam>(),
        make.of::<mpmc::Flume>(),
        make.of::<mpmc::Kanal>(),
        make.of::<mpmc::Crossfire>(),
        make.of::<mpmc::AsyncChannel>(),
        make.of::<mpmc::Loole>(),
        make.of::<mpmc::Parkring>(),
        make.of::<mpmc::Rapidfire>(),
        make.of::<CondvarRing>(),
    ]
}

/// Those whose tasks and threads wait by the same handles. crossfire has a type for each.
pub(super) fn each_mixed<M: MakeTasks>(make: &M) -> Vec<M::Made> {
    vec![
        make.of::<mpmc::Shorttail>(),
        make.of::<mpmc::Flume>(),
        make.of::<mpmc::Kanal>(),
        make.of::<mpmc::AsyncChannel>(),
        make.of::<mpmc::Loole>(),
        make.of::<mpsc::Tokio>(),
    ]
}

pub(super) fn each_tasks<M: MakeTasks>(make: &M) -> Vec<M::Made> {
    let mut all = each_mixed(make);
    all.push(make.of::<mpmc::Rapidfire>());
    all.push(make.of::<tasks::CrossfireTasks>());
    all
}

pub(super) fn each_many_tasks<M: MakeManyTasks>(make: &M) -> Vec<M::Made> {
    vec![
        make.of::<mpmc::Shorttail>(),
        make.of::<mpmc::Flume>(),
        make.of::<mpmc::Kanal>(),
        make.of::<mpmc::AsyncChannel>(),
        make.of::<mpmc::Loole>(),
        make.of::<mpmc::Rapidfire>(),
        make.of::<tasks::CrossfireTasks>(),
    ]
}
