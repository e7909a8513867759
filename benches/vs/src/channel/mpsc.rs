//! Channels with several senders and one receiver.

use std::sync::mpsc;

use thingbuf::recycling::Recycle;

use super::kind::{Kind, Message};

pub(super) struct Standard;

impl Kind for Standard {
    const NAME: &'static str = "std sync_channel";
    type Sender<T: Message> = mpsc::SyncSender<T>;
    type Receiver<T: Message> = mpsc::Receiver<T>;

    fn bounded<T: Message>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        mpsc::sync_channel(capacity)
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

pub(super) struct Tokio;

impl Kind for Tokio {
    const NAME: &'static str = "tokio mpsc";
    type Sender<T: Message> = tokio::sync::mpsc::Sender<T>;
    type Receiver<T: Message> = tokio::sync::mpsc::Receiver<T>;

    fn bounded<T: Message>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        tokio::sync::mpsc::channel(capacity)
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
        sender.blocking_send(message).is_ok()
    }
    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.blocking_recv()
    }
}

/// Its slots hold a value at all times: messages are put into `Option`s.
pub(super) struct Thingbuf;

impl Kind for Thingbuf {
    const NAME: &'static str = "thingbuf";
    type Sender<T: Message> = thingbuf::mpsc::blocking::Sender<Option<T>, Emptied>;
    type Receiver<T: Message> = thingbuf::mpsc::blocking::Receiver<Option<T>, Emptied>;

    fn bounded<T: Message>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        thingbuf::mpsc::blocking::with_recycle(capacity, Emptied)
    }
    fn another<T: Message>(sender: &Self::Sender<T>) -> Self::Sender<T> {
        sender.clone()
    }
    fn try_send<T: Message>(sender: &Self::Sender<T>, message: T) -> bool {
        sender.try_send(Some(message)).is_ok()
    }
    fn try_recv<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.try_recv().ok().flatten()
    }
    fn send<T: Message>(sender: &Self::Sender<T>, message: T) -> bool {
        sender.send(Some(message)).is_ok()
    }
    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv().flatten()
    }
}

/// Leaves slots empty.
#[derive(Clone, Debug)]
pub(super) struct Emptied;

impl<T> Recycle<Option<T>> for Emptied {
    fn new_element(&self) -> Option<T> {
        None
    }
    fn recycle(&self, element: &mut Option<T>) {
        *element = None;
    }
}
