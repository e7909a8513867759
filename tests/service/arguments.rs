//! What the command line takes and what it says to the rest.

use crate::args::{Arm, Mode, Options, parse};
use crate::faults::name::Fault;

fn parsed(args: &[&str]) -> Result<Options, String> {
    parse(args.iter().map(|&arg| arg.to_owned()))
}

#[test]
fn no_argument_measures_every_arm() {
    let options = parsed(&[]).unwrap();
    assert_eq!(options.mode, Mode::Measure { sweep: false });
    assert_eq!((options.arm, options.rate), (None, None));
}

#[test]
fn every_documented_option_is_taken() {
    let options = parsed(&["--rate", "1000", "--seconds", "0.5", "--connections", "8"]).unwrap();
    assert_eq!(
        (options.rate, options.seconds, options.connections),
        (Some(1_000.0), 0.5, 8)
    );
    assert_eq!(
        parsed(&["--sweep"]).unwrap().mode,
        Mode::Measure { sweep: true }
    );
    let options = parsed(&["--serve", "127.0.0.1:0", "--arm", "ordinary", "--out", "x"]).unwrap();
    assert_eq!(options.mode, Mode::Serve("127.0.0.1:0".parse().unwrap()));
    assert_eq!(
        (options.arm, options.out.to_str()),
        (Some(Arm::Ordinary), Some("x"))
    );
    assert_eq!(parsed(&["--help", "--nonsense"]).unwrap().mode, Mode::Help);
}

#[test]
fn faults_are_all_or_those_named() {
    let faults = |args: &[&str]| match parsed(args).unwrap().mode {
        Mode::Faults { faults, strict } => (faults, strict),
        mode => panic!("{mode:?}"),
    };
    assert_eq!(faults(&["--faults"]), (Fault::ALL.to_vec(), false));
    let all_strict = (Fault::ALL.to_vec(), true);
    assert_eq!(faults(&["--faults", "--strict"]), all_strict);
    assert_eq!(
        faults(&["--strict", "--faults", "--seconds", "1"]),
        all_strict
    );
    let two = vec![Fault::Burst, Fault::Storm];
    assert_eq!(faults(&["--faults", "storm,burst,storm"]), (two, false));
    for fault in Fault::ALL {
        assert_eq!(faults(&["--faults", fault.name()]).0, [fault]);
        assert!(crate::args::HELP.contains(fault.name()), "{fault:?}");
    }
}

#[test]
fn a_soak_lasts_an_hour_unless_told() {
    let soak = |args: &[&str]| match parsed(args).unwrap().mode {
        Mode::Soak(time) => time.as_secs_f64(),
        mode => panic!("{mode:?}"),
    };
    assert_eq!(soak(&["--soak"]), 3_600.0);
    assert_eq!(soak(&["--soak", "--seconds", "2"]), 3_600.0);
    assert_eq!(soak(&["--soak", "90.5"]), 90.5);
}

#[test]
fn each_mistake_is_named() {
    for (args, said) in [
        (&["--nonsense"][..], "unknown argument `--nonsense`"),
        (&["--rate"], "--rate needs a value"),
        (&["--rate", "0"], "--rate takes a number above 0"),
        (&["--rate", "NaN"], "--rate takes a number above 0"),
        (&["--seconds", "-1"], "--seconds takes a number above 0"),
        (
            &["--connections", "0"],
            "--connections takes a whole number from 1",
        ),
        (
            &["--connections", "many"],
            "--connections takes a whole number from 1",
        ),
        (&["--serve", "localhost"], "--serve takes an address"),
        (&["--faults", "flood"], "no fault `flood`; there are burst,"),
        (&["--faults", "burst,"], "no fault ``; there are burst,"),
        (&["--soak", "0"], "--soak takes a number above 0"),
        (&["--strict"], "--strict goes with --faults"),
        (&["--arm", "other"], "--arm takes shorttail, ordinary or"),
    ] {
        let message = parsed(args).unwrap_err();
        assert!(message.starts_with(said), "{args:?}: {message}");
    }
}
