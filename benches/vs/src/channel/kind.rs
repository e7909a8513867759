//! What a contender must offer: ends to be given to threads, calls that try and calls that wait.

/// What can go through all of them; thingbuf asks for `Sync` too, crossfire's tasks for `Unpin`.
pub(super) trait Message: Send + Sync + Unpin + 'static {}

impl<T: Send + Sync + Unpin + 'static> Message for T {}

/// A crate's bounded channel.
pub(super) trait Kind: 'static {
    const NAME: &'static str;
    type Sender<T: Message>: Send + Sync + 'static;
    type Receiver<T: Message>: Send + 'static;

    fn bounded<T: Message>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>);
    fn another<T: Message>(sender: &Self::Sender<T>) -> Self::Sender<T>;
    fn try_send<T: Message>(sender: &Self::Sender<T>, message: T) -> bool;
    fn try_recv<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T>;
    /// Waits for room; says whether the channel took the message.
    fn send<T: Message>(sender: &Self::Sender<T>, message: T) -> bool;
    /// Waits for a message; `None` when every sender is gone.
    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> Option<T>;
}

/// A channel with several receivers.
pub(super) trait ManyReceivers: Kind {
    fn another_receiver<T: Message>(receiver: &Self::Receiver<T>) -> Self::Receiver<T>;
}

/// So many handles of one channel to send by.
pub(super) fn senders<K: Kind, T: Message>(
    sender: K::Sender<T>,
    count: usize,
) -> Vec<K::Sender<T>> {
    let mut senders: Vec<_> = (1..count).map(|_| K::another(&sender)).collect();
    senders.push(sender);
    senders
}

/// So many handles of one channel to receive by.
pub(super) fn receivers<K: ManyReceivers, T: Message>(
    receiver: K::Receiver<T>,
    count: usize,
) -> Vec<K::Receiver<T>> {
    let mut receivers: Vec<_> = (1..count).map(|_| K::another_receiver(&receiver)).collect();
    receivers.push(receiver);
    receivers
}
