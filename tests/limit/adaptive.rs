//! A limit that follows what calls take, against a service that serves so many at once.

use std::time::Duration;

use shorttail::limit::{AdaptiveLimit, ConfigError, LimitWindow};

const SPAN: Duration = Duration::from_millis(100);
const MS: f64 = 1e6;

/// Eight servers of 10 ms, and as many calls as the limit lets in, plus or minus some.
struct Service {
    servers: f64,
    call_ns: f64,
    turn: u64,
}

impl Service {
    const fn new() -> Self {
        let (servers, call_ns) = (8.0, 10.0 * MS);
        Self {
            servers,
            call_ns,
            turn: 0,
        }
    }

    fn window(&mut self, offered: f64) -> LimitWindow {
        self.turn += 1;
        // A tenth more or less, without a draw.
        let sway = 1.0 + 0.1 * ((self.turn * 7 % 5) as f64 - 2.0) / 2.0;
        let in_flight = offered * sway;
        let latency_ns = self.call_ns * (in_flight / self.servers).max(1.0);
        // A window goes on until it has sixteen calls.
        let span = SPAN.max(Duration::from_nanos((16.1 * latency_ns / in_flight) as u64));
        let completed = in_flight * span.as_nanos() as f64 / latency_ns;
        LimitWindow {
            span,
            completed: completed as u64,
            in_flight,
            p90_ns: latency_ns as u64,
            overloaded: 0,
            turned_away: 0,
        }
    }
}

fn run(limit: &mut AdaptiveLimit, service: &mut Service, windows: u32) {
    for _ in 0..windows {
        let window = service.window(f64::from(limit.limit()));
        limit.update(&window);
    }
}

fn limit(initial: u32) -> AdaptiveLimit {
    AdaptiveLimit::new(initial, 1..=1_000).unwrap()
}

#[test]
fn it_finds_what_is_served_at_once_from_below_and_from_above() {
    for initial in [1, 8, 500] {
        let (mut limit, mut service) = (limit(initial), Service::new());
        // Begun far above, what calls take without a queue is seen when one window is at half.
        run(&mut limit, &mut service, 3_000);
        assert!((8..=16).contains(&limit.limit()), "{initial}: {limit:?}");
    }
}

#[test]
fn it_does_not_climb_for_ever() {
    let (mut limit, mut service) = (limit(8), Service::new());
    let mut most = 0;
    for _ in 0..10_000 {
        run(&mut limit, &mut service, 1);
        most = most.max(limit.limit());
    }
    assert!(most <= 24, "{most}");
}

#[test]
fn it_keeps_to_the_target_whatever_is_usual() {
    let mut limit = limit(100).target(Duration::from_millis(30));
    let mut service = Service::new();
    run(&mut limit, &mut service, 100);
    let latency_ns = service.window(f64::from(limit.limit())).p90_ns as f64;
    assert!(latency_ns <= 33.0 * MS, "{latency_ns} {limit:?}");
    assert_eq!(limit.target_ns(), Some(30_000_000));
}

#[test]
fn it_does_not_grow_without_use() {
    let (mut limit, mut service) = (limit(20), Service::new());
    for _ in 0..100 {
        limit.update(&service.window(4.0));
    }
    assert_eq!(limit.limit(), 20);
}

#[test]
fn it_does_not_grow_where_no_more_is_done() {
    // As fast as ever by its p90, and yet no more is done: the guard alone says so.
    let mut limit = limit(20);
    for turn in 0..40_u32 {
        let in_flight = 20.0 + f64::from(turn % 4);
        let completed = 100;
        let p90_ns = 10_000_000;
        let window = LimitWindow {
            span: SPAN,
            completed,
            in_flight,
            p90_ns,
            overloaded: 0,
            turned_away: 0,
        };
        limit.update(&window);
    }
    // The first windows show too little change to tell.
    assert!(limit.limit() <= 36, "{limit:?}");
}

#[test]
fn a_service_that_became_slower_is_a_new_baseline_in_time() {
    let (mut limit, mut service) = (limit(8), Service::new());
    run(&mut limit, &mut service, 500);
    service.call_ns = 40.0 * MS;
    run(&mut limit, &mut service, 3_000);
    assert!((8..=16).contains(&limit.limit()), "{limit:?}");
    let baseline_ns = limit.baseline().unwrap().as_nanos() as f64;
    assert!((35.0 * MS..60.0 * MS).contains(&baseline_ns), "{limit:?}");
}

/// Half as long again would be a queue; a little less, for long, is none to get used to.
#[test]
fn the_baseline_follows_a_higher_latency_in_light_use_alone() {
    let baseline_ms = |in_flight| {
        let mut limit = AdaptiveLimit::new(20, 1..=20).unwrap();
        for p90_ms in [10].into_iter().chain([14; 200]) {
            limit.update(&LimitWindow {
                span: SPAN,
                completed: 100,
                in_flight,
                p90_ns: p90_ms * MS as u64,
                overloaded: 0,
                turned_away: 0,
            });
        }
        limit.baseline().unwrap().as_nanos() as f64 / MS
    };
    assert!((baseline_ms(19.0) - 10.0).abs() < 0.1);
    assert!((baseline_ms(4.0) - 14.0).abs() < 0.1);
}

/// Windows at half the limit are for the baseline, of which nothing is asked where there is a
/// target.
#[test]
fn only_a_limit_without_a_target_is_halved_to_see() {
    let least = |mut limit: AdaptiveLimit| {
        let window = LimitWindow {
            span: SPAN,
            completed: 1_000,
            in_flight: 20.0,
            p90_ns: 10_000_000,
            overloaded: 0,
            turned_away: 0,
        };
        (0..600).map(|_| limit.update(&window)).min()
    };
    let limit = || AdaptiveLimit::new(20, 1..=20).unwrap();
    assert_eq!(least(limit()), Some(10));
    assert_eq!(least(limit().target(Duration::from_millis(50))), Some(20));
}

#[test]
fn windows_that_say_nothing_change_nothing() {
    let mut limit = limit(20);
    let window = Service::new().window(20.0);
    let nothing = [
        LimitWindow {
            completed: 9,
            ..window
        },
        LimitWindow {
            span: Duration::ZERO,
            ..window
        },
        LimitWindow {
            in_flight: f64::NAN,
            ..window
        },
        LimitWindow {
            in_flight: -1.0,
            ..window
        },
    ];
    for window in nothing {
        assert_eq!(limit.update(&window), 20);
        assert_eq!(limit.baseline(), None);
    }
}

#[test]
fn it_begins_in_its_range_and_stays_there() {
    for (initial, range) in [(0, 0..=9), (10, 1..=9), (1, 2..=9), (1, 1..=8_192)] {
        assert_eq!(
            AdaptiveLimit::new(initial, range).unwrap_err(),
            ConfigError::Limit
        );
    }
    let mut limit = AdaptiveLimit::new(5, 4..=6).unwrap();
    let window = |p90_ms: f64| LimitWindow {
        span: SPAN,
        completed: 100,
        in_flight: 6.0,
        p90_ns: (p90_ms * MS) as u64,
        overloaded: 0,
        turned_away: 0,
    };
    (0..50).for_each(|_| _ = limit.update(&window(10.0)));
    assert_eq!(limit.limit(), 6);
    (0..5).for_each(|_| _ = limit.update(&window(900.0)));
    assert_eq!(limit.limit(), 4);
}

/// As behind a gate whose tiers let those who come fill three tenths of it: never half used.
#[test]
fn it_grows_while_it_turns_calls_away_however_few_are_in() {
    let come_back = |turned_away| {
        let mut limit = AdaptiveLimit::new(64, 1..=128).unwrap().target(SPAN / 2);
        let mut service = Service::new();
        service.servers = 100.0;
        service.call_ns = 500.0 * MS;
        run(&mut limit, &mut service, 10);
        assert_eq!(limit.limit(), 1);
        service.call_ns = 10.0 * MS;
        for _ in 0..60 {
            let in_flight = (0.3 * f64::from(limit.limit())).max(1.0);
            let window = service.window(in_flight);
            let completed = window.completed * 20;
            limit.update(&LimitWindow {
                span: window.span * 20,
                completed,
                turned_away: turned_away * completed / 1_000,
                ..window
            });
        }
        limit.limit()
    };
    assert!(come_back(0) < 10);
    assert!(come_back(5) < 10, "that is no share");
    assert!(come_back(200) > 100, "{}", come_back(200));
}

#[test]
fn it_goes_down_by_the_share_that_found_no_room() {
    let step = |completed, overloaded| {
        let mut limit = limit(100).target(Duration::from_millis(50));
        limit.update(&LimitWindow {
            span: SPAN,
            completed,
            in_flight: 90.0,
            p90_ns: 10_000_000,
            overloaded,
            turned_away: 0,
        })
    };
    assert_eq!((step(80, 20), step(100, 900), step(0, 10)), (80, 50, 50));
    assert_eq!(step(990, 10), 110, "one in a hundred is chance: it grows");
    assert_eq!((step(0, 9), step(0, 0)), (100, 100), "too few to tell");
    assert_eq!(step(0, u64::MAX), 50);
}
