//! What is submitted in a turn, and when.

use std::time::Duration;

use super::job::Does;

/// Numbers that look random, the same from the same seed (splitmix64, Steele et al. 2014).
struct Random(u64);

impl Random {
    /// In (0, 1].
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^= word >> 31;
        ((word >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }
}

/// How long jobs take.
#[derive(Clone, Copy, Debug)]
pub(super) enum Length {
    /// All the same.
    Uniform(Duration),
    /// One of a hundred, at random, takes so much more.
    Skewed { most: Duration, one: Duration },
}

/// A job is due so many nanoseconds after the turn's begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) at_ns: u64,
    pub(super) does: Does,
}

/// Independent arrivals, `rate` of them a second on average, until `turn` is over.
pub(super) fn plan(seed: u64, rate: f64, turn: Duration, length: Length) -> Vec<Due> {
    let mut random = Random(seed);
    let (mut at, mut dues) = (0.0, Vec::new());
    loop {
        at -= random.next().ln() / rate * 1e9;
        if at >= turn.as_nanos() as f64 {
            return dues;
        }
        let takes = match length {
            Length::Uniform(all) => all,
            Length::Skewed { one, .. } if random.next() <= 0.01 => one,
            Length::Skewed { most, .. } => most,
        };
        dues.push(Due {
            at_ns: at as u64,
            does: Does::Compute(takes),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_has_its_rate_and_its_share_of_long_jobs_and_is_the_same_from_the_same_seed() {
        let length = Length::Skewed {
            most: Duration::from_micros(10),
            one: Duration::from_millis(1),
        };
        let turn = Duration::from_secs(10);
        let dues = plan(7, 10_000.0, turn, length);
        assert!((98_000..102_000).contains(&dues.len()), "{}", dues.len());
        let long = |due: &&Due| matches!(due.does, Does::Compute(takes) if takes > turn / 100_000);
        let long = dues.iter().filter(long).count();
        assert!((800..1_200).contains(&long), "{long}");
        assert!(dues.is_sorted_by_key(|due| due.at_ns));
        let again = plan(7, 10_000.0, turn, length);
        assert!(dues.iter().zip(&again).all(|(a, b)| a.at_ns == b.at_ns));
    }
}
