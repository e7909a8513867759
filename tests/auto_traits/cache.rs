//! cache's section.

use super::{not_send, not_sync, not_unpin, send, sync, unpin};
use shorttail::cache::{
    Async, AsyncLoad, Budget, Builder, Cache, Contended, Evicted, Export, Exported, Iter,
    KeyedState, Load, LoadFuture, LoadRunner, LoadTask, LoadingBuilder, Lookup, Miss, NoLoad,
    Outcome, Progress, ReadyGate, Record, Refused, Restore, RestoreError, Restored, ScanJob,
    Snapshot, SnapshotKeys, Tag, Terms, UnknownTag, Upkeep, WarmHandle, WarmProgress, Warmer,
};
use shorttail::time::StdClock;
use std::cell::Cell;
use std::rc::Rc;

pub(super) struct Source;

impl Load<u64, String> for Source {
    type Error = String;
    fn load(&self, _: &u64) -> Result<Option<String>, String> {
        Ok(None)
    }
}

impl AsyncLoad<u64, String> for Source {
    type Error = String;
    async fn load(&self, _: &u64) -> Result<Option<String>, String> {
        Ok(None)
    }
}

fn sends<T: Send>(_: T) {}

/// A task can be spawned where tasks go between threads.
#[test]
fn a_task_of_loads_is_send() {
    let builder = Cache::<u64, String>::builder(10).loader(Async(Source));
    let (_cache, tasks) = builder.build_tasks().unwrap();
    tasks.into_iter().for_each(|task| sends(task.run()));
}

type Loading = Cache<u64, String, Source>;
type InTasks = LoadTask<u64, String, Source, KeyedState, StdClock>;
type Runner = LoadRunner<u64, String, Source, KeyedState, StdClock>;
type Waits<'a> = LoadFuture<'a, u64, String, Source, KeyedState, StdClock>;

const _: () = {
    send::<Cache<String, String>>();
    sync::<Cache<String, String>>();
    unpin::<Cache<String, String>>();
    send::<Loading>();
    sync::<Loading>();
    // Readers on several threads share one value; a value is dropped on any thread.
    not_sync::<Cache<u64, Cell<u8>>, _>();
    not_send::<Cache<u64, Rc<u8>>, _>();
    not_sync::<Cache<u64, Rc<u8>>, _>();
    send::<Waits<'_>>();
    send::<InTasks>();
    sync::<InTasks>();
    unpin::<InTasks>();
    send::<Runner>();
    sync::<Runner>();
    unpin::<Runner>();
    send::<Async<Source>>();
    sync::<Waits<'_>>();
    not_unpin::<Waits<'_>, _>();
    send::<Budget>();
    sync::<Budget>();
    send::<Builder<Rc<u8>, Rc<u8>>>();
    send::<LoadingBuilder<u64, String, Source, KeyedState, StdClock>>();
    send::<Lookup<String>>();
    send::<Outcome<String, String>>();
    send::<Miss<String>>();
    send::<Refused<String, String>>();
    send::<Contended>();
    send::<Iter<'_, String, String>>();
    send::<ScanJob<'_, String, String, fn(&String, &String) -> bool, NoLoad, KeyedState, StdClock>>(
    );
    send::<(Progress, Upkeep)>();
    sync::<Iter<'_, String, String>>();
    not_send::<Iter<'_, u64, Cell<u8>>, _>();
    send::<(Tag, Terms, UnknownTag)>();
    sync::<(Tag, Terms, UnknownTag)>();
    send::<Evicted<String, String>>();
    sync::<Evicted<String, String>>();
    send::<ReadyGate>();
    sync::<ReadyGate>();
    send::<Warmer>();
    sync::<Warmer>();
    send::<WarmHandle>();
    send::<WarmProgress>();
    send::<(Export, Exported, Restore, Restored, RestoreError)>();
    sync::<(Export, Exported, Restore, Restored, RestoreError)>();
    send::<Snapshot<'_, &[u8], Source, Cell<u8>, Rc<u8>>>();
    send::<SnapshotKeys<'_, '_, &[u8], Source, u64, String>>();
    send::<Record<String, String>>();
    not_send::<Record<u64, Rc<u8>>, _>();
    sync::<WarmHandle>();
    send::<NoLoad>();
};
