//! The verdicts of a cell, and how many cells came out well.

use crate::quantile::supported;
use crate::sheet::{Of, Sheet};
use crate::spread::Spread;

use super::cell::{Contender, Since};
use super::judge::{Entry, Outcome, paired, rival};

/// What is judged of a cell.
const JUDGED: [(&str, Since, f64); 4] = [
    ("p50 from call", Since::Call, 0.5),
    ("p99 from call", Since::Call, 0.99),
    ("p50 from intended", Since::Intended, 0.5),
    ("p99 from intended", Since::Intended, 0.99),
];

/// The peers against which p99.9 is judged, whatever they burn.
const TAIL_PEERS: [&str; 3] = ["crossbeam-channel", "kanal", "flume"];

/// So many messages lie beyond a p99.9 that is judged.
const BEYOND: u64 = 100;

/// From here on a p99.9 is the scheduler's, whose tick is 4 ms.
const TICK_NS: u64 = 3_500_000;

#[derive(Debug, Default)]
pub(super) struct Tally {
    outcomes: [Vec<Outcome>; JUDGED.len()],
    /// Paired ratios at p99.9, from the call.
    tails: Vec<f64>,
}

impl Tally {
    /// The first contender is shorttail, the second shorttail again, the others its peers.
    pub(super) fn judge(&mut self, cell: &str, contenders: &[Contender], sheet: &mut Sheet) {
        let [ours, again, peers @ ..] = contenders else {
            unreachable!("a cell has both entries of shorttail");
        };
        if ours.is_over_limit || again.is_over_limit {
            println!("  not judged: shorttail was over the limit");
            self.outcomes
                .iter_mut()
                .for_each(|all| all.push(Outcome::Above));
            return;
        }
        let of = Of {
            cell,
            contender: ours.name,
            n: ours.pooled(Since::Call).count(),
            rounds: ours.rounds(),
        };
        for ((what, since, q), all) in JUDGED.into_iter().zip(&mut self.outcomes) {
            let entries = peers.iter().filter(|peer| !peer.is_over_limit);
            let entries: Vec<Entry> = entries.map(|peer| peer.entry(since, q)).collect();
            let (ours, again) = (ours.entry(since, q), again.entry(since, q));
            let noise = paired(&again, &ours);
            let rival = rival(&ours, &again, &entries);
            let ratio = rival.map(|rival| paired(&ours, rival));
            let outcome = ratio.map_or(Outcome::Alone, |ratio| Outcome::of(ratio.median));
            let against = rival.zip(ratio).map_or_else(String::new, |(rival, ratio)| {
                format!("{} of {}'s: ", words(ratio), rival.name)
            });
            println!("  {what}: {against}{outcome}; A/A {}", words(noise));
            sheet.add(of, &format!("{what} A/A median"), noise.median, "");
            sheet.add(of, &format!("{what} A/A min"), noise.min, "");
            sheet.add(of, &format!("{what} A/A max"), noise.max, "");
            if let Some((rival, ratio)) = rival.zip(ratio) {
                sheet.add_word(of, &format!("{what} rival"), rival.name);
                sheet.add(of, &format!("{what} ratio"), ratio.median, "");
                sheet.add(of, &format!("{what} ratio min"), ratio.min, "");
                sheet.add(of, &format!("{what} ratio max"), ratio.max, "");
            }
            sheet.add_word(of, &format!("{what} verdict"), &outcome.to_string());
            all.push(outcome);
        }
        self.judge_tail(ours, peers);
    }

    fn judge_tail(&mut self, ours: &Contender, peers: &[Contender]) {
        let tail = |who: &Contender| supported(&who.pooled(Since::Call), 0.999, BEYOND);
        let mut against = Vec::new();
        for peer in peers.iter().filter(|peer| TAIL_PEERS.contains(&peer.name)) {
            let words = match (tail(ours), tail(peer)) {
                (Some(one), Some(other)) if one.max(other) < TICK_NS => {
                    let entry = |who: &Contender| who.entry(Since::Call, 0.999);
                    let ratio = paired(&entry(ours), &entry(peer));
                    self.tails.push(ratio.median);
                    words(ratio)
                }
                (Some(_), Some(_)) => "not judged, the scheduler's".to_owned(),
                _ => "not judged, too few".to_owned(),
            };
            against.push(format!("{} {words}", peer.name));
        }
        println!("  p99.9 from call, ratios: {}", against.join("; "));
    }

    pub(super) fn print(&self) {
        println!(
            "\nchannel-open: cells in which shorttail is at or below the best peer that burns"
        );
        println!("no more processor time than shorttail there");
        for ((what, ..), all) in JUDGED.into_iter().zip(&self.outcomes) {
            let ok = all.iter().filter(|outcome| outcome.is_ok()).count();
            let near = all
                .iter()
                .filter(|&&outcome| outcome == Outcome::Near)
                .count();
            let above = all.len() - ok - near;
            println!(
                "{what:<18} {ok} of {}, {near} more within 1.25, {above} above that",
                all.len()
            );
        }
        let at_or_below = self.tails.iter().filter(|&&ratio| ratio <= 1.0).count();
        println!(
            "p99.9 from call, of the pairs that can be judged: at or below in {at_or_below} of {}",
            self.tails.len()
        );
    }
}

fn words(ratio: Spread) -> String {
    format!("{:.2} ({:.2} to {:.2})", ratio.median, ratio.min, ratio.max)
}
