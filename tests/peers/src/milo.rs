//! milo, the strict parser of Node's next HTTP stack: events by callback.

use std::mem;

use milo_parser::{CALLBACK_ACTIVE_ALL, ERROR_NONE, ERROR_UNEXPECTED_EOF, Parser};

use crate::story::{End, Request, Story};

/// A parser for one connection after another: each one made leaks its event buffer.
pub struct Milo {
    parser: Parser,
}

/// What the callbacks write to.
#[derive(Default)]
struct Context {
    bytes: Vec<u8>,
    requests: Vec<Request>,
    present: Request,
    name: String,
}

impl Context {
    /// That of the parser that calls back.
    fn of(parser: &mut Parser) -> &mut Self {
        // SAFETY: `story` puts the address of its own context there before it parses, and holds
        // no reference to it while callbacks run; they run one at a time.
        unsafe { &mut *parser.context.cast::<Self>() }
    }

    fn text(&self, from: usize, len: usize) -> String {
        String::from_utf8_lossy(&self.bytes[from..from + len]).into_owned()
    }
}

impl Default for Milo {
    fn default() -> Self {
        let mut parser = Parser::new();
        parser.autodetect = false;
        parser.is_request = true;
        parser.active_callbacks = CALLBACK_ACTIVE_ALL;
        parser.callbacks.on_method = |parser, from, len| {
            let context = Context::of(parser);
            context.present = Request::default();
            context.present.method = context.text(from, len);
        };
        parser.callbacks.on_url = |parser, from, len| {
            let context = Context::of(parser);
            context.present.target = context.text(from, len);
        };
        parser.callbacks.on_header_name = |parser, from, len| {
            let context = Context::of(parser);
            context.name = context.text(from, len).to_ascii_lowercase();
        };
        parser.callbacks.on_header_value = |parser, from, len| {
            let context = Context::of(parser);
            let value = context.bytes[from..from + len].to_vec();
            let name = mem::take(&mut context.name);
            context.present.fields.push((name, value));
        };
        parser.callbacks.on_trailer_name = parser.callbacks.on_header_name;
        parser.callbacks.on_trailer_value = |parser, from, len| {
            let context = Context::of(parser);
            let value = context.bytes[from..from + len].to_vec();
            let name = mem::take(&mut context.name);
            context.present.trailers.push((name, value));
        };
        parser.callbacks.on_data = |parser, from, len| {
            let context = Context::of(parser);
            let data = context.bytes[from..from + len].to_vec();
            context.present.body.extend(data);
        };
        parser.callbacks.on_message_complete = |parser, end, _| {
            let context = Context::of(parser);
            let mut request = mem::take(&mut context.present);
            request.end = Some(end);
            request.sort_fields();
            context.requests.push(request);
        };
        Self { parser }
    }
}

impl Milo {
    /// Of all that comes on one connection.
    pub fn story(&mut self, bytes: &[u8]) -> Story {
        let mut context = Context {
            bytes: bytes.to_vec(),
            ..Context::default()
        };
        let parser = &mut self.parser;
        parser.reset(false);
        parser.context = (&raw mut context).cast();
        let consumed = parser.parse(bytes.as_ptr(), bytes.len());
        let rest = bytes.len() - consumed;
        if parser.error_code == ERROR_NONE {
            parser.finish();
        }
        let end = match parser.error_code {
            ERROR_NONE if rest == 0 => End::Over,
            ERROR_NONE | ERROR_UNEXPECTED_EOF => End::Incomplete,
            _ => End::Refused(parser.error_description_str().to_owned()),
        };
        parser.context = std::ptr::null_mut();
        Story {
            requests: context.requests,
            end,
        }
    }
}
