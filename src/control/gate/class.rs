//! Whose request it is: how much of the limit it may count on.

/// Cohorts of a tier, from the first to be shed to the last.
const COHORTS: u32 = 128;

/// Parts that a limit is divided into for shares: eight times the highest limit, so that a share of
/// it that is a whole number is that number.
const PARTS: u32 = 1 << 16;

/// How much depends on a request.
///
/// # Examples
/// ```
/// use shorttail::control::Tier;
/// assert!(Tier::Critical < Tier::Sheddable); // as they are served
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// A user waits for it: sheds last.
    Critical,
    /// Ordinary work.
    Normal,
    /// Work that can come again, such as a batch's: sheds first.
    Sheddable,
}

impl Tier {
    /// Every tier, in the order in which they are served.
    ///
    /// # Examples
    /// One gauge a tier, made where the service starts:
    /// ```
    /// use shorttail::control::Tier;
    /// let names = Tier::ALL.map(|tier| format!("refused_{tier:?}"));
    /// assert_eq!(names[0], "refused_Critical");
    /// ```
    pub const ALL: [Self; 3] = [Self::Critical, Self::Normal, Self::Sheddable];
}

/// A tier, and within it a cohort that is shed or served as one. Two bytes; its methods are
/// arithmetic.
///
/// # Examples
/// ```
/// use shorttail::control::{Class, Tier};
///
/// let user = 0x5EED_u64; // a hash of the user's name
/// assert_eq!(Class::NORMAL.sticky(user), Class::NORMAL.sticky(user));
/// assert_eq!(Class::NORMAL.sticky(user).tier(), Tier::Normal);
/// assert_eq!(Class::of(Tier::Critical), Class::CRITICAL);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Class {
    tier: Tier,
    /// Below [`COHORTS`].
    cohort: u8,
}

impl Class {
    /// [`Tier::Critical`], of no cohort; for an example see [`Class`].
    pub const CRITICAL: Self = Self::of(Tier::Critical);
    /// [`Tier::Normal`], of no cohort; for an example see [`Class`].
    pub const NORMAL: Self = Self::of(Tier::Normal);
    /// [`Tier::Sheddable`], of no cohort; for an example see [`GateStats`](super::GateStats).
    pub const SHEDDABLE: Self = Self::of(Tier::Sheddable);

    /// The tier's own class, which sheds after all cohorts of the tier; for an example see
    /// [`Class`].
    #[must_use]
    pub const fn of(tier: Tier) -> Self {
        let cohort = (COHORTS - 1) as u8;
        Self { tier, cohort }
    }

    /// The cohort that `key` falls into, one of 128.
    ///
    /// While a tier is shed in part, a cohort is refused again and again and another is served
    /// again and again: some users get all of their page, where a draw for each request would give
    /// every user half of it. Take a hash of the user's or session's name, and mix the hour into
    /// it so that it is not the same users every day. For an example see [`Class`].
    #[must_use]
    pub const fn sticky(self, key: u64) -> Self {
        let spread = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 57;
        let cohort = spread as u8;
        Self { cohort, ..self }
    }

    /// How much depends on it; for an example see [`Class`].
    #[must_use]
    pub const fn tier(self) -> Tier {
        self.tier
    }
}

/// Which share of the limit each class may fill, in [`PARTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shares {
    /// Of the tier's first and, behind it, last cohort.
    spans: [(u32, u32); 3],
}

impl Shares {
    /// `None` unless 1 ≥ `normal` ≥ `sheddable` > 0.
    pub(super) fn new(normal: f64, sheddable: f64) -> Option<Self> {
        if !(sheddable > 0.0 && sheddable <= normal && normal <= 1.0) {
            return None;
        }
        let parts = |share: f64| (share * f64::from(PARTS)).ceil() as u32;
        let (normal, sheddable) = (parts(normal), parts(sheddable));
        Some(Self {
            spans: [
                (normal, PARTS),
                (sheddable, normal),
                (sheddable / 2, sheddable),
            ],
        })
    }

    /// How many there may be, of `limit`, for one more of this class to come.
    #[inline]
    pub(super) fn room(&self, class: Class, limit: u32) -> u32 {
        let (first, last) = self.spans[class.tier as usize];
        let share = first + (((last - first) * (u32::from(class.cohort) + 1)) / COHORTS);
        part(limit, share)
    }

    /// As [`room`](Self::room), of the whole tier.
    #[inline]
    pub(super) fn room_of(&self, tier: Tier, limit: u32) -> u32 {
        part(limit, self.spans[tier as usize].1)
    }
}

/// At least one: a gate that is empty lets everyone in.
#[inline]
fn part(limit: u32, share: u32) -> u32 {
    (limit * share / PARTS).max(1)
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_cohort_has_no_less_room_than_the_one_before_and_a_tier_than_the_one_below() {
        let shares = Shares::new(0.9, 0.7).unwrap();
        let class = |tier, cohort| Class { tier, cohort };
        for limit in [1, 7, 100, 8_191] {
            for tier in Tier::ALL {
                let rooms = (0..128).map(|cohort| shares.room(class(tier, cohort), limit));
                assert!(rooms.clone().is_sorted());
                assert_eq!(rooms.max(), Some(shares.room_of(tier, limit)));
            }
            let tops = Tier::ALL.map(|tier| shares.room_of(tier, limit));
            assert!(tops.is_sorted_by(|high, low| high >= low) && tops[0] == limit);
            assert!(shares.room(class(Tier::Normal, 0), limit) >= tops[2]);
        }
    }

    #[test]
    fn keys_spread_over_the_cohorts() {
        let mut hits = [0_u32; 128];
        for key in 0..12_800 {
            hits[usize::from(Class::NORMAL.sticky(key).cohort)] += 1;
        }
        assert!(hits.iter().all(|hit| (50..=150).contains(hit)), "{hits:?}");
    }
}
