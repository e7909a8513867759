//! Settings that make no trial are refused, with the reason.

use shorttail::measure::trial::{Arm, ConfigError, Plan, Trial};
use shorttail::time::MockClock;

fn refused(trial: Trial) -> ConfigError {
    let arm = |name| Arm::inline(name, |_| panic!("nothing may run"));
    trial
        .run(&MockClock::new(), [arm("a"), arm("b")])
        .unwrap_err()
}

#[test]
fn each_setting_has_its_error() {
    let sound = || Trial::new("x", Plan::uniform(100.0));
    assert_eq!(refused(sound().pairs(5)), ConfigError::Pairs(5));
    assert_eq!(refused(sound().workers(0)), ConfigError::Workers);
    assert_eq!(refused(sound().block_ns(0)), ConfigError::Block);
    assert_eq!(
        refused(sound().limit(1.5, 1.1)),
        ConfigError::Limit(1.5, 1.1)
    );
    assert_eq!(
        refused(sound().limit(1.0, 1.1)),
        ConfigError::Limit(1.0, 1.1)
    );
    assert_eq!(
        refused(sound().limit_service(0.0, 1.1)),
        ConfigError::Limit(0.0, 1.1)
    );
    assert_eq!(
        refused(sound().limit(0.99, 0.9)),
        ConfigError::Limit(0.99, 0.9)
    );
    for plan in [
        Plan::uniform(-1.0),
        Plan::poisson(f64::NAN),
        Plan::bursts(10.0, 0, 10),
        Plan::ramp(0.0, 0.0),
        Plan::replay(Vec::new()),
    ] {
        let error = refused(Trial::new("x", plan));
        assert!(matches!(error, ConfigError::Plan(_)), "{error}");
    }
}
