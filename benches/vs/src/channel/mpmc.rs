//! Channels with several senders and several receivers.

use futures_executor::block_on;

use super::kind::{Kind, ManyReceivers, Message};

pub(super) struct Shorttail;

impl Kind for Shorttail {
    const NAME: &'static str = "shorttail";
    type Sender<T: Message> = shorttail::channel::Sender<T>;
    type Receiver<T: Message> = shorttail::channel::Receiver<T>;

    fn bounded<T: Message>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        shorttail::channel::bounded(capacity)
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
        sender.send(message).is_ok()
    }
    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv().ok()
    }
}

impl ManyReceivers for Shorttail {
    fn another_receiver<T: Message>(receiver: &Self::Receiver<T>) -> Self::Receiver<T> {
        receiver.clone()
    }
}

pub(super) struct Crossbeam;

impl Kind for Crossbeam {
    const NAME: &'static str = "crossbeam-channel";
    type Sender<T: Message> = crossbeam_channel::Sender<T>;
    type Receiver<T: Message> = crossbeam_channel::Receiver<T>;

    fn bounded<T: Message>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        crossbeam_channel::bounded(capacity)
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
        sender.send(message).is_ok()
    }
    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv().ok()
    }
}

impl ManyReceivers for Crossbeam {
    fn another_receiver<T: Message>(receiver: &Self::Receiver<T>) -> Self::Receiver<T> {
        receiver.clone()
    }
}

pub(super) struct Flume;

impl Kind for Flume {
    const NAME: &'static str = "flume";
    type Sender<T: Message> = flume::Sender<T>;
    type Receiver<T: Message> = flume::Receiver<T>;

    fn bounded<T: Message>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        flume::bounded(capacity)
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
        sender.send(message).is_ok()
    }
    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv().ok()
    }
}

impl ManyReceivers for Flume {
    fn another_receiver<T: Message>(receiver: &Self::Receiver<T>) -> Self::Receiver<T> {
        receiver.clone()
    }
}

pub(super) struct Kanal;

impl Kind for Kanal {
    const NAME: &'static str = "kanal";
    type Sender<T: Message> = kanal::Sender<T>;
    type Receiver<T: Message> = kanal::Receiver<T>;

    fn bounded<T: Message>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        kanal::bounded(capacity)
    }
    fn another<T: Message>(sender: &Self::Sender<T>) -> Self::Sender<T> {
        sender.clone()
    }
    fn try_send<T: Message>(sender: &Self::Sender<T>, message: T) -> bool {
        matches!(sender.try_send(message), Ok(true))
    }
    fn try_recv<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.try_recv().ok().flatten()
    }
    fn send<T: Message>(sender: &Self::Sender<T>, message: T) -> bool {
        sender.send(message).is_ok()
    }
    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv().ok()
    }
}

impl ManyReceivers for Kanal {
    fn another_receiver<T: Message>(receiver: &Self::Receiver<T>) -> Self::Receiver<T> {
        receiver.clone()
    }
}

pub(super) struct AsyncChannel;

impl Kind for AsyncChannel {
    const NAME: &'static str = "async-channel";
    type Sender<T: Message> = async_channel::Sender<T>;
    type Receiver<T: Message> = async_channel::Receiver<T>;

    fn bounded<T: Message>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        async_channel::bounded(capacity)
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
        sender.send_blocking(message).is_ok()
    }
    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv_blocking().ok()
    }
}

impl ManyReceivers for AsyncChannel {
    fn another_receiver<T: Message>(receiver: &Self::Receiver<T>) -> Self::Receiver<T> {
        receiver.clone()
    }
}

pub(super) struct Loole;

impl Kind for Loole {
    const NAME: &'static str = "loole";
    type Sender<T: Message> = loole::Sender<T>;
    type Receiver<T: Message> = loole::Receiver<T>;

    fn bounded<T: Message>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        loole::bounded(capacity)
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
        sender.send(message).is_ok()
    }
    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv().ok()
    }
}

impl ManyReceivers for Loole {
    fn another_receiver<T: Message>(receiver: &Self::Receiver<T>) -> Self::Receiver<T> {
        receiver.clone()
    }
}

/// Takes at least the capacity asked for.
pub(super) struct Parkring;

impl Kind for Parkring {
    const NAME: &'static str = "parkring";
    type Sender<T: Message> = parkring::channel::Sender<T>;
    type Receiver<T: Message> = parkring::channel::Receiver<T>;

    fn bounded<T: Message>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        parkring::channel::bounded(capacity)
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
        sender.send(message).is_ok()
    }
    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv().ok()
    }
}

impl ManyReceivers for Parkring {
    fn another_receiver<T: Message>(receiver: &Self::Receiver<T>) -> Self::Receiver<T> {
        receiver.clone()
    }
}

pub(super) struct Crossfire;

impl Kind for Crossfire {
    const NAME: &'static str = "crossfire";
    type Sender<T: Message> = crossfire::MTx<crossfire::mpmc::Array<T>>;
    type Receiver<T: Message> = crossfire::MRx<crossfire::mpmc::Array<T>>;

    fn bounded<T: Message>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        // As its documentation advises before first use.
        crossfire::detect_backoff_cfg();
        crossfire::mpmc::bounded_blocking(capacity)
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
        sender.send(message).is_ok()
    }
    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv().ok()
    }
}

impl ManyReceivers for Crossfire {
    fn another_receiver<T: Message>(receiver: &Self::Receiver<T>) -> Self::Receiver<T> {
        receiver.clone()
    }
}

/// Waits in tasks alone: a thread waits through `futures_executor::block_on`.
pub(super) struct Rapidfire;

impl Kind for Rapidfire {
    const NAME: &'static str = "rapidfire";
    type Sender<T: Message> = rapidfire::Sender<T>;
    type Receiver<T: Message> = rapidfire::Receiver<T>;

    fn bounded<T: Message>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        rapidfire::bounded(capacity)
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

impl ManyReceivers for Rapidfire {
    fn another_receiver<T: Message>(receiver: &Self::Receiver<T>) -> Self::Receiver<T> {
        receiver.clone()
    }
}
