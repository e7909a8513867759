//! Each row of http1's verdict table under RealtimeSanitizer, whole and in two pieces.

use shorttail::arena::Arena;
use shorttail::http1::{BodyEvent, Connection, Limits};

use crate::realtime::nonblocking;

#[path = "../http1/table/mod.rs"]
#[allow(dead_code)] // Only the inputs of its tables are of use here.
mod table;

fn read_all(limits: Limits, bytes: &[u8]) {
    let arena = Arena::new(limits.arena_bytes()).expect("an arena");
    for seen in [bytes.len() / 2, bytes.len()] {
        let mut connection = Connection::new(limits);
        nonblocking(|| {
            let _ = connection.parse_head(&bytes[..seen], &arena);
            let Ok(Some(head)) = connection.parse_head(bytes, &arena) else {
                return;
            };
            let mut at = head.head_len();
            while let Ok(step) = connection.read_body(&bytes[at..]) {
                at += step.consumed;
                if matches!(step.event, BodyEvent::End | BodyEvent::More) {
                    break;
                }
            }
            let _ = connection.discard_body(&bytes[at..]);
            let _ = connection.end_of_input(&bytes[at..]);
        });
    }
}

#[test]
fn no_row_blocks() {
    for table in table::ALL {
        for (_, input, _) in table.rows {
            let bytes = [table.prefix, input, table.suffix].concat();
            read_all(Limits::default(), &bytes);
        }
    }
    for (_, input, _) in table::overhead::rows() {
        read_all(Limits::default(), &input);
    }
    for (_, input, _) in table::limits::rows() {
        read_all(table::limits::limits(), &input);
    }
    for (_, rule, input, ..) in table::rules::ROWS {
        let limits = rule.set(Limits::builder()).build().expect("limits");
        read_all(limits, input);
    }
}
