//! limit's section.

use super::{send, sync};

const _: () = {
    use shorttail::limit::{
        AdaptiveLimit, Backoff, Breaker, BreakerBuilder, BreakerState, BrokenOff, Codel,
        ConfigError, Delays, Jitter, LimitWindow, Pacer, Ticket, TooEarly,
    };
    send::<AdaptiveLimit>();
    sync::<AdaptiveLimit>();
    send::<LimitWindow>();
    sync::<LimitWindow>();
    send::<Backoff>();
    sync::<Backoff>();
    send::<Delays>();
    send::<Jitter>();
    send::<Breaker>();
    sync::<Breaker>();
    send::<BreakerBuilder>();
    sync::<BreakerBuilder>();
    send::<BreakerState>();
    sync::<BreakerState>();
    send::<BrokenOff>();
    sync::<BrokenOff>();
    send::<Codel>();
    sync::<Codel>();
    send::<ConfigError>();
    sync::<ConfigError>();
    send::<Pacer>();
    sync::<Pacer>();
    send::<Ticket>();
    sync::<Ticket>();
    send::<TooEarly>();
    sync::<TooEarly>();
};
