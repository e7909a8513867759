//! Times and names as parts of a text.

/// Microseconds: whole ones, below ten with two decimals.
pub(super) fn micros(ns: u64) -> String {
    let micros = ns as f64 / 1e3;
    if micros < 10.0 {
        format!("{micros:.2}")
    } else {
        format!("{micros:.0}")
    }
}

/// A text that can end neither its cell nor its line, nor be taken for a tag.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('|', "\\|")
        .replace('<', "&lt;")
        .replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_cells() {
        assert_eq!(escaped("a|b\nc<d>"), "a\\|b c&lt;d>");
        assert_eq!(
            (micros(1_234), micros(123_400)),
            ("1.23".to_owned(), "123".to_owned())
        );
    }
}
