//! Send, Sync and Unpin of every public type and future, as compile-time assertions.
//! One section a block, in alphabetical order.

const fn send<T: Send>() {}
const fn sync<T: Sync>() {}
const fn unpin<T: Unpin>() {}

/// Ambiguous, and so an error, if `T` is `Sync`.
trait NotSync<Marker> {
    const PROOF: () = ();
}
impl<T: ?Sized> NotSync<()> for T {}
impl<T: ?Sized + Sync> NotSync<u8> for T {}
const fn not_sync<T: NotSync<Marker>, Marker>() {
    T::PROOF
}

/// Ambiguous, and so an error, if `T` is `Send`.
trait NotSend<Marker> {
    const PROOF: () = ();
}
impl<T: ?Sized> NotSend<()> for T {}
impl<T: ?Sized + Send> NotSend<u8> for T {}
const fn not_send<T: NotSend<Marker>, Marker>() {
    T::PROOF
}

/// Ambiguous, and so an error, if `T` is `Unpin`.
trait NotUnpin<Marker> {
    const PROOF: () = ();
}
impl<T: ?Sized> NotUnpin<()> for T {}
impl<T: ?Sized + Unpin> NotUnpin<u8> for T {}
const fn not_unpin<T: NotUnpin<Marker>, Marker>() {
    T::PROOF
}

// === arena ===

mod arena {
    use shorttail::arena::{Arena, ArenaVec, Family};
    use std::cell::Cell;

    pub(super) enum Text {}
    impl Family for Text {
        type Value<'a> = &'a str;
    }
    pub(super) enum Count {}
    impl Family for Count {
        type Value<'a> = Cell<u8>;
    }
    pub(super) enum Whole {}
    impl Family for Whole {
        type Value<'a> = &'a Arena;
    }
    pub(super) enum Numbers {}
    impl Family for Numbers {
        type Value<'a> = ArenaVec<'a, u8>;
    }
}

const _: () = {
    send::<shorttail::arena::Frozen<arena::Text>>();
    sync::<shorttail::arena::Frozen<arena::Text>>();
    send::<shorttail::arena::Frozen<arena::Count>>();
    not_sync::<shorttail::arena::Frozen<arena::Count>, _>();
    not_send::<shorttail::arena::Frozen<arena::Whole>, _>();
    not_sync::<shorttail::arena::Frozen<arena::Whole>, _>();
    not_send::<shorttail::arena::Frozen<arena::Numbers>, _>();
    send::<shorttail::arena::Arena>();
    send::<shorttail::arena::PooledArena>();
    send::<shorttail::arena::ArenaPool>();
    sync::<shorttail::arena::ArenaPool>();
    unpin::<shorttail::arena::PooledArena>();
    send::<shorttail::arena::Builder>();
    sync::<shorttail::arena::Builder>();
    send::<shorttail::arena::AcquireFuture<'static>>();
    sync::<shorttail::arena::AcquireFuture<'static>>();
    not_unpin::<shorttail::arena::AcquireFuture<'static>, _>();
    send::<shorttail::arena::NoRoom<u8>>();
    send::<shorttail::arena::PushFmtError>();
    sync::<shorttail::arena::NoRoom<u8>>();
    not_send::<shorttail::arena::ArenaVec<'static, u8>, _>();
    not_sync::<shorttail::arena::ArenaVec<'static, u8>, _>();
    not_send::<shorttail::arena::ArenaString<'static>, _>();
    not_send::<shorttail::arena::ArenaBox<'static, u8>, _>();
    not_sync::<shorttail::arena::ArenaBox<'static, u8>, _>();
    not_sync::<shorttail::arena::Arena, _>();
    not_sync::<shorttail::arena::PooledArena, _>();
};

// === cache ===

#[path = "auto_traits/cache.rs"]
mod cache;

// === channel ===

const _: () = {
    use shorttail::channel as c;
    type NotSync = std::cell::Cell<u8>;
    send::<c::Sender<NotSync>>();
    sync::<c::Sender<NotSync>>();
    unpin::<c::Sender<std::marker::PhantomPinned>>();
    send::<c::Receiver<NotSync>>();
    sync::<c::Receiver<NotSync>>();
    unpin::<c::Receiver<std::marker::PhantomPinned>>();
    send::<c::SendFuture<'static, NotSync>>();
    send::<c::ClosedFuture<'static, NotSync>>();
    sync::<c::ClosedFuture<'static, NotSync>>();
    send::<c::RecvFuture<'static, NotSync>>();
    sync::<c::RecvFuture<'static, NotSync>>();
    send::<c::SendManyFuture<'static, NotSync>>();
    send::<c::RecvManyFuture<'static, NotSync>>();
    not_unpin::<c::SendManyFuture<'static, u8>, _>();
    not_unpin::<c::RecvManyFuture<'static, u8>, _>();
    send::<c::Builder>();
    sync::<c::Builder>();
    send::<c::Permit<'static, NotSync>>();
    sync::<c::Permit<'static, NotSync>>();
    send::<c::OwnedPermit<NotSync>>();
    sync::<c::OwnedPermit<NotSync>>();
    unpin::<c::OwnedPermit<std::marker::PhantomPinned>>();
    send::<c::TryReserveError<c::Sender<NotSync>>>();
    sync::<c::TryReserveError<c::Sender<NotSync>>>();
    send::<c::ReserveError<c::Sender<NotSync>>>();
    sync::<c::ReserveError<c::Sender<NotSync>>>();
    send::<c::ReserveTimeoutError>();
    sync::<c::ReserveTimeoutError>();
    send::<c::ReserveFuture<'static, NotSync>>();
    send::<c::ReserveOwnedFuture<NotSync>>();
    not_unpin::<c::SendFuture<'static, u8>, _>();
    not_unpin::<c::RecvFuture<'static, u8>, _>();
    not_unpin::<c::ClosedFuture<'static, u8>, _>();
    not_send::<c::SendFuture<'static, std::rc::Rc<u8>>, _>();
    not_send::<c::RecvFuture<'static, std::rc::Rc<u8>>, _>();
    not_send::<c::ReserveOwnedFuture<std::rc::Rc<u8>>, _>();
    not_unpin::<c::ReserveFuture<'static, u8>, _>();
    not_unpin::<c::ReserveOwnedFuture<u8>, _>();
    send::<c::Iter<'static, NotSync>>();
    send::<c::TryIter<'static, NotSync>>();
    send::<c::Drain<'static, NotSync>>();
    send::<c::RecvCase<'static, NotSync>>();
    not_unpin::<c::RecvCase<'static, u8>, _>();
    not_send::<c::RecvCase<'static, std::rc::Rc<u8>>, _>();
    send::<c::RecvCase<'static, (usize, NotSync), c::LanesReceiver<NotSync>>>();
    not_send::<c::RecvCase<'static, (usize, *mut u8), c::LanesReceiver<*mut u8>>, _>();
    send::<c::SendCase<'static, NotSync>>();
    not_unpin::<c::SendCase<'static, u8>, _>();
    send::<c::WeakSender<NotSync>>();
    sync::<c::WeakSender<NotSync>>();
    send::<c::WeakReceiver<NotSync>>();
    sync::<c::WeakReceiver<NotSync>>();
    send::<c::IntoIter<NotSync>>();
    send::<c::Lanes>();
    sync::<c::Lanes>();
    send::<c::LanesSender<NotSync>>();
    sync::<c::LanesSender<NotSync>>();
    unpin::<c::LanesSender<std::marker::PhantomPinned>>();
    send::<c::LanesReceiver<NotSync>>();
    sync::<c::LanesReceiver<NotSync>>();
    unpin::<c::LanesReceiver<std::marker::PhantomPinned>>();
    send::<c::Lane<'static, NotSync>>();
    sync::<c::Lane<'static, NotSync>>();
    send::<c::LaneSendFuture<'static, NotSync>>();
    send::<c::LaneRecvFuture<'static, NotSync>>();
    sync::<c::LaneRecvFuture<'static, NotSync>>();
    send::<c::LaneOfferFuture<'static, NotSync>>();
    send::<c::LanesClosedFuture<'static, NotSync>>();
    sync::<c::LanesClosedFuture<'static, NotSync>>();
    not_unpin::<c::LaneOfferFuture<'static, u8>, _>();
    not_unpin::<c::LanesClosedFuture<'static, u8>, _>();
    not_send::<c::LanesSender<std::rc::Rc<u8>>, _>();
    not_send::<c::LanesReceiver<std::rc::Rc<u8>>, _>();
    not_unpin::<c::LaneSendFuture<'static, u8>, _>();
    not_unpin::<c::LaneRecvFuture<'static, u8>, _>();
    send::<c::OfferFuture<'static, NotSync>>();
    not_unpin::<c::OfferFuture<'static, u8>, _>();
    send::<c::OnFull>();
    send::<c::Offered<NotSync>>();
};

const _: () = {
    use shorttail::channel as c;
    use shorttail::time::StdClock;
    type NotSync = std::cell::Cell<u8>;
    send::<c::StampedSender<NotSync, StdClock>>();
    sync::<c::StampedSender<NotSync, c::NoClock>>();
    unpin::<c::StampedSender<std::marker::PhantomPinned, StdClock>>();
    send::<c::StampedReceiver<NotSync, StdClock>>();
    sync::<c::StampedReceiver<NotSync, c::NoClock>>();
    unpin::<c::StampedReceiver<std::marker::PhantomPinned, StdClock>>();
    send::<c::Stamped<NotSync, StdClock>>();
    send::<c::Aged<NotSync>>();
    send::<c::DropReason>();
    send::<c::StampedSendFuture<'static, NotSync, StdClock>>();
    send::<c::StampedOfferFuture<'static, NotSync, StdClock>>();
    send::<c::StampedRecvFuture<'static, NotSync, StdClock>>();
    send::<c::RecvFreshFuture<'static, NotSync, StdClock, NotSync>>();
    send::<c::StampedPermit<'static, NotSync, StdClock>>();
    sync::<c::StampedPermit<'static, NotSync, StdClock>>();
    send::<c::StampedReserveFuture<'static, NotSync, StdClock>>();
    send::<c::StampedRecvManyFuture<'static, NotSync, StdClock>>();
    not_unpin::<c::StampedReserveFuture<'static, u8, StdClock>, _>();
    not_unpin::<c::StampedRecvManyFuture<'static, u8, StdClock>, _>();
    not_unpin::<c::StampedSendFuture<'static, u8, StdClock>, _>();
    not_unpin::<c::StampedOfferFuture<'static, u8, StdClock>, _>();
    not_unpin::<c::StampedRecvFuture<'static, u8, StdClock>, _>();
    not_unpin::<c::RecvFreshFuture<'static, u8, StdClock, u8>, _>();
    not_send::<c::StampedSender<std::rc::Rc<u8>, StdClock>, _>();
};

// === http1 ===

#[path = "auto_traits/http1.rs"]
mod http1;

// === interop ===

#[cfg(feature = "tokio")]
const _: () = {
    use shorttail::interop::tokio::{CheckpointFuture, ReadInto, WriteAllPieces};
    send::<ReadInto<'static, u8>>();
    sync::<ReadInto<'static, u8>>();
    unpin::<ReadInto<'static, std::marker::PhantomPinned>>();
    not_send::<ReadInto<'static, std::rc::Rc<u8>>, _>();
    send::<WriteAllPieces<'static, u8, shorttail::pool::PooledBytes>>();
    unpin::<WriteAllPieces<'static, std::marker::PhantomPinned, u8>>();
    not_send::<WriteAllPieces<'static, u8, std::rc::Rc<u8>>, _>();
    send::<CheckpointFuture<'static>>();
    sync::<CheckpointFuture<'static>>();
    unpin::<CheckpointFuture<'static>>();
};

#[cfg(feature = "http")]
const _: () = {
    use shorttail::interop::http::ResponseError;
    send::<ResponseError>();
    sync::<ResponseError>();
    unpin::<ResponseError>();
};

#[cfg(feature = "tower")]
const _: () = {
    use shorttail::interop::tower::{
        Admission, AdmissionError, AdmissionFuture, AdmissionLayer, DeadlineError, DeadlineLayer,
        Ended, ErrorsCutOff, InTime, InTimeFuture, Retry, RetryFuture, RetryLayer,
    };
    use std::future::Ready;
    use std::task::{Context, Poll};
    type Answer = Result<u8, u8>;
    struct Answers<F>(Option<F>);
    impl<F: Future<Output = Answer>> tower_service::Service<u8> for Answers<F> {
        type Response = u8;
        type Error = u8;
        type Future = F;
        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), u8>> {
            Poll::Ready(Ok(()))
        }
        fn call(&mut self, _: u8) -> F {
            self.0.take().expect("only its type is looked at")
        }
    }
    type Local = std::pin::Pin<Box<dyn Future<Output = Answer>>>;
    type Retried<F> = RetryFuture<Answers<F>, u8, u8, u8, Ready<()>, u8>;
    send::<DeadlineLayer<u8, u8>>();
    send::<InTime<u8, u8, u8>>();
    send::<InTimeFuture<u8>>();
    not_unpin::<InTimeFuture<std::marker::PhantomPinned>, _>();
    send::<DeadlineError<u8>>();
    sync::<DeadlineError<u8>>();
    send::<RetryLayer<u8, u8, u8>>();
    type Shared = std::sync::Arc<shorttail::control::RetryPolicy>;
    send::<RetryLayer<u8, u8, u8, Shared>>();
    send::<RetryFuture<Answers<Ready<Answer>>, u8, u8, u8, Ready<()>, u8, Shared>>();
    send::<Retry<u8, u8, u8, u8>>();
    send::<Retried<Ready<Answer>>>();
    not_send::<Retried<Local>, _>();
    type Layer = AdmissionLayer<fn(&u8), shorttail::time::StdClock>;
    send::<Layer>();
    sync::<Layer>();
    send::<Admission<u8, fn(&u8), shorttail::time::StdClock>>();
    send::<AdmissionFuture<u8, shorttail::time::StdClock>>();
    not_send::<AdmissionFuture<std::rc::Rc<u8>, shorttail::time::StdClock>, _>();
    not_unpin::<AdmissionFuture<std::marker::PhantomPinned, shorttail::time::StdClock>, _>();
    send::<AdmissionError<u8>>();
    sync::<AdmissionError<u8>>();
    send::<Ended>();
    sync::<Ended>();
    send::<ErrorsCutOff>();
    sync::<ErrorsCutOff>();
};

#[cfg(feature = "futures")]
const _: () = {
    use shorttail::channel::{LaneRecvFuture, Receiver, Sender, StampedRecvFuture};
    use shorttail::interop::futures::{RecvStream, RepeatedRecv, SendSink, SinkError};
    use shorttail::time::StdClock;
    type NotSync = std::cell::Cell<u8>;
    send::<RecvStream<NotSync>>();
    sync::<RecvStream<NotSync>>();
    send::<RecvStream<NotSync, &'static Receiver<NotSync>>>();
    not_unpin::<RecvStream<u8>, _>();
    send::<RepeatedRecv<LaneRecvFuture<'static, NotSync>>>();
    sync::<RepeatedRecv<LaneRecvFuture<'static, NotSync>>>();
    not_unpin::<RepeatedRecv<LaneRecvFuture<'static, u8>>, _>();
    send::<RepeatedRecv<StampedRecvFuture<'static, NotSync, StdClock>>>();
    not_unpin::<RepeatedRecv<StampedRecvFuture<'static, u8, StdClock>>, _>();
    not_send::<RecvStream<std::rc::Rc<u8>>, _>();
    send::<SendSink<NotSync>>();
    sync::<SendSink<NotSync>>();
    send::<SendSink<NotSync, &'static Sender<NotSync>>>();
    not_unpin::<SendSink<u8>, _>();
    not_send::<SendSink<std::rc::Rc<u8>>, _>();
    send::<SinkError<u8>>();
    sync::<SinkError<u8>>();
};

// === control ===

#[path = "auto_traits/control.rs"]
mod control;

// === limit ===

#[path = "auto_traits/limit.rs"]
mod limit;

// === measure ===

const _: () = {
    use shorttail::measure::{
        AllocCounts, AllocFault, AllocGuard, AllocRegion, AllocScope, Exemplar, Exemplars,
        Histogram, NoAllocPolls, Recorder, SharedRecorder, Snapshot, Stage, StageReport, StageSet,
        StageTimer, TailStage, TaskTimes, Timed, WakeSlots, Watched,
    };
    use shorttail::time::StdClock;
    send::<WakeSlots<StdClock>>();
    sync::<WakeSlots<StdClock>>();
    send::<Timed<core::future::Ready<()>, StdClock>>();
    unpin::<Timed<core::future::Ready<()>, StdClock>>();
    send::<TaskTimes>();
    send::<AllocCounts>();
    sync::<AllocCounts>();
    sync::<AllocGuard>();
    send::<AllocRegion>();
    sync::<AllocRegion>();
    unpin::<AllocScope<'_>>();
    send::<Watched<'_, core::future::Ready<()>>>();
    unpin::<Watched<'_, core::future::Ready<()>>>();
    send::<NoAllocPolls<core::future::Ready<()>>>();
    unpin::<NoAllocPolls<core::future::Ready<()>>>();
    send::<AllocFault>();
    sync::<AllocFault>();
    send::<Histogram>();
    sync::<Histogram>();
    send::<Recorder>();
    send::<SharedRecorder>();
    sync::<SharedRecorder>();
    send::<Snapshot>();
    sync::<Snapshot>();
    send::<Stage>();
    send::<StageTimer>();
    sync::<StageSet>();
    send::<StageReport>();
    send::<Exemplars>();
    sync::<Exemplars>();
    send::<Exemplar>();
    send::<TailStage>();
};

/// A recorder's writes are plain load and store pairs, and a scope compares the counts of its own
/// thread:
const _: () = {
    use shorttail::time::StdClock;
    not_sync::<shorttail::measure::Recorder, _>();
    not_sync::<shorttail::measure::AllocScope<'_>, _>();
    not_send::<shorttail::measure::AllocScope<'_>, _>();
    type OfPinned = shorttail::measure::Timed<core::marker::PhantomPinned, StdClock>;
    not_unpin::<OfPinned, _>();
    not_unpin::<shorttail::measure::NoAllocPolls<core::marker::PhantomPinned>, _>();
    not_unpin::<shorttail::measure::Watched<'_, core::marker::PhantomPinned>, _>();
};

// === pool ===

const _: () = {
    send::<shorttail::pool::BufferPool>();
    sync::<shorttail::pool::BufferPool>();
    send::<shorttail::pool::BytesBuf<'static>>();
    sync::<shorttail::pool::BytesBuf<'static>>();
    unpin::<shorttail::pool::BytesBuf<'static>>();
    send::<shorttail::pool::BytesBuilder>();
    sync::<shorttail::pool::BytesBuilder>();
    send::<shorttail::pool::BytesPool>();
    sync::<shorttail::pool::BytesPool>();
    send::<shorttail::pool::LocalBytes<'static>>();
    sync::<shorttail::pool::LocalBytes<'static>>();
    send::<shorttail::pool::LocalPool>();
    send::<shorttail::pool::AcquireFuture<'static>>();
    sync::<shorttail::pool::AcquireFuture<'static>>();
    not_unpin::<shorttail::pool::AcquireFuture<'static>, _>();
    send::<shorttail::pool::Builder>();
    sync::<shorttail::pool::Builder>();
    send::<shorttail::pool::ClassStats>();
    sync::<shorttail::pool::ClassStats>();
    send::<shorttail::pool::Maintained>();
    sync::<shorttail::pool::Maintained>();
    send::<shorttail::pool::Outstanding>();
    sync::<shorttail::pool::Outstanding>();
    send::<shorttail::pool::PoolStats>();
    sync::<shorttail::pool::PoolStats>();
    send::<shorttail::pool::PooledBuf>();
    sync::<shorttail::pool::PooledBuf>();
    unpin::<shorttail::pool::PooledBuf>();
    assert!(size_of::<shorttail::pool::PooledBuf>() == size_of::<usize>() + 8);
    assert!(size_of::<Option<shorttail::pool::PooledBuf>>() == size_of::<usize>() + 8);
    send::<shorttail::pool::PooledBytes>();
    sync::<shorttail::pool::PooledBytes>();
    unpin::<shorttail::pool::PooledBytes>();
    assert!(size_of::<shorttail::pool::PooledBytes>() == 3 * size_of::<usize>());
    assert!(size_of::<Option<shorttail::pool::PooledBytes>>() == 3 * size_of::<usize>());
};

// === time ===

const _: () = {
    send::<shorttail::time::Deadline>();
    sync::<shorttail::time::Deadline>();
    unpin::<shorttail::time::Deadline>();
    send::<shorttail::time::MockClock>();
    sync::<shorttail::time::MockClock>();
    send::<shorttail::time::CoarseClock>();
    sync::<shorttail::time::CoarseClock>();
};

// === workers ===

#[path = "auto_traits/workers.rs"]
mod workers;

/// The assertions above are the test; this makes the binary report that it ran.
#[test]
fn the_table_compiles() {}
