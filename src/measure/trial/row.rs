//! Reads a line of a ledger back: one flat JSON object.

use std::iter::Peekable;
use std::str::Chars;

/// The members of a flat object: texts and numbers. Null counts as not there.
#[derive(Debug, PartialEq)]
pub(super) struct Row(Vec<(String, Cell)>);

#[derive(Debug, PartialEq)]
enum Cell {
    Text(String),
    Number(f64),
    Null,
}

impl Row {
    /// `None` if the line is anything else; later members of a name that was there are not seen.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let mut chars = Reader(line.trim().chars().peekable());
        let mut cells = Vec::new();
        chars.expect('{')?;
        if chars.0.peek() != Some(&'}') {
            loop {
                let name = chars.text()?;
                chars.expect(':')?;
                cells.push((name, chars.cell()?));
                if chars.0.peek() != Some(&',') {
                    break;
                }
                chars.expect(',')?;
            }
        }
        chars.expect('}')?;
        chars.0.next().is_none().then_some(Self(cells))
    }

    fn cell(&self, name: &str) -> Option<&Cell> {
        let named = self.0.iter().find(|(own, _)| own == name)?;
        Some(&named.1)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.cell(name)? {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        match self.cell(name)? {
            Cell::Number(number) => Some(*number),
            _ => None,
        }
    }
}

struct Reader<'a>(Peekable<Chars<'a>>);

impl Reader<'_> {
    fn expect(&mut self, c: char) -> Option<()> {
        self.blank();
        (self.0.next()? == c).then_some(())?;
        self.blank();
        Some(())
    }

    fn blank(&mut self) {
        while self.0.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
    }

    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        (self.0.next()? == '"').then_some(())?;
        loop {
            match self.0.next()? {
                '"' => break,
                '\\' => text.push(self.escape()?),
                c => text.push(c),
            }
        }
        self.blank();
        Some(text)
    }

    /// Surrogate pairs are not joined: this crate writes none.
    fn escape(&mut self) -> Option<char> {
        Some(match self.0.next()? {
            c @ ('"' | '\\' | '/') => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let mut code = 0;
                for _ in 0..4 {
                    code = code * 16 + self.0.next()?.to_digit(16)?;
                }
                char::from_u32(code)?
            }
            _ => return None,
        })
    }

    fn cell(&mut self) -> Option<Cell> {
        if self.0.peek() == Some(&'"') {
            return self.text().map(Cell::Text);
        }
        let mut word = String::new();
        let is_word = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        while let Some(c) = self.0.next_if(is_word) {
            word.push(c);
        }
        self.blank();
        if word == "null" {
            return Some(Cell::Null);
        }
        // What JSON takes for a number begins with a digit or a sign; `inf` and `NaN` do not.
        let is_number = word.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        let number = word.parse().ok().filter(|number: &f64| number.is_finite());
        number.filter(|_| is_number).map(Cell::Number)
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_flat_object_is_read() {
        let row = Row::parse(r#" {"a": "x\"\\\u000ay", "b":-1.5e3 ,"c":null,"d":""} "#).unwrap();
        assert_eq!(row.text("a"), Some("x\"\\\ny"));
        assert_eq!(row.number("b"), Some(-1500.0));
        assert_eq!(
            (row.number("c"), row.text("c"), row.text("e")),
            (None, None, None)
        );
        assert_eq!(row.text("d"), Some(""));
        assert_eq!(Row::parse("{}"), Some(Row(Vec::new())));
    }

    #[test]
    fn anything_else_is_none() {
        for line in [
            "",
            "{",
            "[]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{\"a\":1}x",
            "{\"a\":inf}",
            "{\"a\":NaN}",
            "{\"a\":\"\\q\"}",
            "{\"a\":\"\\u00g0\"}",
            "{\"a\":[1]}",
            "{\"a\":1",
            "{\"a\":\"\\ud800\"}",
            "{a:1}",
            "{\"a\":1e999}",
        ] {
            assert_eq!(Row::parse(line), None, "{line}");
        }
    }
}
