//! control's section.

use super::{not_unpin, send, sync};

const _: () = {
    use shorttail::control::{
        Attempts, Cancel, CancelledFuture, ConfigError, Decision, Failure, Hedge, HedgePolicy,
        ParseHeaderError, RetryBudget, RetryPolicy, RetryPolicyBuilder, RetryStats, StopReason,
    };
    send::<Attempts<'static>>();
    sync::<Attempts<'static>>();
    send::<Cancel>();
    sync::<Cancel>();
    send::<CancelledFuture<'static>>();
    not_unpin::<CancelledFuture<'static>, _>();
    send::<ConfigError>();
    sync::<ConfigError>();
    send::<Decision>();
    send::<Failure>();
    send::<Hedge<'static>>();
    sync::<Hedge<'static>>();
    send::<HedgePolicy>();
    sync::<HedgePolicy>();
    send::<ParseHeaderError>();
    sync::<ParseHeaderError>();
    send::<RetryBudget>();
    sync::<RetryBudget>();
    send::<RetryPolicy>();
    sync::<RetryPolicy>();
    send::<RetryPolicyBuilder>();
    send::<RetryStats>();
    send::<StopReason>();
};
