//! What is put into one lent arena, step by step, beside its model: values, slices, texts, boxes,
//! vectors. All of it stays as it was put in; what is given back is given back in both.

use std::rc::Rc;

use shorttail::arena::{Arena, ArenaBox, ArenaFull, ArenaString, ArenaVec};

use crate::model::{Held, Room};

/// A value that has to be dropped, and is counted while it lives.
struct Counted(u64, #[allow(dead_code, reason = "counts")] Rc<()>);

const COUNTED: (usize, usize) = (size_of::<Counted>(), align_of::<Counted>());

#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([u8; 64]);

/// A collection, what it must hold, and its room.
type Grows<C, M> = (C, M, Room);

pub(crate) struct Session<'a> {
    arena: &'a Arena,
    held: &'a mut Held,
    wipe: bool,
    alive: &'a Rc<()>,
    slices: Vec<(&'a mut [u8], Vec<u8>)>,
    words: Vec<(&'a mut u64, u64)>,
    lines: Vec<(&'a mut Line, u8)>,
    boxes: Vec<(ArenaBox<'a, Counted>, u64, Room)>,
    bytes: Grows<ArenaVec<'a, u8>, Vec<u8>>,
    items: Grows<ArenaVec<'a, Counted>, Vec<u64>>,
    text: Grows<ArenaString<'a>, String>,
    next: u64,
}

impl<'a> Session<'a> {
    pub(crate) fn new(arena: &'a Arena, held: &'a mut Held, wipe: bool, alive: &'a Rc<()>) -> Self {
        Self {
            arena,
            held,
            wipe,
            alive,
            slices: Vec::new(),
            words: Vec::new(),
            lines: Vec::new(),
            boxes: Vec::new(),
            bytes: (ArenaVec::new(arena), Vec::new(), Room::default()),
            items: (ArenaVec::new(arena), Vec::new(), Room::default()),
            text: (ArenaString::new(arena), String::new(), Room::default()),
            next: 0,
        }
    }

    /// Takes steps until one of them is the last.
    pub(crate) fn run(mut self, steps: &mut dyn Iterator<Item = (u8, usize)>) {
        for (step, arg) in steps {
            match step % 19 {
                0 => self.word(),
                1..=3 => self.slice(step, arg),
                4 => self.line(arg as u8),
                5 => self.uninit(arg),
                6 | 7 => self.boxed(),
                8 => self.unbox(arg),
                9 | 10 => self.push_byte(arg as u8),
                11 => self.extend_bytes(arg),
                12 => self.reserve_or_cut(arg),
                13 | 14 => self.push_item(),
                15 => self.cut_items(arg),
                16 => self.push_text(arg),
                17 => self.finish(arg),
                _ if arg < 64 => break,
                _ => self.rest(arg),
            }
            self.agree();
        }
        self.drop_all();
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    /// What one call says, beside what the model says of `bytes` at most wanted.
    fn same<T>(&self, said: Result<T, ArenaFull>, model: Option<Room>, bytes: usize) -> Option<T> {
        assert_eq!(said.is_ok(), model.is_some(), "{bytes} bytes");
        said.inspect_err(|full| {
            let expected = (bytes, self.held.remaining());
            assert_eq!((full.requested, full.remaining), expected);
        })
        .ok()
    }

    fn word(&mut self) {
        let number = self.number();
        let room = self.held.take(1, 8, align_of::<u64>());
        if let Some(word) = self.same(self.arena.try_alloc(number), room, 8) {
            self.wrote(room, 8);
            self.words.push((word, number));
        }
    }

    fn wrote(&mut self, room: Option<Room>, len: usize) {
        self.held.wrote(&room.unwrap_or_default(), len);
    }

    fn slice(&mut self, way: u8, arg: usize) {
        let text = "a secret of one request, long as it may be ".repeat(6);
        let model: Vec<u8> = text.bytes().take(arg).collect();
        let room = self.held.take(arg, 1, 1);
        let arena = self.arena;
        let said = match way % 3 {
            0 => arena.try_alloc_slice_copy(&model),
            1 => arena.try_alloc_slice_fill_with(arg, |index| model[index]),
            _ => match arena.try_alloc_str(&text[..arg]) {
                // SAFETY: it is read, and never written to.
                Ok(text) => Ok(unsafe { text.as_bytes_mut() }),
                Err(full) => Err(full),
            },
        };
        if let Some(slice) = self.same(said, room, arg) {
            self.wrote(room, arg);
            self.slices.push((slice, model));
        }
    }

    fn line(&mut self, byte: u8) {
        let room = self.held.take(1, 64, 64);
        if let Some(line) = self.same(self.arena.try_alloc(Line([byte; 64])), room, 64) {
            assert!(std::ptr::from_ref(line).is_aligned());
            self.wrote(room, 64);
            self.lines.push((line, byte));
        }
    }

    /// Room that is looked at before it is written: there is nothing of before, if that is wiped.
    fn uninit(&mut self, len: usize) {
        let room = self.held.take(len, 1, 1);
        let said = self.arena.try_alloc_uninit_slice::<u8>(len);
        let Some(bytes) = self.same(said, room, len) else {
            return;
        };
        let written = self.held.written(&room.unwrap_or_default());
        for (byte, _) in bytes.iter().zip(written).filter(|it| self.wipe && *it.1) {
            // SAFETY: it was written, as the model knows, in this block.
            assert_eq!(unsafe { byte.assume_init() }, 0, "left behind");
        }
        let model: Vec<u8> = (0..len).map(|index| index as u8 | 1).collect();
        for (byte, it) in bytes.iter_mut().zip(&model) {
            byte.write(*it);
        }
        self.wrote(room, len);
    }

    fn boxed(&mut self) {
        let number = self.number();
        let room = self.held.take(1, COUNTED.0, COUNTED.1);
        let counted = Counted(number, Rc::clone(self.alive));
        match ArenaBox::try_new(self.arena, counted) {
            Ok(boxed) => self.boxes.push((boxed, number, room.expect("it fits"))),
            Err(back) => {
                self.same::<()>(Err(back.full), room, COUNTED.0);
                assert_eq!(back.into_inner().0, number);
            }
        }
    }

    fn unbox(&mut self, arg: usize) {
        if self.boxes.is_empty() {
            return;
        }
        let (boxed, number, room) = self.boxes.swap_remove(arg / 2 % self.boxes.len());
        match arg % 2 {
            0 => drop(boxed),
            _ => assert_eq!(boxed.into_inner().0, number),
        }
        self.held.give_back(&room, 0);
    }

    fn push_byte(&mut self, byte: u8) {
        let (ours, theirs, room) = &mut self.bytes;
        let fits = self.held.reserve(room, (theirs.len(), 1), (1, 1));
        assert_eq!(ours.try_push(byte).is_ok(), fits);
        theirs.extend(fits.then_some(byte));
        self.held.wrote(room, theirs.len());
    }

    fn extend_bytes(&mut self, arg: usize) {
        let more: Vec<u8> = (0..arg as u8 / 4).map(|byte| byte ^ 0x5C).collect();
        let (ours, theirs, room) = &mut self.bytes;
        let fits = self.held.reserve(room, (theirs.len(), more.len()), (1, 1));
        assert_eq!(ours.try_extend_from_slice(&more).is_ok(), fits);
        theirs.extend(more.iter().filter(|_| fits));
        self.held.wrote(room, theirs.len());
    }

    fn reserve_or_cut(&mut self, arg: usize) {
        let (ours, theirs, room) = &mut self.bytes;
        match arg % 3 {
            0 => {
                let fits = self.held.reserve(room, (theirs.len(), arg), (1, 1));
                assert_eq!(ours.try_reserve(arg).is_ok(), fits);
                self.held.wrote(room, theirs.len());
            }
            1 => {
                ours.truncate(arg / 4);
                theirs.truncate(arg / 4);
            }
            _ => assert_eq!(ours.pop(), theirs.pop()),
        }
    }

    fn push_item(&mut self) {
        let number = self.number();
        let (ours, theirs, room) = &mut self.items;
        let fits = self.held.reserve(room, (theirs.len(), 1), COUNTED);
        match ours.try_push(Counted(number, Rc::clone(self.alive))) {
            Ok(()) => assert!(fits),
            Err(back) => assert!(!fits && back.into_inner().0 == number),
        }
        theirs.extend(fits.then_some(number));
    }

    fn cut_items(&mut self, arg: usize) {
        let (ours, theirs, room) = &mut self.items;
        match arg % 3 {
            0 => assert_eq!(ours.pop().map(|item| item.0), theirs.pop()),
            1 => {
                ours.truncate(arg / 16);
                theirs.truncate(arg / 16);
            }
            _ => {
                *ours = ArenaVec::new(self.arena);
                theirs.clear();
                self.held.give_back(room, 0);
                *room = Room::default();
            }
        }
    }

    fn push_text(&mut self, arg: usize) {
        let more = &"aé€x, and more that it has to grow for"[..[0, 1, 3, 6, 7, 40][arg % 6]];
        let (ours, theirs, room) = &mut self.text;
        let fits = self.held.reserve(room, (theirs.len(), more.len()), (1, 1));
        // Formatted, it is one piece, and takes what the piece alone does.
        let said = match arg / 6 % 2 {
            0 => ours.try_push_str(more).is_ok(),
            _ => ours.try_push_fmt(format_args!("{more}")).is_ok(),
        };
        assert_eq!(said, fits);
        theirs.push_str(if fits { more } else { "" });
        self.held.wrote(room, theirs.len());
    }

    /// A collection becomes what it holds, or goes, and the next one begins.
    fn finish(&mut self, arg: usize) {
        let arena = self.arena;
        if arg % 2 == 0 {
            let wanted = arg / 4;
            let (text, model, room) = std::mem::replace(
                &mut self.text,
                (ArenaString::new(arena), String::new(), Room::default()),
            );
            self.held.give_back(&room, model.len());
            assert_eq!(*text.into_str(), *model);
            let room = self.held.take(wanted, 1, 1);
            let said = ArenaString::with_capacity(arena, wanted);
            if let Some(text) = self.same(said, room, wanted) {
                self.text = (text, model, room.unwrap_or_default());
                self.text.1.clear();
            }
            return;
        }
        let next = (ArenaVec::new(arena), Vec::new(), Room::default());
        let (bytes, model, room) = std::mem::replace(&mut self.bytes, next);
        match arg % 4 {
            1 => {
                self.held.give_back(&room, model.len());
                self.slices.push((bytes.into_slice(), model));
            }
            _ => {
                self.held.give_back(&room, 0);
                drop(bytes);
            }
        }
    }

    /// To the last byte of what is left, one more, and more than may ever be had.
    fn rest(&mut self, arg: usize) {
        let left = self.held.remaining();
        let bytes = [left, left + 1, self.held.capacity() + 100_000][arg % 3];
        let room = self.held.take(bytes, 1, 1);
        let said = self.arena.try_alloc_uninit_slice::<u8>(bytes);
        self.same(said, room, bytes);
        self.arena.try_alloc(()).expect("nothing needs no room");
    }

    fn agree(&self) {
        let (arena, held) = (self.arena, &self.held);
        assert_eq!(
            (arena.used(), arena.capacity()),
            (held.used(), held.capacity())
        );
        assert_eq!(arena.remaining(), held.remaining());
        self.slices
            .iter()
            .for_each(|(slice, model)| assert_eq!(*slice, model));
        self.words
            .iter()
            .for_each(|(word, model)| assert_eq!(**word, *model));
        self.lines
            .iter()
            .for_each(|(line, model)| assert_eq!(line.0, [*model; 64]));
        self.boxes
            .iter()
            .for_each(|(boxed, model, _)| assert_eq!(boxed.0, *model));
        assert_eq!(
            (&*self.bytes.0, &*self.text.0),
            (&*self.bytes.1, &*self.text.1)
        );
        assert_eq!(self.bytes.0.capacity(), self.bytes.2.items());
        assert_eq!(self.items.0.capacity(), self.items.2.items());
        assert!(
            self.items
                .0
                .iter()
                .map(|item| item.0)
                .eq(self.items.1.iter().copied())
        );
        let counted = self.boxes.len() + self.items.1.len();
        assert_eq!(Rc::strong_count(self.alive), 1 + counted);
    }

    /// In an order of its own, latest or not.
    fn drop_all(mut self) {
        while !self.boxes.is_empty() {
            self.unbox(0);
        }
        let (bytes, _, room) = self.bytes;
        drop(bytes);
        self.held.give_back(&room, 0);
        let (items, _, room) = self.items;
        drop(items);
        self.held.give_back(&room, 0);
        let (text, _, room) = self.text;
        drop(text);
        self.held.give_back(&room, 0);
    }
}
