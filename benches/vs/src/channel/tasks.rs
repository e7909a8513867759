//! Channels on which tasks wait.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use futures_executor::block_on;

use super::kind::{Kind, ManyReceivers, Message};
use super::{mpmc, mpsc};

pub(super) trait Tasks: Kind {
    /// Waits for room; says whether the channel took the message.
    fn send_async<T: Message>(
        sender: &Self::Sender<T>,
        message: T,
    ) -> impl Future<Output = bool> + Send;
    /// Waits for a message; `None` when every sender is gone.
    fn recv_async<T: Message>(
        receiver: &mut Self::Receiver<T>,
    ) -> impl Future<Output = Option<T>> + Send;
}

/// Receives as tasks do that change their mind: what is not there at once is not waited for. The
/// outer `None`: the receive was begun and cancelled.
pub(super) async fn recv_or_cancel<K: Tasks, T: Message>(
    receiver: &mut K::Receiver<T>,
) -> Option<Option<T>> {
    let mut receive = pin!(K::recv_async(receiver));
    poll_fn(|context| {
        Poll::Ready(match receive.as_mut().poll(context) {
            Poll::Ready(message) => Some(message),
            Poll::Pending => None,
        })
    })
    .await
}

impl Tasks for mpmc::Shorttail {
    async fn send_async<T: Message>(sender: &Self::Sender<T>, message: T) -> bool {
        sender.send_async(message).await.is_ok()
    }
    async fn recv_async<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv_async().await.ok()
    }
}

impl Tasks for mpmc::Flume {
    async fn send_async<T: Message>(sender: &Self::Sender<T>, message: T) -> bool {
        sender.send_async(message).await.is_ok()
    }
    async fn recv_async<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv_async().await.ok()
    }
}

impl Tasks for mpmc::Kanal {
    async fn send_async<T: Message>(sender: &Self::Sender<T>, message: T) -> bool {
        sender.as_async().send(message).await.is_ok()
    }
    async fn recv_async<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.as_async().recv().await.ok()
    }
}

impl Tasks for mpmc::AsyncChannel {
    async fn send_async<T: Message>(sender: &Self::Sender<T>, message: T) -> bool {
        sender.send(message).await.is_ok()
    }
    async fn recv_async<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv().await.ok()
    }
}

impl Tasks for mpmc::Loole {
    async fn send_async<T: Message>(sender: &Self::Sender<T>, message: T) -> bool {
        sender.send_async(message).await.is_ok()
    }
    async fn recv_async<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv_async().await.ok()
    }
}

impl Tasks for mpmc::Rapidfire {
    async fn send_async<T: Message>(sender: &Self::Sender<T>, message: T) -> bool {
        sender.send(message).await.is_ok()
    }
    async fn recv_async<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv().await.ok()
    }
}

impl Tasks for mpsc::Tokio {
    async fn send_async<T: Message>(sender: &Self::Sender<T>, message: T) -> bool {
        sender.send(message).await.is_ok()
    }
    async fn recv_async<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv().await
    }
}

/// crossfire's types for tasks; a thread waits on them through `futures_executor::block_on`.
pub(super) struct CrossfireTasks;

impl Kind for CrossfireTasks {
    const NAME: &'static str = "crossfire";
    type Sender<T: Message> = crossfire::MAsyncTx<crossfire::mpmc::Array<T>>;
    type Receiver<T: Message> = crossfire::MAsyncRx<crossfire::mpmc::Array<T>>;

    fn bounded<T: Message>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        // As its documentation advises before first use.
        crossfire::detect_backoff_cfg();
        crossfire::mpmc::bounded_async(capacity)
    }
    fn another<T: Message>(sender: &Self::Sender<T>) -> Self::Sender<T> {
        sender.clone()
    }
    fn try_send<T: Message>(sender: &Self::Sender<T>, message: T) -> bool {
        sender.try_send(message).is_ok()
    }
    fn try_recv<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.try_recv().ok()
    }
    fn send<T: Message>(sender: &Self::Sender<T>, message: T) -> bool {
        block_on(sender.send(message)).is_ok()
    }
    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        block_on(receiver.recv()).ok()
    }
}

impl ManyReceivers for CrossfireTasks {
    fn another_receiver<T: Message>(receiver: &Self::Receiver<T>) -> Self::Receiver<T> {
        receiver.clone()
    }
}

impl Tasks for CrossfireTasks {
    async fn send_async<T: Message>(sender: &Self::Sender<T>, message: T) -> bool {
        sender.send(message).await.is_ok()
    }
    async fn recv_async<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv().await.ok()
    }
}
