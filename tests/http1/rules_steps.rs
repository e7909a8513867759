//! Any bytes under any set of rules: a leniency excuses what it names and nothing else, an added
//! rule refuses what it names and nothing else, and neither the cuts nor the engine matter. For a
//! test and a fuzz target.

use shorttail::http1::{BodyErrorKind, Engine, HeadErrorKind, Lenient, Limits, Strict};

use crate::support::{Verdict, fresh, whole};

/// Each leniency, and the refusals that it takes back.
const LENIENT: [(Lenient, &[HeadErrorKind]); 8] = [
    (Lenient::BareLf, &[HeadErrorKind::LineEnd]),
    (
        Lenient::ManySpaces,
        &[HeadErrorKind::Target, HeadErrorKind::Version],
    ),
    (Lenient::Utf8Target, &[HeadErrorKind::Target]),
    (
        Lenient::EqualLengths,
        &[
            HeadErrorKind::ContentLength,
            HeadErrorKind::ContentLengthRepeated,
        ],
    ),
    (Lenient::ChunkSizeSpace, &[]),
    (Lenient::EmptyHost, &[HeadErrorKind::Host]),
    (Lenient::OtherCodings, &[HeadErrorKind::UnsupportedCoding]),
    (Lenient::OtherExpectations, &[HeadErrorKind::Expectation]),
];

/// Each added rule, and its refusal.
const STRICT: [(Strict, HeadErrorKind); 5] = [
    (Strict::OtherHost, HeadErrorKind::Host),
    (Strict::OddTarget, HeadErrorKind::Target),
    (Strict::Underscore, HeadErrorKind::FieldName),
    (Strict::Repeated, HeadErrorKind::FieldRepeated),
    (Strict::ConnectionOption, HeadErrorKind::ConnectionOption),
];

/// The rules whose bit is set in `lenient` and in `strict`.
fn limits(lenient: u8, strict: u8, engine: Engine) -> Limits {
    let mut builder = Limits::builder().trailers(96).body(512).engine(engine);
    for (bit, (rule, _)) in LENIENT.iter().enumerate() {
        if lenient >> bit & 1 != 0 {
            builder = builder.allow(*rule);
        }
    }
    for (bit, (rule, _)) in STRICT.iter().enumerate() {
        if strict >> bit & 1 != 0 {
            builder = builder.refuse(*rule);
        }
    }
    builder.build().expect("limits")
}

/// `verdict` is one of a refusal that a rule in `lenient` takes back.
fn is_excused(verdict: &Verdict, lenient: u8) -> bool {
    let allowed = LENIENT.iter().enumerate();
    let mut allowed = allowed.filter(|(bit, _)| lenient >> bit & 1 != 0);
    match verdict {
        Verdict::Head(kind, ..) => allowed.any(|(_, (_, kinds))| kinds.contains(kind)),
        Verdict::Body(BodyErrorKind::ChunkExtension, ..) => {
            allowed.any(|(_, (rule, _))| *rule == Lenient::ChunkSizeSpace)
        }
        _ => false,
    }
}

/// `verdict` is one of a refusal that a rule in `strict` adds.
fn is_added(verdict: &Verdict, strict: u8) -> bool {
    let mut rules = STRICT.iter().enumerate();
    let Verdict::Head(kind, ..) = verdict else {
        return false;
    };
    rules.any(|(bit, (_, added))| strict >> bit & 1 != 0 && added == kind)
}

/// Holds `bytes` under the rules of `lenient` and `strict` against fewer of either.
pub(crate) fn run(lenient: u8, strict: u8, step: usize, bytes: &[u8]) {
    let under = |lenient, strict| whole(limits(lenient, strict, Engine::OnePass), bytes);
    let verdict = under(lenient, strict);

    let httparse = limits(lenient, strict, Engine::Httparse);
    assert_eq!(whole(httparse, bytes), verdict, "by httparse");
    for step in [1, step.max(1)] {
        let cuts = &mut (1..bytes.len()).step_by(step);
        let got = fresh(limits(lenient, strict, Engine::OnePass), bytes, cuts);
        assert_eq!(got, verdict, "in steps of {step}");
    }

    let stricter = under(0, strict);
    if stricter != verdict {
        assert!(
            is_excused(&stricter, lenient),
            "{stricter:?} has become {verdict:?}"
        );
    }
    let laxer = under(lenient, 0);
    if laxer != verdict {
        assert!(
            is_added(&verdict, strict),
            "{laxer:?} has become {verdict:?}"
        );
    }
}
