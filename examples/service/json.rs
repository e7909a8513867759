//! JSON as the report needs it: objects, arrays, strings, numbers, null.

use std::fmt::Write;

/// A JSON text under construction.
#[derive(Debug, Default)]
pub(crate) struct Json {
    text: String,
    /// Whether the innermost object or array has a member already.
    full: bool,
}

impl Json {
    pub(crate) fn object(write: impl FnOnce(&mut Self)) -> String {
        let mut json = Self::default();
        json.nest('{', '}', write);
        json.text.push('\n');
        json.text
    }

    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.quote(value);
    }

    /// A number; `null` where there is none, or none that JSON can hold.
    pub(crate) fn number(&mut self, name: &str, value: impl Into<Option<f64>>) {
        self.name(name);
        match value.into().filter(|value| value.is_finite()) {
            Some(value) => write!(self.text, "{value}").expect("a String takes all"),
            None => self.text.push_str("null"),
        }
    }

    pub(crate) fn member(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.name(name);
        self.nest('{', '}', write);
    }

    pub(crate) fn list<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.name(name);
        self.nest('[', ']', |json| {
            for item in items {
                json.separate();
                json.nest('{', '}', |json| write(json, item));
            }
        });
    }

    fn nest(&mut self, open: char, close: char, write: impl FnOnce(&mut Self)) {
        self.text.push(open);
        self.full = false;
        write(self);
        self.text.push(close);
        self.full = true;
    }

    fn name(&mut self, name: &str) {
        self.separate();
        self.quote(name);
        self.text.push(':');
    }

    fn separate(&mut self) {
        if std::mem::replace(&mut self.full, true) {
            self.text.push_str(",\n");
        }
    }

    fn quote(&mut self, text: &str) {
        self.text.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => self.text.extend(['\\', c]),
                c if c < ' ' => {
                    write!(self.text, "\\u{:04x}", u32::from(c)).expect("a String takes all");
                }
                c => self.text.push(c),
            }
        }
        self.text.push('"');
    }
}
