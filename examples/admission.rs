//! Four times as many requests come as a service can answer in full. Who is answered, with what?
//! First pages go without their costly part; then whoever is refused gets an older page from a
//! cache; and who buys never notices. All on a clock that we move, so each run is the same.
//!
//! Run: `cargo run --release --example admission`. Last line:
//! `bought 167 of 167 in full; browsed 268 in full, 479 in part, 962 cached, 24 refused`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::time::Duration;

use shorttail::cache::Cache;
use shorttail::control::{Class, Gate, Permit, Refused};
use shorttail::time::{Clock, Deadline, MockClock};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// How many the service answers at once without becoming slower.
const AT_ONCE: u32 = 8;

/// From this load on pages go without their recommendations.
const DEGRADE_FROM: f64 = 0.5;

/// What a page takes with its recommendations, and without.
const FULL: Duration = Duration::from_millis(8);
const PART: Duration = Duration::from_millis(3);

#[derive(Clone, Copy)]
struct Request {
    user: u64,
    page: u64,
    buys: bool,
}

enum Answer {
    Full,
    Part,
    /// From the cache, however old.
    Cached,
    /// 503 with `Retry-After`.
    Refused(Refused),
}

#[derive(Default)]
struct Seen {
    bought: u32,
    full: u32,
    part: u32,
    cached: u32,
    refused: u32,
}

struct Service<'g> {
    gate: &'g Gate,
    clock: &'g MockClock,
    cache: Cache<u64, &'static str>,
    /// Pages in the making, and when each is done.
    making: Vec<(u64, u64, Permit<'g>)>,
}

impl Service<'_> {
    fn answer(&mut self, request: Request) -> Answer {
        let now_ns = self.clock.now_ns();
        // Asked first: what comes in adds to it.
        let degraded = self.gate.load(now_ns) >= DEGRADE_FROM && !request.buys;
        let class = match request.buys {
            true => Class::CRITICAL,
            // Some users lose all of their pages, instead of all users some.
            false => Class::NORMAL.sticky(request.user),
        };
        let deadline = Deadline::after(now_ns, Duration::from_millis(50));
        match self.gate.try_enter(class, deadline, now_ns) {
            Ok(permit) => {
                let takes = if degraded { PART } else { FULL };
                let done_ns = now_ns + takes.as_nanos() as u64;
                self.making.push((done_ns, request.page, permit));
                if degraded { Answer::Part } else { Answer::Full }
            }
            Err(refused) => match self.cache.get(&request.page).value() {
                Some(_) => Answer::Cached,
                None => Answer::Refused(refused),
            },
        }
    }

    /// Ends the pages that are done by now.
    fn finish(&mut self) {
        let now_ns = self.clock.now_ns();
        let making = std::mem::take(&mut self.making).into_iter();
        let (done, left) = making.partition(|page| page.0 <= now_ns);
        self.making = left;
        let done: Vec<_> = done;
        for (done_ns, page, permit) in done {
            permit.finish(done_ns);
            // One that the cache has no room for is missed by nobody but it.
            let _ = self.cache.insert(page, "a page");
        }
    }
}

/// The acceptance check: who buys is answered in full, and hardly anybody is answered with nothing.
fn buyers_notice_nothing(seen: &Seen, buyers: u32) -> Outcome {
    let all = seen.bought + seen.full + seen.part + seen.cached + seen.refused;
    if seen.bought != buyers {
        return Err(format!("{} of {buyers} bought", seen.bought).into());
    }
    if seen.refused * 50 > all || seen.part == 0 || seen.cached == 0 {
        return Err(format!("{} of {all} were turned away", seen.refused).into());
    }
    Ok(())
}

fn main() -> Outcome {
    let (gate, clock) = (Gate::builder(AT_ONCE).build()?, MockClock::new());
    let mut service = Service {
        gate: &gate,
        clock: &clock,
        cache: Cache::builder(1_000).build()?,
        making: Vec::new(),
    };
    let (mut seen, mut buyers) = (Seen::default(), 0);
    for ms in 0..1_000_u64 {
        clock.advance(Duration::from_millis(1));
        service.finish();
        // Four a millisecond in the middle, and one in two before and after.
        let burst = (300..700).contains(&ms);
        let requests = if burst { 4 } else { u64::from(ms % 2 == 0) };
        for n in 0..requests {
            let request = Request {
                user: (ms * 7 + n * 13) % 97,
                page: (ms * 3 + n * 17) % 50,
                buys: n == 0 && ms % 6 == 0,
            };
            buyers += u32::from(request.buys);
            match service.answer(request) {
                Answer::Full if request.buys => seen.bought += 1,
                Answer::Full => seen.full += 1,
                Answer::Part => seen.part += 1,
                Answer::Cached => seen.cached += 1,
                Answer::Refused(refused) => {
                    assert!(!refused.retry_after.is_zero());
                    seen.refused += 1;
                }
            }
        }
    }
    buyers_notice_nothing(&seen, buyers)?;
    let Seen {
        bought,
        full,
        part,
        cached,
        refused,
    } = seen;
    println!(
        "bought {bought} of {buyers} in full; browsed {full} in full, {part} in part, \
         {cached} cached, {refused} refused"
    );
    Ok(())
}
