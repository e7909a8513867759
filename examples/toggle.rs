//! A faster path is ready, and what it does to the slowest requests is a guess. It is built in,
//! switched off, and then on for one user in ten; both paths are measured side by side, and the row
//! of percentiles is printed for the change log. A second change looks as good, has a tail, and is
//! switched off by its guard before anybody was woken. All requests follow from a seed, so each run
//! is the same.
//!
//! Run: `cargo run --release --example toggle`. Last line:
//! `fast-parse: p99 0.75 of what it was, declared 0.85; big-batches: off after 2 windows; now
//! fast-parse=10%,big-batches=off`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;

use shorttail::control::{Expected, MeasuredToggle, Share, Side, Toggle, ToggleReport, Toggles};

type Outcome = Result<(), Box<dyn Error>>;

static FAST_PARSE: Toggle = Toggle::off("fast-parse");
static BIG_BATCHES: Toggle = Toggle::off("big-batches");
static TOGGLES: Toggles = Toggles::new(&[&FAST_PARSE, &BIG_BATCHES]);

/// Requests between two looks at a toggle, as a timer would take them.
const WINDOW: u64 = 500_000;

/// What the p99 of the faster path is to be of the other's.
const DECLARED: f64 = 0.85;

/// Windows within which a slower path is off.
const OFF_WITHIN: u32 = 3;

/// What requests take: SplitMix64 (Steele, Lea and Flood, 2014).
struct Requests(u64);

impl Requests {
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 20 to 40 µs, and for one in fifty four times as much.
    fn ns(&mut self) -> u64 {
        let drawn = self.draw();
        let usual_ns = 20_000 + drawn % 20_000;
        if drawn >> 32 & 0x3FF < 20 {
            4 * usual_ns
        } else {
            usual_ns
        }
    }
}

/// A window of requests, each on the path that its user has, whichever that takes.
fn window(measured: &MeasuredToggle, requests: &mut Requests, on: impl Fn(u64, u64) -> u64) {
    for _ in 0..WINDOW {
        let user = requests.draw() % 100_000;
        let side = measured.side_for(user);
        let ns = requests.ns();
        measured.record(side, if side == Side::On { on(user, ns) } else { ns });
    }
}

/// Three quarters of the time, for one user in ten.
fn canary(requests: &mut Requests) -> Result<ToggleReport, Box<dyn Error>> {
    let measured = MeasuredToggle::new(&FAST_PARSE, 1).expect_ratio(0.99, DECLARED)?;
    let measured = measured.guard(0.99, 1.1)?;
    for _ in 0..4 {
        window(&measured, requests, |_, ns| ns * 3 / 4);
        if let Some(event) = measured.end_window() {
            return Err(event.to_string().into());
        }
    }
    let report = measured.report();
    println!("{report}\n");
    Ok(report)
}

/// A path as fast at the median, with a tail: how many windows it was on, once it had one.
fn regression(requests: &mut Requests) -> Result<u32, Box<dyn Error>> {
    let measured = MeasuredToggle::new(&BIG_BATCHES, 1).guard(0.99, 1.1)?;
    window(&measured, requests, |_, ns| ns);
    assert!(measured.end_window().is_none(), "as fast as ever");
    for windows in 1.. {
        // One request in thirty waits for its batch.
        window(&measured, requests, |user, ns| {
            if user % 30 == 0 { 10 * ns } else { ns }
        });
        if let Some(event) = measured.end_window() {
            println!("{event}");
            return Ok(windows);
        }
        if windows > OFF_WITHIN {
            break;
        }
    }
    Err("a slower path stayed on".into())
}

/// The acceptance check: the canary did what was declared and stays on, for its users alone; the
/// regression is off, soon.
fn kept_and_taken_back(report: &ToggleReport, windows: u32) -> Outcome {
    if report.verdict() != Some(Expected::Met) {
        return Err(format!("declared: {:?}", report.verdict()).into());
    }
    let all = (report.on.count() + report.off.count()) as f64;
    let share = report.on.count() as f64 / all;
    if (share - 0.1).abs() > 0.005 {
        return Err(format!("{share} of the requests, not a tenth").into());
    }
    if windows > OFF_WITHIN || BIG_BATCHES.share() != Share::NONE {
        return Err("off too late".into());
    }
    Ok(())
}

fn main() -> Outcome {
    // At start: `TOGGLES.set_from_env("TOGGLES")`.
    TOGGLES.set("fast-parse=10%, big-batches=10%")?;
    let mut requests = Requests(11);
    let report = canary(&mut requests)?;
    let windows = regression(&mut requests)?;
    kept_and_taken_back(&report, windows)?;
    let ratio = report.ratio(0.99).ok_or("no requests")?;
    println!(
        "fast-parse: p99 {ratio:.2} of what it was, declared {DECLARED}; big-batches: off \
         after {windows} windows; now {TOGGLES}"
    );
    Ok(())
}
