//! The server, and those who come to it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::{Admission, MS, PATIENCE_NS, Request, TIERS};

/// So many are served at once, the others wait in the order of their coming.
const SERVERS: usize = 8;

/// What one takes on the average, exponential above its half.
const CALL_NS: f64 = 10.0 * MS as f64;

/// Of all requests, in hundredths.
const SHARES: [u64; TIERS] = [20, 50, 30];

/// Half the load before, then twice what can be served.
const BEFORE_NS: u64 = 5_000 * MS;
const OVERLOAD_NS: u64 = 10_000 * MS;

/// What became of the requests of the overload.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Requests by tier: all, those refused, those answered in time.
    pub came: [u64; TIERS],
    pub refused: [u64; TIERS],
    pub in_time: [u64; TIERS],
    /// Answers in time over what the servers can give at most.
    pub goodput: f64,
    /// What those that came in took, sorted.
    took_ns: Vec<u64>,
}

impl Report {
    /// What a share of those that came in took at most.
    pub fn took_ns(&self, share: f64) -> u64 {
        let at = (share * self.took_ns.len() as f64).ceil() as usize;
        self.took_ns.get(at.max(1) - 1).copied().unwrap_or(0)
    }

    pub fn refused_share(&self, tier: usize) -> f64 {
        self.refused[tier] as f64 / self.came[tier] as f64
    }

    pub fn in_time_share(&self, tier: usize) -> f64 {
        self.in_time[tier] as f64 / self.came[tier] as f64
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn exponential_ns(&mut self, mean_ns: f64) -> u64 {
        let uniform = ((self.next() >> 11) as f64 + 1.0) / (1_u64 << 53) as f64;
        (-uniform.ln() * mean_ns) as u64
    }

    fn tier(&mut self) -> usize {
        let at = self.next() % 100;
        usize::from(at >= SHARES[0]) + usize::from(at >= SHARES[0] + SHARES[1])
    }
}

#[derive(Default)]
struct Server {
    /// When each that is being served ends.
    busy: BinaryHeap<Reverse<(u64, u64)>>,
    waiting: VecDeque<u64>,
    requests: Vec<Request>,
}

impl Server {
    fn start(&mut self, now_ns: u64, draws: &mut Draws) {
        while self.busy.len() < SERVERS {
            let Some(id) = self.waiting.pop_front() else {
                return;
            };
            let takes_ns = (CALL_NS / 2.0) as u64 + draws.exponential_ns(CALL_NS / 2.0);
            self.busy.push(Reverse((now_ns + takes_ns, id)));
        }
    }

    fn next_end_ns(&self) -> u64 {
        self.busy
            .peek()
            .map_or(u64::MAX, |Reverse((at_ns, _))| *at_ns)
    }
}

/// Serves five seconds of half the load, then ten of twice of what can be served.
pub fn run(admission: &mut dyn Admission, seed: u64) -> Report {
    let (mut coming, mut serving) = (Draws(seed), Draws(!seed));
    let (mut server, mut report) = (Server::default(), Report::default());
    let gap_ns = |at_ns: u64| {
        let load = if at_ns < BEFORE_NS { 0.5 } else { 2.0 };
        CALL_NS / SERVERS as f64 / load
    };
    let end_ns = BEFORE_NS + OVERLOAD_NS;
    let mut next_ns = coming.exponential_ns(gap_ns(0));
    loop {
        let (ends_ns, id) = (server.next_end_ns(), server.requests.len() as u64);
        if next_ns >= end_ns && ends_ns == u64::MAX {
            break;
        }
        if next_ns < end_ns && next_ns <= ends_ns {
            let request = Request {
                id,
                tier: coming.tier(),
                user: coming.next() % 1_000,
                arrived_ns: next_ns,
            };
            server.requests.push(request);
            let counted = u64::from(next_ns >= BEFORE_NS);
            report.came[request.tier] += counted;
            if admission.enter(&request, next_ns) {
                server.waiting.push_back(id);
                server.start(next_ns, &mut serving);
            } else {
                report.refused[request.tier] += counted;
            }
            next_ns += coming.exponential_ns(gap_ns(next_ns));
            continue;
        }
        let Some(Reverse((now_ns, id))) = server.busy.pop() else {
            break;
        };
        let request = server.requests[id as usize];
        admission.done(&request, now_ns);
        server.start(now_ns, &mut serving);
        let took_ns = now_ns - request.arrived_ns;
        if request.arrived_ns >= BEFORE_NS {
            report.took_ns.push(took_ns);
            let in_time = took_ns <= PATIENCE_NS && now_ns <= end_ns;
            report.in_time[request.tier] += u64::from(in_time);
        }
    }
    report.took_ns.sort_unstable();
    let most = OVERLOAD_NS as f64 / CALL_NS * SERVERS as f64;
    report.goodput = report.in_time.iter().sum::<u64>() as f64 / most;
    report
}
