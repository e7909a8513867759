//! What the report writes for other programs.

use crate::json::Json;
use crate::machine::civil;
use crate::svg;

#[test]
fn json_is_nested_separated_and_quoted() {
    let text = Json::object(|json| {
        json.text("a", "q\"b\\\n");
        json.number("b", 1.5);
        json.number("c", None);
        json.number("d", f64::NAN);
        json.list("e", [1, 2], |json, n| json.number("n", f64::from(n)));
        json.member("f", |_| {});
        json.number("g", 0.0);
    });
    let flat = text.replace('\n', "");
    let expected = concat!(
        r#"{"a":"q\"b\\\u000a","b":1.5,"c":null,"d":null,"#,
        r#""e":[{"n":1},{"n":2}],"f":{},"g":0}"#,
    );
    assert_eq!(flat, expected);
}

#[test]
fn dates_match_the_calendar() {
    assert_eq!(civil(0), (1970, 1, 1));
    assert_eq!(civil(11_016), (2000, 2, 29));
    assert_eq!(civil(20_780), (2026, 11, 23));
    assert_eq!(civil(47_540), (2100, 2, 28));
    assert_eq!(civil(47_541), (2100, 3, 1));
}

#[test]
fn the_picture_has_a_curve_per_arm_and_survives_no_samples() {
    let sorted: Vec<u64> = (1..=10_000).collect();
    let drawn = svg::draw("a < b", &[("one", &sorted), ("two", &sorted)]);
    assert_eq!(drawn.matches("<polyline").count(), 2);
    assert!(drawn.contains("a &lt; b") && drawn.contains("p99.9") && !drawn.contains("NaN"));
    assert!(svg::draw("none", &[("one", &[])]).contains("</svg>"));
}
