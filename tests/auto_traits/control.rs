//! control's section.

use super::{not_send, not_unpin, send, sync};

const _: () = {
    use std::rc::Rc;

    use shorttail::control::{
        Attempts, BudgetChange, BudgetEvent, BudgetState, BurnRate, Cancel, CancelledFuture,
        Carried, Class, ClientThrottle, ConfigError, Decision, EndpointBudget,
        EndpointBudgetBuilder, EnterFuture, Expected, Failure, Gate, GateBuilder, GateStats, Hedge,
        HedgePolicy, Incident, IncidentWindow, MeasuredToggle, MergeCarriedError, OwnedPermit,
        ParseCarriedError, ParseHeaderError, ParseShareError, Permit, Reason, Refused, RetryBudget,
        RetryPolicy, RetryPolicyBuilder, RetryStats, SetTogglesError, SetWhy, Share, Side,
        StopReason, Throttled, Tier, Toggle, ToggleReport, ToggledOff, Toggles,
    };
    use shorttail::time::StdClock;
    send::<Attempts<'static>>();
    sync::<Attempts<'static>>();
    send::<Cancel>();
    sync::<Cancel>();
    send::<CancelledFuture<'static>>();
    not_unpin::<CancelledFuture<'static>, _>();
    send::<ConfigError>();
    sync::<ConfigError>();
    send::<BudgetChange>();
    sync::<BudgetChange>();
    send::<BudgetEvent>();
    sync::<BudgetEvent>();
    send::<BudgetState>();
    sync::<BudgetState>();
    send::<BurnRate>();
    sync::<BurnRate>();
    send::<Carried>();
    sync::<Carried>();
    send::<EndpointBudget>();
    sync::<EndpointBudget>();
    send::<EndpointBudgetBuilder>();
    sync::<EndpointBudgetBuilder>();
    send::<Incident>();
    sync::<Incident>();
    send::<IncidentWindow>();
    sync::<IncidentWindow>();
    send::<MergeCarriedError>();
    sync::<MergeCarriedError>();
    send::<MeasuredToggle>();
    sync::<MeasuredToggle>();
    send::<ParseShareError>();
    sync::<ParseShareError>();
    send::<SetTogglesError>();
    sync::<SetTogglesError>();
    send::<SetWhy>();
    sync::<SetWhy>();
    send::<Expected>();
    sync::<Expected>();
    send::<Share>();
    sync::<Share>();
    send::<Side>();
    sync::<Side>();
    send::<Toggle>();
    sync::<Toggle>();
    send::<ToggleReport>();
    sync::<ToggleReport>();
    send::<ToggledOff>();
    sync::<ToggledOff>();
    send::<Toggles>();
    sync::<Toggles>();
    send::<ParseCarriedError>();
    sync::<ParseCarriedError>();
    send::<Decision>();
    send::<Failure>();
    send::<ClientThrottle>();
    sync::<ClientThrottle>();
    send::<Throttled>();
    sync::<Throttled>();
    send::<Class>();
    sync::<Class>();
    send::<Tier>();
    sync::<Tier>();
    send::<Gate>();
    sync::<Gate>();
    send::<GateBuilder>();
    sync::<GateBuilder>();
    send::<GateStats>();
    sync::<GateStats>();
    send::<Permit<'static>>();
    sync::<Permit<'static>>();
    send::<OwnedPermit>();
    sync::<OwnedPermit>();
    send::<EnterFuture<'static, StdClock>>();
    sync::<EnterFuture<'static, StdClock>>();
    not_unpin::<EnterFuture<'static, StdClock>, _>();
    not_send::<EnterFuture<'static, Rc<StdClock>>, _>();
    send::<Reason>();
    sync::<Reason>();
    send::<Refused>();
    sync::<Refused>();
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
