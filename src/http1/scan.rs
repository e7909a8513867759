//! The strict scanner: one byte after another, at its ease, to the exact offending byte.
//!
//! It carries a head that arrives in pieces to its terminator, and names the byte when the
//! engine refused a head. It keeps counters and no slices, so it resumes anywhere.

use super::error::{HeadError, HeadErrorKind as Kind};
use super::grammar::{TARGET, TCHAR, VALUE, is, long_run};
use super::limits::{Limits, METHOD_BYTES};
use super::rules::Lenient;

/// Empty lines skipped before a request line.
const BLANK_LINES_MAX: u8 = 2;

/// Bytes of a read that are looked at one by one, in hope that none of them ends anything.
const FEW: usize = 16;

/// Where a scan stands after the bytes it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// The head goes on.
    More,
    /// The head is all there.
    Done(Scanned),
}

/// A head that was scanned to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scanned {
    /// Where its method begins.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    pub(super) fields: u16,
    pub(super) minor: u8,
}

/// A resumable scan of one request head.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanner {
    /// Bytes examined.
    pos: usize,
    /// Where the method begins.
    start: usize,
    state: State,
    /// Bytes of the current element.
    run: usize,
    blank_lines: u8,
    major: u8,
    minor: u8,
    fields: FieldScan,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Blank,
    BlankLf,
    Method,
    TargetStart,
    Target,
    Version,
    VersionEnd,
    VersionLf,
    Fields,
}

impl Scanner {
    pub(super) const fn new() -> Self {
        Self {
            pos: 0,
            start: 0,
            state: State::Blank,
            run: 0,
            blank_lines: 0,
            major: 0,
            minor: 0,
            fields: FieldScan::new(),
        }
    }

    /// Bytes examined so far.
    pub(super) const fn pos(&self) -> usize {
        self.pos
    }

    /// Goes on at the field line that begins at `line`, behind `before` field lines, of a head
    /// whose method begins at `start`. An engine has found all before that line good.
    pub(super) fn resume(&mut self, start: usize, before: u16, line: usize) {
        *self = Self {
            pos: line,
            start,
            state: State::Fields,
            major: 1,
            minor: 1, // or 0, of which an engine makes the same
            fields: FieldScan {
                count: before,
                ..FieldScan::new()
            },
            ..Self::new()
        };
    }

    /// Passes over what `bytes` holds beyond the bytes seen before, and adds their number to
    /// `examined`, if that is little and cannot end the present element; else does nothing.
    #[inline]
    pub(super) fn pass_over(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
        examined: &mut usize,
    ) -> bool {
        let new = bytes.get(self.pos..).unwrap_or_default();
        if !(1..=FEW).contains(&new.len()) || bytes.len() > limits.head {
            return false;
        }
        let goes_on = match self.state {
            State::Fields => self.fields.pass_over(new, limits),
            State::Target if self.run + new.len() <= limits.target && all(new, TARGET) => {
                self.run += new.len();
                true
            }
            _ => false,
        };
        if goes_on {
            self.pos += new.len();
            *examined += new.len();
        }
        goes_on
    }

    /// Examines what `bytes`, the whole head so far, holds beyond the bytes seen before, and
    /// adds their number to `examined`.
    pub(super) fn advance(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
        examined: &mut usize,
    ) -> Result<Scan, HeadError> {
        if bytes.len() < self.pos {
            // Not the buffer of the call before: start again rather than trust the counters.
            *self = Self::new();
        }
        let from = self.pos;
        let scan = self.scan(bytes, limits);
        // A target that is no UTF-8 is named by a byte that an earlier call may have seen.
        *examined += self.pos.saturating_sub(from);
        scan
    }

    fn scan(&mut self, bytes: &[u8], limits: &Limits) -> Result<Scan, HeadError> {
        let window = &bytes[..bytes.len().min(limits.head)];
        loop {
            self.skip(window, limits);
            let Some(&byte) = window.get(self.pos) else {
                break;
            };
            if self.state == State::Fields {
                let done = self
                    .fields
                    .step(byte, limits, limits.rules.allow(Lenient::BareLf))
                    .map_err(|kind| self.error(kind))?;
                self.pos += 1;
                if done {
                    return Ok(Scan::Done(Scanned {
                        start: self.start,
                        end: self.pos,
                        fields: self.fields.count,
                        minor: self.minor,
                    }));
                }
            } else {
                self.start_line(byte, bytes, limits)
                    .map_err(|kind| self.start_error(kind, bytes))?;
                self.pos += 1;
            }
        }
        if bytes.len() > limits.head {
            return Err(self.error(Kind::HeadTooLarge));
        }
        Ok(Scan::More)
    }

    /// Passes over bytes that cannot end the present element.
    fn skip(&mut self, window: &[u8], limits: &Limits) {
        let rest = &window[self.pos..];
        self.pos += match self.state {
            State::Fields => self.fields.skip(rest, limits),
            State::Target => {
                let room = limits.target - self.run;
                let skipped = long_run(&rest[..rest.len().min(room)], TARGET);
                self.run += skipped;
                skipped
            }
            _ => 0,
        };
    }

    /// Takes one byte of a request line, or of the empty lines before it.
    fn start_line(&mut self, byte: u8, bytes: &[u8], limits: &Limits) -> Result<(), Kind> {
        let bare_lf = limits.rules.allow(Lenient::BareLf);
        let many_spaces = limits.rules.allow(Lenient::ManySpaces);
        match (self.state, byte) {
            (State::Blank, b'\r') if self.blank_lines < BLANK_LINES_MAX => {
                self.enter(State::BlankLf);
            }
            (State::Blank, b'\r' | b'\n') => return Err(Kind::BlankLines),
            (State::BlankLf, b'\n') => {
                self.blank_lines += 1;
                self.enter(State::Blank);
            }
            (State::BlankLf, _) => return Err(Kind::LineEnd),
            (State::Blank, _) if is(byte, TCHAR) => {
                self.enter(State::Method);
                self.start = self.pos;
                self.run = 1;
            }
            (State::Method, b' ') => self.enter(State::TargetStart),
            (State::Method, _) if is(byte, TCHAR) => {
                self.run += 1;
                if self.run > METHOD_BYTES {
                    return Err(Kind::MethodTooLong);
                }
            }
            (State::Blank | State::Method, _) => return Err(Kind::Method),
            (State::TargetStart, b' ') if many_spaces => self.space(limits)?,
            (State::TargetStart, _) if in_target(byte, limits) => {
                self.enter(State::Target);
                self.run = 1;
            }
            (State::Target, b' ') => {
                self.target_is_text(bytes)?;
                self.enter(State::Version);
            }
            (State::Target, _) if in_target(byte, limits) => {
                self.run += 1;
                if self.run > limits.target {
                    return Err(Kind::TargetTooLong);
                }
            }
            (State::TargetStart | State::Target, _) => return Err(Kind::Target),
            (State::Version, b' ') if many_spaces && self.run == 0 => self.space(limits)?,
            (State::Version, _) => self.version(byte)?,
            (State::VersionEnd, b'\r') => self.enter(State::VersionLf),
            (State::VersionLf, b'\n') => self.enter(State::Fields),
            (State::VersionEnd, b'\n') if bare_lf => self.enter(State::Fields),
            (State::VersionEnd, b'\n') | (State::VersionLf, _) => return Err(Kind::LineEnd),
            (State::VersionEnd, _) => return Err(Kind::Version),
            (State::Fields, _) => {}
        }
        Ok(())
    }

    /// One space more than there should be: they are within the line's limit.
    fn space(&self, limits: &Limits) -> Result<(), Kind> {
        match self.pos - self.start < limits.line {
            true => Ok(()),
            false => Err(Kind::LineTooLong),
        }
    }

    /// A whole target, which ends before the present byte, is UTF-8: it need not be ASCII.
    fn target_is_text(&mut self, bytes: &[u8]) -> Result<(), Kind> {
        let start = self.pos - self.run;
        std::str::from_utf8(&bytes[start..self.pos])
            .map(|_| ())
            .map_err(|error| {
                self.pos = start + error.valid_up_to();
                Kind::Target
            })
    }

    fn version(&mut self, byte: u8) -> Result<(), Kind> {
        match (self.run, byte) {
            (0..=4, _) if byte == b"HTTP/"[self.run] => {}
            (5, b'0'..=b'9') => self.major = byte - b'0',
            (6, b'.') => {}
            (7, b'0'..=b'9') => {
                self.minor = byte - b'0';
                if self.major != 1 {
                    return Err(Kind::UnsupportedVersion);
                }
                self.enter(State::VersionEnd);
            }
            _ => return Err(Kind::Version),
        }
        self.run += 1;
        Ok(())
    }

    const fn enter(&mut self, state: State) {
        self.state = state;
        self.run = 0;
    }

    const fn error(&self, kind: Kind) -> HeadError {
        HeadError::new(kind, self.pos)
    }

    /// An error of the request line. A foreign version is told from the preface of HTTP/2.
    #[cold]
    fn start_error(&self, kind: Kind, bytes: &[u8]) -> HeadError {
        const PREFACE: &[u8] = b"PRI * HTTP/2.0";
        let preface = kind == Kind::UnsupportedVersion && bytes[..=self.pos].ends_with(PREFACE);
        if preface && self.start == self.pos + 1 - PREFACE.len() {
            return HeadError::new(Kind::Http2Preface, self.start);
        }
        self.error(kind)
    }
}

/// Whether a few bytes are all of `class`.
#[inline]
fn all(bytes: &[u8], class: u8) -> bool {
    bytes.iter().all(|&byte| is(byte, class))
}

/// Whether `byte` may stand in a target.
fn in_target(byte: u8, limits: &Limits) -> bool {
    is(byte, TARGET) || byte >= 0x80 && limits.rules.allow(Lenient::Utf8Target)
}

/// A resumable scan of field lines up to the empty line: of a head, of trailers, or of a part.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldScan {
    state: FieldState,
    /// Bytes of the current line, its CRLF not counted.
    line: usize,
    count: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FieldState {
    LineStart,
    Name,
    Value,
    ValueLf,
    EndLf,
}

impl FieldScan {
    pub(super) const fn new() -> Self {
        Self {
            state: FieldState::LineStart,
            line: 0,
            count: 0,
        }
    }

    /// Whether the next byte belongs to a field name.
    pub(super) fn in_name(&self) -> bool {
        matches!(self.state, FieldState::LineStart | FieldState::Name)
    }

    /// Passes over the front of `bytes` that cannot end the present element.
    pub(super) fn skip(&mut self, bytes: &[u8], limits: &Limits) -> usize {
        let Some(class) = self.class() else {
            return 0;
        };
        let room = limits.line - self.line;
        let skipped = long_run(&bytes[..bytes.len().min(room)], class);
        self.line += skipped;
        skipped
    }

    /// Passes over all of `bytes` if none of them can end the present element.
    #[inline]
    fn pass_over(&mut self, bytes: &[u8], limits: &Limits) -> bool {
        let goes_on = self
            .class()
            .is_some_and(|class| self.line + bytes.len() <= limits.line && all(bytes, class));
        if goes_on {
            self.line += bytes.len();
        }
        goes_on
    }

    /// The bytes that cannot end the present element.
    #[inline]
    fn class(&self) -> Option<u8> {
        match self.state {
            FieldState::Name => Some(TCHAR),
            FieldState::Value => Some(VALUE),
            _ => None,
        }
    }

    /// Takes one byte; true when it was the last of the section. A line may end in LF alone if
    /// `bare_lf`.
    pub(super) fn step(&mut self, byte: u8, limits: &Limits, bare_lf: bool) -> Result<bool, Kind> {
        match (self.state, byte) {
            (FieldState::LineStart, b'\r') => self.state = FieldState::EndLf,
            (FieldState::LineStart, b' ' | b'\t') => return Err(Kind::Fold),
            (FieldState::LineStart, b'\n') if bare_lf => return Ok(true),
            (FieldState::LineStart, b'\n') => return Err(Kind::LineEnd),
            (FieldState::LineStart, _) if is(byte, TCHAR) => {
                if self.count == limits.fields {
                    return Err(Kind::TooManyFields);
                }
                self.count += 1;
                self.line = 1;
                self.state = FieldState::Name;
            }
            (FieldState::Name, b':') => {
                self.lengthen(limits)?;
                self.state = FieldState::Value;
            }
            (FieldState::Name, _) if is(byte, TCHAR) => self.lengthen(limits)?,
            (FieldState::LineStart | FieldState::Name, _) => return Err(Kind::FieldName),
            (FieldState::Value, b'\r') => self.state = FieldState::ValueLf,
            (FieldState::Value, b'\n') if bare_lf => self.state = FieldState::LineStart,
            (FieldState::Value, b'\n') => return Err(Kind::LineEnd),
            (FieldState::Value, _) if is(byte, VALUE) => self.lengthen(limits)?,
            (FieldState::Value, _) => return Err(Kind::FieldValue),
            (FieldState::ValueLf, b'\n') => self.state = FieldState::LineStart,
            (FieldState::EndLf, b'\n') => return Ok(true),
            (FieldState::ValueLf | FieldState::EndLf, _) => return Err(Kind::LineEnd),
        }
        Ok(false)
    }

    fn lengthen(&mut self, limits: &Limits) -> Result<(), Kind> {
        if self.line == limits.line {
            return Err(Kind::LineTooLong);
        }
        self.line += 1;
        Ok(())
    }
}
