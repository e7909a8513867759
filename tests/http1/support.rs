//! Runs bytes through a connection at any cut, and tells what came of it.

use shorttail::arena::{Arena, ArenaPool};
use shorttail::http1::{
    BodyErrorKind, BodyEvent, Connection, Framing, Head, HeadErrorKind, Header, Known, Limits,
};

/// What became of one request: the end of the story of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Head and body accepted.
    Accepted(Facts),
    /// Head refused: kind, offset, status.
    Head(HeadErrorKind, usize, u16),
    /// Body refused: kind, offset, status.
    Body(BodyErrorKind, u64, u16),
    /// The bytes end inside the head.
    PartialHead,
    /// The bytes end inside the body.
    PartialBody,
}

/// What was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) head: String,
    pub(crate) framing: Framing,
    pub(crate) keep_alive: bool,
    pub(crate) expects_continue: bool,
    pub(crate) upgrade: bool,
    /// The flag of R12: the target holds what a URI has to escape.
    pub(crate) odd_target: bool,
    /// The flag of H13: the known names that stand on several lines, in the order of the first.
    pub(crate) repeated: Vec<&'static str>,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: String,
    /// Bytes of the whole request, head and body.
    pub(crate) consumed: usize,
    pub(crate) head_len: usize,
}

impl Facts {
    /// Those of a head whose body has not been read.
    pub(crate) fn of(head: &Head<'_>) -> Self {
        let known = head.headers();
        let known = known.filter_map(|field| Known::classify(field.name.as_bytes()));
        let mut repeated = Vec::new();
        for name in known.filter(|name| head.is_repeated(*name)) {
            if !repeated.contains(&name.as_str()) {
                repeated.push(name.as_str());
            }
        }
        Self {
            head: spell(head),
            framing: head.framing(),
            keep_alive: head.keep_alive(),
            expects_continue: head.expects_continue(),
            upgrade: head.upgrade().is_some(),
            odd_target: !head.is_plain_target(),
            repeated,
            body: Vec::new(),
            trailers: String::new(),
            consumed: head.head_len(),
            head_len: head.head_len(),
        }
    }
}

/// A view of everything in a head that must not depend on how it arrived.
pub(crate) fn spell(head: &Head<'_>) -> String {
    let mut text = format!("{} {} {:?}", head.method(), head.target(), head.version());
    for header in head.headers() {
        text += &spell_field(header);
    }
    text
}

pub(crate) fn spell_field(field: Header<'_>) -> String {
    format!("|{}={}", field.name, field.value.escape_ascii())
}

/// A connection under `limits` and an arena that suffices for them.
pub(crate) fn bench(limits: Limits) -> (Connection, ArenaPool) {
    let arenas = ArenaPool::new(1, limits.arena_bytes()).expect("arenas");
    (Connection::new(limits), arenas)
}

/// Feeds `bytes`, whose visible front grows as `cuts` says, through one request.
///
/// Each head is parsed in at most three passes, or this panics.
pub(crate) fn request(
    connection: &mut Connection,
    arena: &Arena,
    bytes: &[u8],
    cuts: &mut dyn Iterator<Item = usize>,
) -> Verdict {
    let mut seen = cuts.next().unwrap_or(bytes.len());
    let mut facts = loop {
        let outcome = connection.parse_head(&bytes[..seen], arena);
        assert!(
            connection.head_passes() <= 3,
            "{} passes",
            connection.head_passes()
        );
        match outcome {
            Err(e) => return Verdict::Head(e.kind(), e.offset(), e.status()),
            Ok(Some(head)) => break Facts::of(&head),
            Ok(None) if seen == bytes.len() => return Verdict::PartialHead,
            Ok(None) => seen = cuts.next().unwrap_or(bytes.len()),
        }
    };
    loop {
        match connection.read_body(&bytes[facts.consumed..seen]) {
            Err(e) => return Verdict::Body(e.kind(), e.offset(), e.status()),
            Ok(step) => {
                facts.consumed += step.consumed;
                match step.event {
                    BodyEvent::Data(data) => facts.body.extend_from_slice(data),
                    BodyEvent::Trailer(field) => {
                        facts.trailers += &spell_field(field);
                    }
                    BodyEvent::End => return Verdict::Accepted(facts),
                    BodyEvent::More if seen == bytes.len() => return Verdict::PartialBody,
                    BodyEvent::More => seen = cuts.next().unwrap_or(bytes.len()),
                }
            }
        }
    }
}

/// One request on a connection of its own, seen at the given cuts.
pub(crate) fn fresh(
    limits: Limits,
    bytes: &[u8],
    cuts: &mut dyn Iterator<Item = usize>,
) -> Verdict {
    let (mut connection, arenas) = bench(limits);
    let arena = arenas.try_acquire().expect("an arena");
    request(&mut connection, &arena, bytes, cuts)
}

/// One request that arrives in one read.
pub(crate) fn whole(limits: Limits, bytes: &[u8]) -> Verdict {
    fresh(limits, bytes, &mut [bytes.len()].into_iter())
}
