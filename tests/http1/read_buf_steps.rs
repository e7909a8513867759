//! One connection read into a pooled buffer, at any pace, its heads dropped, kept where they were
//! read, or owned; against the same bytes read at once. For a test and a fuzz target.

use shorttail::arena::Arena;
use shorttail::http1::{
    BodyEvent, Connection, FillError, FrozenHead, Head, Limits, OwnedHead, ReadBuf,
};
use shorttail::pool::BufferPool;

use crate::support::{Facts, Verdict, request as read_at_once, spell_field};

/// More requests than any input of a fuzz target holds.
const REQUESTS: usize = 24;

fn limits() -> Limits {
    let limits = Limits::builder().fields(16).target(64).line(160).head(320);
    let limits = limits.trailers(96).body(512).build();
    limits.expect("limits")
}

/// A head that is looked at again after the buffer went on.
enum Kept<'t> {
    Frozen(FrozenHead<'t>),
    Owned(OwnedHead),
}

impl Kept<'_> {
    fn as_head(&self) -> Head<'_> {
        match self {
            Self::Frozen(head) => head.as_head(),
            Self::Owned(head) => head.as_head(),
        }
    }
}

struct Reading<'a, 't> {
    connection: Connection,
    /// Where `input` reads to. Two slots of each class: a head that is kept is in one.
    slots: BufferPool,
    input: ReadBuf,
    /// Where heads are owned: one of them.
    heads: BufferPool,
    bytes: &'a [u8],
    /// Of these, what was read, and what is done with.
    seen: usize,
    done: usize,
    steps: std::slice::Iter<'a, u8>,
    kept: Vec<(Kept<'t>, Facts)>,
}

impl<'t> Reading<'_, 't> {
    /// What is unread is there, each kept head is as it was, and no slot is held for nothing.
    fn look(&self) {
        assert_eq!(&self.input[..], &self.bytes[self.done..self.seen]);
        for (head, facts) in &self.kept {
            assert_eq!(Facts::of(&head.as_head()), *facts);
        }
        let frozen = self.kept.iter();
        let frozen = frozen.filter(|(head, _)| matches!(head, Kept::Frozen(_)));
        assert!(self.slots.outstanding() <= frozen.count() + 1);
    }

    /// More bytes come, at least one; false when there are none.
    fn more(&mut self) -> bool {
        let step = self.steps.next().copied().unwrap_or(0x1f);
        if step & 0x80 != 0 {
            self.input.release_unused();
        }
        if step & 0x40 != 0 && !self.kept.is_empty() {
            self.kept.remove(0);
        }
        let rest = &self.bytes[self.seen..];
        let count = usize::from(step & 0x3f) + 1;
        let socket = &rest[..count.min(rest.len())];
        loop {
            match self.input.read_from(&mut &socket[..]) {
                Ok(read) => {
                    self.seen += read;
                    self.look();
                    return read > 0;
                }
                Err(FillError::NoRoom(_)) => {
                    self.look();
                    assert!(!self.kept.is_empty(), "no room, and no head is kept");
                    self.kept.remove(0);
                }
                Err(error) => panic!("{error:?}"),
            }
        }
    }

    fn keep(&mut self, head: FrozenHead<'t>, facts: &Facts) {
        let kept = match self.steps.next().map_or(0, |step| step & 3) {
            0 => return,
            1 => Kept::Frozen(head),
            2 => Kept::Frozen(head.clone()),
            _ => match head.as_head().to_owned_in(&self.heads) {
                Ok(owned) => Kept::Owned(owned),
                Err(_) => Kept::Frozen(head),
            },
        };
        self.kept.push((kept, facts.clone()));
    }

    fn request(&mut self, arena: &'t Arena) -> Verdict {
        let head = loop {
            match self.input.parse_head(&mut self.connection, arena) {
                Err(e) => return Verdict::Head(e.kind(), e.offset(), e.status()),
                Ok(Some(head)) => break head,
                Ok(None) if self.more() => {}
                Ok(None) => return Verdict::PartialHead,
            }
        };
        let mut facts = Facts::of(&head.as_head());
        self.done += facts.head_len;
        self.keep(head, &facts);
        self.look();
        loop {
            let step = match self.connection.read_body(&self.input) {
                Err(e) => return Verdict::Body(e.kind(), e.offset(), e.status()),
                Ok(step) => step,
            };
            let (end, more) = (step.event == BodyEvent::End, step.event == BodyEvent::More);
            match step.event {
                BodyEvent::Data(data) => facts.body.extend_from_slice(data),
                BodyEvent::Trailer(field) => facts.trailers += &spell_field(field),
                BodyEvent::More | BodyEvent::End => {}
            }
            let consumed = step.consumed;
            self.input.consume(consumed);
            self.done += consumed;
            facts.consumed += consumed;
            self.look();
            if end {
                return Verdict::Accepted(facts);
            }
            if more && !self.more() {
                return Verdict::PartialBody;
            }
        }
    }
}

/// Reads `bytes` as `steps` say, and at once, until one of their requests is no good.
pub(crate) fn run(steps: &[u8], bytes: &[u8]) {
    let arena = || Arena::new(limits().arena_bytes()).expect("an arena");
    let arenas: Vec<Arena> = (0..REQUESTS).map(|_| arena()).collect();
    let slots = BufferPool::builder()
        .class(24, 2)
        .class(96, 2)
        .class(limits().read_bytes(), 2)
        .build();
    let slots = slots.expect("a pool");
    let heads = BufferPool::builder().class(limits().owned_bytes(), 1);
    let heads = heads.build().expect("a pool");
    let mut reading = Reading {
        connection: Connection::new(limits()),
        input: ReadBuf::new(&slots, 24),
        slots: slots.clone(),
        heads: heads.clone(),
        bytes,
        seen: 0,
        done: 0,
        steps: steps.iter(),
        kept: Vec::new(),
    };
    let (mut connection, mut other, mut at) = (Connection::new(limits()), arena(), 0);
    for arena in &arenas {
        let rest = &bytes[at..];
        let want = read_at_once(&mut connection, &other, rest, &mut [rest.len()].into_iter());
        other.reset();
        assert_eq!(reading.request(arena), want, "from byte {at}");
        let Verdict::Accepted(facts) = want else {
            break;
        };
        at += facts.consumed;
        assert_eq!(reading.done, at);
    }
    reading.look();
    drop(reading);
    assert_eq!((slots.outstanding(), heads.outstanding()), (0, 0));
}
