//! One connection, its bytes coming at any pace and its caller doing anything in between, against
//! the same bytes read at once by a caller that only reads.

use shorttail::arena::Arena;
use shorttail::http1::{BodyEvent, Connection, Discarded, EndOfInput, HeadErrorKind, Limits};

/// What became of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Its target and its body with trailers, and where it ends among all bytes.
    Whole(String, Vec<u8>, usize),
    /// Its body was dropped; it ends here.
    Dropped(String, usize),
    /// The caller was told to close rather than read on.
    GivenUp,
    /// A refusal, and where among all bytes.
    Refused(String, usize),
    /// The bytes end.
    Ends(EndOfInput),
}

/// What a step adds to reading.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aside {
    Nothing,
    /// Another head is asked for in the middle of a body, and a limit is set that is none.
    Meddle,
    /// The present body is dropped from here on.
    Drop,
    /// The arena is reset, and the limits are asked for.
    Reset,
}

struct Session<'a> {
    connection: Connection,
    arena: Arena,
    bytes: &'a [u8],
    /// Of these, what the caller has.
    seen: usize,
    /// Of these, what is done with.
    done: usize,
    steps: std::slice::Iter<'a, u8>,
    told: Vec<Told>,
}

impl<'a> Session<'a> {
    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.done..self.seen]
    }

    /// More bytes come, at least one; false when there are none.
    fn more(&mut self) -> bool {
        let more = self
            .steps
            .next()
            .map_or(usize::MAX, |step| usize::from(step & 0x3f) + 1);
        let seen = self.seen;
        self.seen = seen.saturating_add(more).min(self.bytes.len());
        self.seen > seen
    }

    fn aside(&self) -> Aside {
        match self.steps.as_slice().first().map_or(0, |step| step >> 6) {
            0 => Aside::Nothing,
            1 => Aside::Meddle,
            2 => Aside::Drop,
            _ => Aside::Reset,
        }
    }

    /// Reads until something ends the connection.
    fn run(mut self) -> Vec<Told> {
        while self.request() {}
        let refusal = self
            .connection
            .parse_head(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &self.arena);
        assert!(refusal.is_err(), "parsed behind the end");
        self.told
    }

    /// One request; false when no other may follow.
    fn request(&mut self) -> bool {
        let target = loop {
            if self.aside() == Aside::Reset {
                self.arena.reset();
            }
            let rest = self.rest();
            let head = self.connection.parse_head(rest, &self.arena);
            match head.map(|head| head.map(|head| (head.head_len(), head.target().to_owned()))) {
                Ok(Some((len, target))) => {
                    assert!(len <= rest.len());
                    self.done += len;
                    break target;
                }
                Ok(None) if self.more() => {}
                Ok(None) => {
                    let end = self.connection.end_of_input(self.rest());
                    self.told.push(Told::Ends(end));
                    return false;
                }
                Err(error) => {
                    let at = self.done + error.offset();
                    self.told
                        .push(Told::Refused(format!("{:?}", error.kind()), at));
                    return false;
                }
            }
        };
        self.arena.reset();
        self.body(target)
    }

    fn body(&mut self, target: String) -> bool {
        let start = self.done;
        let mut body = Vec::new();
        let mut began = false;
        loop {
            if self.aside() == Aside::Drop {
                return self.drop_body(target, start);
            }
            let step = match self.connection.read_body(&self.bytes[self.done..self.seen]) {
                Ok(step) => step,
                Err(error) => {
                    let at = start + error.offset() as usize;
                    self.told
                        .push(Told::Refused(format!("{:?}", error.kind()), at));
                    return false;
                }
            };
            self.done += step.consumed;
            assert!(self.done <= self.seen, "consumed what nobody has");
            began |= step.consumed > 0;
            match step.event {
                BodyEvent::Data(data) => body.extend_from_slice(data),
                BodyEvent::Trailer(field) => {
                    body.extend(
                        field
                            .name
                            .bytes()
                            .chain(*b"=")
                            .chain(field.value.iter().copied()),
                    );
                }
                BodyEvent::End => {
                    self.told.push(Told::Whole(target, body, self.done));
                    return true;
                }
                BodyEvent::More => {
                    let wants = self.connection.take_continue(self.rest());
                    assert!(!(wants && began), "continue is asked of a body that came");
                    if self.aside() == Aside::Meddle {
                        self.meddle();
                    }
                    if !self.more() {
                        let end = self.connection.end_of_input(self.rest());
                        self.told.push(Told::Ends(end));
                        return false;
                    }
                }
            }
        }
    }

    /// Drops the rest of the body that began at `start`.
    fn drop_body(&mut self, target: String, start: usize) -> bool {
        loop {
            match self
                .connection
                .discard_body(&self.bytes[self.done..self.seen])
            {
                Ok(Discarded::Done { consumed }) => {
                    self.done += consumed;
                    self.told.push(Told::Dropped(target, self.done));
                    return true;
                }
                Ok(Discarded::More { consumed }) => {
                    self.done += consumed;
                    if !self.more() {
                        let end = self.connection.end_of_input(self.rest());
                        self.told.push(Told::Ends(end));
                        return false;
                    }
                }
                Ok(Discarded::Close) => {
                    self.told.push(Told::GivenUp);
                    return false;
                }
                Err(error) => {
                    let at = start + error.offset() as usize;
                    self.told
                        .push(Told::Refused(format!("{:?}", error.kind()), at));
                    return false;
                }
            }
        }
    }

    /// In the middle of a body: what a caller may do wrong, and what changes nothing.
    fn meddle(&mut self) {
        assert_eq!(self.connection.limit_body(u64::MAX), Ok(()));
        let head = self.connection.parse_head(self.bytes, &self.arena);
        let kind = head.map(|_| ()).map_err(|error| error.kind());
        assert_eq!(kind, Err(HeadErrorKind::BodyUnread));
    }
}

/// Holds the two readings against each other.
pub(crate) fn check(steps: &[u8], bytes: &[u8]) {
    let limits = Limits::builder().trailers(96).body(512).drain(64);
    let limits = limits.build().expect("limits");
    let run = |connection: Connection, steps: &[u8]| {
        let session = Session {
            connection,
            arena: Arena::new(limits.arena_bytes()).expect("an arena"),
            bytes,
            seen: 0,
            done: 0,
            steps: steps.iter(),
            told: Vec::new(),
        };
        session.run()
    };
    let plain = run(Connection::new(limits), &[]);
    let driven = run(Connection::with_memory(limits, 1024), steps);
    for (at, told) in driven.iter().enumerate() {
        match (told, plain.get(at)) {
            (Told::GivenUp, Some(_)) => return,
            (Told::Dropped(target, end), Some(Told::Whole(other, _, other_end))) => {
                assert_eq!((target, end), (other, other_end));
            }
            (told, other) => assert_eq!(Some(told), other, "request {at}"),
        }
    }
    assert_eq!(driven.len(), plain.len());
}
