//! Splits Rust source into code and comments, line by line. Just enough of a lexer for that:
//! literals keep their quotes and lose their insides.

/// One line of a file.
#[derive(Default)]
pub(crate) struct Line {
    /// As it stands.
    pub(crate) raw: String,
    /// Without comments and without the insides of literals.
    pub(crate) code: String,
    /// The text of its comment, without the slashes.
    pub(crate) comment: String,
    /// Whether that comment is a doc comment.
    pub(crate) is_doc: bool,
}

impl Line {
    pub(crate) fn is_only_comment(&self) -> bool {
        self.code.trim().is_empty() && !self.comment.is_empty()
    }

    pub(crate) fn is_attribute(&self) -> bool {
        self.code.trim_start().starts_with("#[")
    }

    pub(crate) fn is_code(&self) -> bool {
        !self.code.trim().is_empty()
    }
}

enum State {
    Code,
    Comment,
    /// Depth of nesting.
    Block(usize),
    Text,
    /// Number of hashes that end it.
    Raw(usize),
}

/// The lines of `text`.
pub(crate) fn split(text: &str) -> Vec<Line> {
    let mut splitter = Splitter {
        state: State::Code,
        line: Line::default(),
    };
    let mut lines = Vec::new();
    for raw in text.lines() {
        splitter.take(raw);
        let mut line = std::mem::take(&mut splitter.line);
        raw.clone_into(&mut line.raw);
        lines.push(line);
        if matches!(splitter.state, State::Comment) {
            splitter.state = State::Code;
        }
    }
    lines
}

struct Splitter {
    state: State,
    line: Line,
}

impl Splitter {
    fn take(&mut self, raw: &str) {
        let mut rest = raw;
        while !rest.is_empty() {
            let taken = match self.state {
                State::Code => self.code(rest),
                State::Comment => self.comment(rest),
                State::Block(depth) => self.block(rest, depth),
                State::Text => self.text(rest),
                State::Raw(hashes) => self.raw(rest, hashes),
            };
            rest = &rest[taken..];
        }
    }

    fn code(&mut self, rest: &str) -> usize {
        if rest.starts_with("//") {
            self.state = State::Comment;
            let slashes = rest.len() - rest.trim_start_matches('/').len();
            let bang = rest[slashes..].starts_with('!');
            self.line.is_doc = slashes == 3 || bang;
            // An empty comment is a comment still.
            self.line.comment.push(' ');
            return slashes + usize::from(bang);
        }
        if rest.starts_with("/*") {
            self.state = State::Block(1);
            self.line.comment.push(' ');
            return 2;
        }
        if let Some(hashes) = raw_string(rest, &self.line.code) {
            self.state = State::Raw(hashes);
            self.line.code.push('"');
            return 2 + hashes;
        }
        let first = rest.chars().next().unwrap();
        if first == '"' {
            self.state = State::Text;
        } else if first == '\'' {
            if let Some(length) = char_literal(rest) {
                self.line.code.push_str("' '");
                return length;
            }
        }
        self.line.code.push(first);
        first.len_utf8()
    }

    fn comment(&mut self, rest: &str) -> usize {
        self.line.comment.push_str(rest);
        rest.len()
    }

    fn block(&mut self, rest: &str, depth: usize) -> usize {
        if rest.starts_with("/*") {
            self.state = State::Block(depth + 1);
            return 2;
        }
        if rest.starts_with("*/") {
            self.state = match depth {
                1 => State::Code,
                _ => State::Block(depth - 1),
            };
            return 2;
        }
        let first = rest.chars().next().unwrap();
        self.line.comment.push(first);
        first.len_utf8()
    }

    fn text(&mut self, rest: &str) -> usize {
        let first = rest.chars().next().unwrap();
        if first == '\\' {
            return rest.chars().take(2).map(char::len_utf8).sum();
        }
        if first == '"' {
            self.state = State::Code;
            self.line.code.push('"');
        }
        first.len_utf8()
    }

    fn raw(&mut self, rest: &str, hashes: usize) -> usize {
        let end = format!("\"{}", "#".repeat(hashes));
        match rest.find(&end) {
            Some(at) => {
                self.state = State::Code;
                self.line.code.push('"');
                at + end.len()
            }
            None => rest.len(),
        }
    }
}

/// The hashes of a raw string that starts here.
fn raw_string(rest: &str, before: &str) -> Option<usize> {
    let in_a_name = before.ends_with(|c: char| c.is_alphanumeric() && c != 'b' || c == '_');
    let inside = rest.strip_prefix('r').filter(|_| !in_a_name)?;
    let quoted = inside.trim_start_matches('#');
    quoted
        .starts_with('"')
        .then_some(inside.len() - quoted.len())
}

/// The length of a character literal that starts here; a lifetime is none.
fn char_literal(rest: &str) -> Option<usize> {
    let mut chars = rest.char_indices().skip(1);
    let (_, first) = chars.next()?;
    if first == '\\' {
        let escaped = chars.next()?;
        let end = rest[escaped.0 + escaped.1.len_utf8()..].find('\'')?;
        return Some(escaped.0 + escaped.1.len_utf8() + end + 1);
    }
    let (at, second) = chars.next()?;
    (second == '\'').then_some(at + 1)
}

#[test]
fn code_and_comments_come_apart() {
    let source = r###"let a = "x // y"; // one
let b = 'c'; let d: &'static str = r#"// "no" "#; /* two /* three */ */ let e = '\'';
/// doc {
let f = "open
 // inside "; g()"###;
    let lines = split(source);
    let code: Vec<&str> = lines.iter().map(|line| line.code.trim_end()).collect();
    assert_eq!(
        code,
        [
            "let a = \"\";",
            "let b = ' '; let d: &'static str = \"\";  let e = ' ';",
            "",
            "let f = \"",
            "\"; g()",
        ]
    );
    let comments: Vec<&str> = lines.iter().map(|line| line.comment.trim()).collect();
    assert_eq!(comments, ["one", "two  three", "doc {", "", ""]);
    assert!(lines[2].is_doc && !lines[0].is_doc);
}
