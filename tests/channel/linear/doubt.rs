//! What is not exact today, and therefore not asked of every run.

use super::history::{Call, Did};

/// Leaves out each `Empty` that was said beside a send in progress: the front may have moved away
/// from under it (see `crate::never`). Every other answer has to have its order all the same.
pub(super) fn without_doubtful(history: &[Call]) -> Vec<Call> {
    let beside_a_send = |empty: &Call| {
        history.iter().any(|send| {
            send.did.is_send() && send.invoked < empty.returned && empty.invoked < send.returned
        })
    };
    let certain = |call: &&Call| call.did != Did::RecvEmpty || !beside_a_send(call);
    history.iter().filter(certain).copied().collect()
}
