//! Channels, without lanes and with them.

use serde::de::{Deserialize, Deserializer};

use super::{
    Config, Each, Setting, Wrong, fit_some, flag, list, needed, read, told, whole, word, word_of,
};
use crate::channel::{Builder, ConfigError, Lanes, OnFull};

const POLICIES: [(&str, OnFull); 4] = [
    ("wait", OnFull::Wait),
    ("reject", OnFull::Reject),
    ("drop_oldest", OnFull::DropOldest),
    ("shed", OnFull::Shed),
];

/// A [`Builder`] as a file has it.
#[derive(Default)]
struct Plain {
    capacity: Option<usize>,
    patience: Option<u16>,
    on_full: OnFull,
}

impl Config for Plain {
    const NAME: &'static str = "Channel";
    const SETTINGS: &'static [Setting<Self>] = &[
        whole("capacity", |c, n| fit_some(&mut c.capacity, n)),
        whole("patience", |c, n| fit_some(&mut c.patience, n)),
        word("on_full", |c, name| {
            word_of(&mut c.on_full, &POLICIES, name)
        }),
    ];
    type Built = Builder;

    fn initial() -> Self {
        Self::default()
    }

    fn built(self) -> Result<Builder, Wrong> {
        let builder = Builder::new(needed("capacity", self.capacity)?).on_full(self.on_full);
        Ok(told(builder, self.patience, Builder::patience))
    }
}

/// `capacity`, which must be there; `patience`, `on_full` (`wait` if it is not there, `reject`,
/// `drop_oldest`, `shed`). Whether there is memory for it, [`Builder::build`] says.
impl<'de> Deserialize<'de> for Builder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Plain, D>(deserializer)
    }
}

/// A [`Lanes`] as a file has it.
#[derive(Default)]
struct Several {
    capacities: Vec<usize>,
    aging: Option<u32>,
    strict: bool,
    patience: Option<u16>,
    on_full: Vec<OnFull>,
}

impl Config for Several {
    const NAME: &'static str = "Lanes";
    const SETTINGS: &'static [Setting<Self>] = &[
        list(
            "capacities",
            Each::Whole(|c, n| {
                c.capacities.push(n.try_into().ok()?);
                Some(())
            }),
        ),
        whole("aging", |c, n| fit_some(&mut c.aging, n)),
        flag("strict", |c, yes| c.strict = yes),
        whole("patience", |c, n| fit_some(&mut c.patience, n)),
        list(
            "on_full",
            Each::Word(|c, name| {
                let mut policy = OnFull::Wait;
                word_of(&mut policy, &POLICIES, name)?;
                c.on_full.push(policy);
                Some(())
            }),
        ),
    ];
    type Built = Lanes;

    fn initial() -> Self {
        Self::default()
    }

    fn built(self) -> Result<Lanes, Wrong> {
        let lanes = Lanes::new(self.capacities);
        let lanes = match (self.strict, self.aging) {
            (true, Some(_)) => return Err(("aging", "strict lanes age nothing".into())),
            (true, None) => lanes.strict(),
            (false, aging) => told(lanes, aging, Lanes::aging),
        };
        let lanes = told(lanes, self.patience, Lanes::patience);
        let policies = self.on_full.into_iter().enumerate();
        let lanes = policies.fold(lanes, |lanes, (lane, policy)| lanes.on_full(lane, policy));
        match lanes.aged_every() {
            Ok(_) => Ok(lanes),
            Err(error) => Err((lanes_setting(error), error.to_string())),
        }
    }
}

/// Which setting of lanes is wrong.
const fn lanes_setting(error: ConfigError) -> &'static str {
    match error {
        ConfigError::Aging => "aging",
        ConfigError::NoSuchLane { .. } => "on_full",
        _ => "capacities",
    }
}

/// `capacities`, a list with one for each lane, which must be there; `aging` or `strict`,
/// `patience`, and `on_full`, a list of the lanes' policies in their order, as of [`Builder`].
impl<'de> Deserialize<'de> for Lanes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Several, D>(deserializer)
    }
}
