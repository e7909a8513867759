//! A pool of `Bytes` and a model of it take the same steps and must agree: what each handle holds,
//! which slots have somebody on them, whether a refusal is right, and where the slots lie.

use std::collections::BTreeSet;
use std::rc::Rc;

use bytes::{Bytes, BytesMut};
use shorttail::pool::{AcquireError, BytesBuf, BytesPool, ReadError};

/// Bytes of a slot, and slots.
const CLASSES: [(usize, usize); 2] = [(16, 3), (48, 2)];
const VIEWS: usize = 40;

/// Who is on the slot of one class, counted.
type Owner = (usize, Rc<()>);

struct State<'p> {
    pool: &'p BytesPool,
    /// Whether a call looks at all slots.
    exact: bool,
    bufs: Vec<(BytesBuf<'p>, Vec<u8>, Owner)>,
    views: Vec<(Bytes, Vec<u8>, Owner)>,
    /// Where slots were seen to begin.
    starts: [BTreeSet<usize>; 2],
    refused: u64,
}

/// Takes the steps that `data` spells, two bytes each after the first.
pub(crate) fn run(data: &[u8]) {
    let Some((looks, steps)) = data.split_first() else {
        return;
    };
    let looks = u32::from(looks % 4);
    let classes = CLASSES.iter();
    let builder = classes.fold(BytesPool::builder(), |builder, class| {
        builder.class(class.0, class.1)
    });
    let pool = builder.looks(looks).build().expect("a pool");
    let mut state = State {
        pool: &pool,
        exact: looks >= 3,
        bufs: Vec::new(),
        views: Vec::new(),
        starts: Default::default(),
        refused: 0,
    };
    for step in steps.chunks_exact(2) {
        state.step(step[0] % 13, usize::from(step[0] / 13), step[1]);
        state.check();
    }
    drop(state);
    pool.maintain();
    let stats = pool.stats();
    assert_eq!((stats.in_use, stats.hostages), (0, 0));
}

impl State<'_> {
    fn step(&mut self, op: u8, nth: usize, arg: u8) {
        match op {
            0..=2 => self.acquire(usize::from(arg)),
            3..=7 if !self.bufs.is_empty() => self.step_buf(op, nth % self.bufs.len(), arg),
            8..=11 if !self.views.is_empty() => {
                self.step_view(op, nth % self.views.len(), usize::from(arg));
            }
            12 => {
                self.pool.maintain();
                assert_eq!(self.pool.outstanding(), self.held(0) + self.held(1));
            }
            _ => {}
        }
    }

    /// Slots of a class that somebody is on.
    fn held(&self, class: usize) -> usize {
        let bufs = self.bufs.iter().map(|(_, _, owner)| owner);
        let owners = bufs.chain(self.views.iter().map(|(_, _, owner)| owner));
        let ours = owners.filter(|owner| owner.0 == class);
        ours.map(|owner| Rc::as_ptr(&owner.1))
            .collect::<BTreeSet<_>>()
            .len()
    }

    fn acquire(&mut self, arg: usize) {
        let len = arg % 52;
        let class = CLASSES.iter().position(|class| class.0 >= len);
        match (self.pool.try_acquire(len), class) {
            (Ok(buf), Some(class)) => {
                assert!(self.held(class) < CLASSES[class].1, "lent twice");
                assert_eq!((buf.len(), buf.capacity()), (0, CLASSES[class].0));
                let start = buf.as_ptr() as usize;
                assert_eq!(start % 64, 0);
                self.starts[class].insert(start);
                self.bufs.push((buf, Vec::new(), (class, Rc::new(()))));
            }
            (Err(AcquireError::Exhausted { slots, .. }), Some(class)) => {
                assert_eq!(slots, CLASSES[class].1);
                assert!(self.held(class) == slots || !self.exact, "refused in error");
                self.refused += 1;
            }
            (Err(AcquireError::Oversized { .. }), None) => {}
            (told, _) => panic!("{told:?} of {len} bytes"),
        }
    }

    fn step_buf(&mut self, op: u8, nth: usize, arg: u8) {
        let (mut buf, mut model, owner) = self.bufs.swap_remove(nth);
        let bytes = vec![arg; usize::from(arg) % 20];
        let room = buf.capacity() - model.len();
        match op {
            3 => {
                let put = buf.try_put(&bytes);
                assert_eq!(put.is_ok(), bytes.len() <= room);
                model.extend(bytes.iter().filter(|_| put.is_ok()));
            }
            4 => match buf.read_from(&mut &bytes[..]) {
                Ok(read) => {
                    assert_eq!(read, bytes.len().min(room));
                    model.extend(&bytes[..read]);
                }
                Err(ReadError::Full) => assert_eq!(room, 0),
                Err(error) => panic!("{error}"),
            },
            5 if arg % 4 == 0 => {
                buf = buf.into_owned();
            }
            5 => {
                buf.truncate(usize::from(arg) % 16);
                model.truncate(usize::from(arg) % 16);
            }
            6 => return drop(buf),
            _ => {
                let at = buf.as_ptr();
                let bytes = buf.freeze();
                // Empty bytes are of no slot.
                if !bytes.is_empty() {
                    assert_eq!(bytes.as_ptr(), at);
                    self.views.push((bytes, model, owner));
                }
                return;
            }
        }
        self.bufs.push((buf, model, owner));
    }

    fn step_view(&mut self, op: u8, nth: usize, arg: usize) {
        let (mut view, mut model, owner) = self.views.swap_remove(nth);
        let at = arg % view.len();
        match op {
            8 if self.views.len() < VIEWS => {
                self.views
                    .push((view.slice(at..), model[at..].to_vec(), owner.clone()));
            }
            9 if at > 0 => {
                let front = (view.split_to(at), model.drain(..at).collect());
                self.views.push((front.0, front.1, owner.clone()));
            }
            10 => {
                // The pool has a part of the slot still, so nobody can have it for himself.
                view = view.try_into_mut().expect_err("the pool's memory");
                if arg % 3 == 0 {
                    assert_eq!(BytesMut::from(view), model);
                    return;
                }
            }
            11 => return drop(view),
            _ => {}
        }
        self.views.push((view, model, owner));
    }

    fn check(&self) {
        for (buf, model, _) in &self.bufs {
            assert_eq!(buf[..], model[..]);
        }
        for (view, model, _) in &self.views {
            assert_eq!(view[..], model[..]);
        }
        for (starts, (_, slots)) in self.starts.iter().zip(CLASSES) {
            assert!(starts.len() <= slots, "a slot that moved");
        }
        let stats = self.pool.stats();
        assert_eq!(stats.exhausted, self.refused);
        assert!(stats.in_use >= self.held(0) + self.held(1));
        assert!(stats.hostages <= stats.in_use);
    }
}
