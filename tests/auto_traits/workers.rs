//! workers' section.

use super::{not_send, not_sync, not_unpin, send, sync, unpin};

const _: () = {
    use std::rc::Rc;

    use shorttail::time::StdClock;
    use shorttail::workers::{
        CheckpointFuture, ConfigError, Inline, LaneReport, Leftover, Overrun, Pool, PoolBuilder,
        Running, SubmitFuture, Task, TaskBudget, TooLarge, Worker,
    };
    send::<CheckpointFuture<'static>>();
    sync::<CheckpointFuture<'static>>();
    unpin::<CheckpointFuture<'static>>();
    send::<ConfigError>();
    sync::<ConfigError>();
    send::<Inline<64>>();
    sync::<Inline<64>>();
    unpin::<Inline<64>>();
    assert!(size_of::<Inline<48>>() == 64);
    send::<LaneReport>();
    sync::<LaneReport>();
    send::<Leftover<u8>>();
    sync::<Leftover<u8>>();
    send::<Overrun>();
    sync::<Overrun>();
    send::<Pool<u8>>();
    sync::<Pool<u8>>();
    not_send::<Pool<Rc<u8>>, _>();
    not_sync::<Pool<Rc<u8>>, _>();
    send::<PoolBuilder>();
    sync::<PoolBuilder>();
    send::<Running>();
    sync::<Running>();
    send::<SubmitFuture<'static, u8>>();
    sync::<SubmitFuture<'static, u8>>();
    not_send::<SubmitFuture<'static, Rc<u8>>, _>();
    not_unpin::<SubmitFuture<'static, u8>, _>();
    send::<Task<'static, u8>>();
    send::<TaskBudget>();
    sync::<TaskBudget>();
    send::<TooLarge<u8>>();
    sync::<TooLarge<u8>>();
    send::<Worker<u8, u8, StdClock>>();
    not_sync::<Worker<u8, u8, StdClock>, _>();
};
