//! Bytes for a reader of what budgets saved: as they are, and with the sum that they should have.
//! The fuzz target `carried` takes the same steps from its input.

use std::time::Duration;

use shorttail::control::{CARRIED_BYTES, Carried, EndpointBudget};

/// FNV-1a (Fowler, Noll and Vo, 1991).
fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

pub(crate) fn run(data: &[u8]) {
    read(data);
    let (target, data) = data.split_at(data.len().min(1));
    let mut bytes = [0; CARRIED_BYTES];
    let kind = EndpointBudget::builder("x").p99(Duration::from_nanos(1));
    let kind = kind.build(0).expect("it has a target").save();
    bytes[..4].copy_from_slice(&kind[..4]);
    for (byte, given) in bytes[4..].iter_mut().zip(data) {
        *byte = *given;
    }
    if target == [0] {
        // Else hardly any are those of a budget.
        bytes[4..12].copy_from_slice(&[0xFF; 8]);
        bytes[12..20].copy_from_slice(&1_u64.to_le_bytes());
    }
    let at = CARRIED_BYTES - 8;
    let sum = sum(&bytes[..at]).to_le_bytes();
    bytes[at..].copy_from_slice(&sum);
    read(&bytes);
}

/// What is read is what was written, and whatever it says a budget goes on from it.
fn read(bytes: &[u8]) {
    let Ok(carried) = Carried::parse(bytes) else {
        return;
    };
    assert_eq!(carried.to_bytes(), bytes);
    for build in [carried.build(), "another"] {
        let budget = EndpointBudget::builder("x")
            .p99(Duration::from_nanos(1))
            .of_build(build)
            .requests_min(16)
            .baseline(carried)
            .build(0)
            .expect("it has a target");
        let compared = budget.compared_with();
        assert!(compared.is_none_or(|it| it.requests() > 0));
        // Five units of start, and three that are carried over.
        for unit in 1..=8 {
            (0..16).for_each(|request| budget.observe(request % 3));
            while budget.tick(unit * 60_000_000_000).is_some() {}
        }
        let later = Carried::parse(&budget.save()).expect("what was saved is read");
        assert!(later.requests() >= 48);
        let mut merged = later;
        merged.merge(&later).expect("it is of one build");
        let again = Carried::parse(&merged.to_bytes()).expect("what was merged is read");
        assert_eq!(again, merged);
        assert_eq!(merged.requests(), later.requests().saturating_add(48));
    }
}
