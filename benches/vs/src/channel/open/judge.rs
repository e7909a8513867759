//! Who is compared with whom, and what comes of it.

use std::fmt;

use crate::spread::Spread;

/// What one contender's rounds came to.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(super) name: &'static str,
    /// Processors in use, one value a round.
    pub(super) cores: Vec<f64>,
    /// A percentile, one value a round.
    pub(super) values: Vec<f64>,
}

/// How many times the rival's an outcome may be and be near it.
const NEAR: f64 = 1.25;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// No peer burns as little.
    Alone,
    AtOrBelow,
    Near,
    Above,
}

impl Outcome {
    /// Of the ratio to the rival.
    pub(super) fn of(ratio: f64) -> Self {
        if ratio <= 1.0 {
            Self::AtOrBelow
        } else if ratio <= NEAR {
            Self::Near
        } else {
            Self::Above
        }
    }

    pub(super) fn is_ok(self) -> bool {
        matches!(self, Self::Alone | Self::AtOrBelow)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alone => "ok, no peer burns as little",
            Self::AtOrBelow => "ok",
            Self::Near => "above, within 1.25",
            Self::Above => "ABOVE 1.25",
        })
    }
}

fn median(values: &[f64]) -> f64 {
    Spread::of(values.iter().copied()).median
}

/// The best of the peers that burn no more than `ours`; `again` is the same channel's second entry,
/// and what it burns more is noise.
pub(super) fn rival<'a>(ours: &Entry, again: &Entry, peers: &'a [Entry]) -> Option<&'a Entry> {
    let allowed = median(&ours.cores).max(median(&again.cores));
    let frugal = peers.iter().filter(|peer| median(&peer.cores) <= allowed);
    frugal.min_by(|one, other| median(&one.values).total_cmp(&median(&other.values)))
}

/// `ours` to `theirs`, each pair of the same round.
pub(super) fn paired(ours: &Entry, theirs: &Entry) -> Spread {
    Spread::of(
        ours.values
            .iter()
            .zip(&theirs.values)
            .map(|(ours, theirs)| ours / theirs),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &'static str, cores: &[f64], values: &[f64]) -> Entry {
        let (cores, values) = (cores.to_vec(), values.to_vec());
        Entry {
            name,
            cores,
            values,
        }
    }

    fn name_of(rival: Option<&Entry>) -> Option<&'static str> {
        rival.map(|entry| entry.name)
    }

    #[test]
    fn a_peer_that_burns_more_is_no_rival_however_quick() {
        let ours = entry("ours", &[0.5, 0.6, 0.5], &[10.0, 10.0, 10.0]);
        let peers = [
            entry("burns", &[1.9, 2.0, 0.4], &[0.3, 0.3, 0.3]),
            entry("slow", &[0.4, 0.4, 0.4], &[30.0, 30.0, 30.0]),
            entry("best", &[0.5, 0.4, 1.5], &[12.0, 11.0, 90.0]),
        ];
        assert_eq!(name_of(rival(&ours, &ours, &peers)), Some("best"));
        assert_eq!(name_of(rival(&ours, &ours, &peers[..1])), None);
        assert_eq!(name_of(rival(&ours, &ours, &[])), None);
    }

    #[test]
    fn what_the_second_entry_burns_more_is_allowed_to_peers() {
        let ours = entry("ours", &[0.5], &[10.0]);
        let again = entry("again", &[0.52], &[10.0]);
        let peers = [entry("peer", &[0.51], &[5.0])];
        assert_eq!(name_of(rival(&ours, &again, &peers)), Some("peer"));
        assert_eq!(name_of(rival(&again, &ours, &peers)), Some("peer"));
        assert_eq!(name_of(rival(&ours, &ours, &peers)), None);
    }

    #[test]
    fn ratios_are_of_the_same_round() {
        // The rounds drift together; unpaired medians would be 20 to 10.
        let ours = entry("ours", &[1.0; 3], &[1.0, 20.0, 400.0]);
        let theirs = entry("theirs", &[1.0; 3], &[1.0, 10.0, 800.0]);
        let ratio = paired(&ours, &theirs);
        assert_eq!((ratio.min, ratio.median, ratio.max), (0.5, 1.0, 2.0));
    }

    #[test]
    fn outcomes_have_their_bounds() {
        assert_eq!(Outcome::of(1.0), Outcome::AtOrBelow);
        assert_eq!(Outcome::of(1.01), Outcome::Near);
        assert_eq!(Outcome::of(1.25), Outcome::Near);
        assert_eq!(Outcome::of(1.26), Outcome::Above);
        assert_eq!(Outcome::of(f64::NAN), Outcome::Above);
        assert!(Outcome::Alone.is_ok() && Outcome::AtOrBelow.is_ok());
        assert!(!Outcome::Near.is_ok() && !Outcome::Above.is_ok());
    }
}
