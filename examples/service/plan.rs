//! The traffic, planned before it is sent: seeded arrivals, keys and kinds of request.

/// SplitMix64 (Steele, Lea and Flood, 2014): small, seeded, the same everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in (0, 1].
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in `0..bound`; the bias is below 2⁻³² for the bounds used here.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.unit() * bound as f64) as usize % bound
    }
}

/// How many items there are: ids run from 0 to one less.
pub(crate) const ITEMS: usize = 50_000;

/// Zipf's law over the items: id 0 is asked for most.
#[derive(Debug)]
pub(crate) struct Zipf {
    cumulative: Vec<f64>,
}

impl Zipf {
    /// Exponent 1.1: what a read-heavy catalogue looks like.
    pub(crate) fn new(items: usize) -> Self {
        let mut sum = 0.0;
        let cumulative = (1..=items).map(|rank| {
            sum += 1.0 / (rank as f64).powf(1.1);
            sum
        });
        let mut cumulative: Vec<f64> = cumulative.collect();
        cumulative.iter_mut().for_each(|value| *value /= sum);
        Self { cumulative }
    }

    pub(crate) fn draw(&self, rng: &mut Rng) -> u32 {
        let point = rng.unit();
        let rank = self.cumulative.partition_point(|&bound| bound < point);
        rank.min(self.cumulative.len() - 1) as u32
    }
}

/// What kind of client sends the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A GET with the dozen headers a browser sends.
    Browser,
    /// A GET with the three headers curl sends.
    Curl,
    /// A POST with a chunked body.
    ChunkedPost,
}

/// One request to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Planned {
    /// The intended start, from the start of the block.
    pub(crate) at_ns: u64,
    pub(crate) id: u32,
    pub(crate) kind: Kind,
}

/// Draws requests of the mix: 70 % browser, 29 % curl, 1 % chunked POST.
pub(crate) fn draw(rng: &mut Rng, zipf: &Zipf, at_ns: u64) -> Planned {
    let kind = match rng.below(100) {
        0..70 => Kind::Browser,
        70..99 => Kind::Curl,
        _ => Kind::ChunkedPost,
    };
    let id = zipf.draw(rng);
    Planned { at_ns, id, kind }
}

/// Poisson arrivals at `rate` a second for `seconds`; the same seed gives the same plan.
pub(crate) fn poisson(seed: u64, zipf: &Zipf, rate: f64, seconds: f64) -> Vec<Planned> {
    let mut rng = Rng::new(seed);
    let mut plan = Vec::with_capacity((rate * seconds * 1.1) as usize + 16);
    let mut at = -rng.unit().ln() / rate;
    while at < seconds {
        plan.push(draw(&mut rng, zipf, (at * 1e9) as u64));
        at -= rng.unit().ln() / rate;
    }
    plan
}

/// Poisson arrivals at one rate after another, each for its seconds.
pub(crate) fn steps(seed: u64, zipf: &Zipf, steps: &[(f64, f64)]) -> Vec<Planned> {
    let (mut plan, mut from_ns) = (Vec::new(), 0);
    for (number, &(rate, seconds)) in (0_u64..).zip(steps) {
        let step = poisson(seed ^ (number << 16), zipf, rate, seconds);
        plan.extend(step.into_iter().map(|planned| Planned {
            at_ns: planned.at_ns + from_ns,
            ..planned
        }));
        from_ns += (seconds * 1e9) as u64;
    }
    plan
}

/// Which arm goes first in each round: forward and backward in turn, the start drawn by the seed,
/// so that drift over the run falls on every arm alike.
pub(crate) fn order(seed: u64, round: usize, arms: usize) -> Vec<usize> {
    let backward = (Rng::new(seed).next() as usize + round) % 2 == 1;
    let mut order: Vec<usize> = (0..arms).collect();
    if backward {
        order.reverse();
    }
    order
}
