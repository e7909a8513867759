//! The files of a report, with hostile names.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use shorttail::measure::trial::{Arm, Plan, Report, Trial};
use shorttail::time::MockClock;

const BASE: &str = "a\"<|,b>\n&c";

fn report() -> Report {
    let clock = MockClock::new();
    let arm = |name, us| {
        let clock = &clock;
        Arm::inline(name, move |_| clock.advance(Duration::from_micros(us)))
    };
    let trial = Trial::new("n|<\"&\n", Plan::uniform(1_000.0))
        .block_ns(3_000_000_000)
        .pairs(6);
    trial
        .run(&clock, [arm(BASE, 40), arm("twice", 80)])
        .unwrap()
}

/// A folder of this test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        Self(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name))
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn every_file_is_written_and_hostile_names_stay_inside() {
    let folder = Folder::new("trial-output");
    let report = report();
    report.write_to(&folder.0).unwrap();

    let json = folder.read("result.json");
    assert!(json.starts_with("{\"schema_version\":1,"));
    assert!(json.contains(r#""name":"a\"<|,b>\u000a&c""#), "{json}");
    assert!(json.contains("\"allocs\":null"), "{json}");
    assert!(json.contains("\"verdict\":\"regression\",\"reason\":null,\"judged\":["));
    assert!(
        json.contains("{\"figure\":\"latency\",\"q\":0.99,\"limit\":1.1,"),
        "{json}"
    );
    // 36 000 requests leave 360 beyond p99 and 36 beyond p99.9.
    assert!(
        json.contains("\"p99_tail_n\":360") && json.contains("\"p999_ns\":null"),
        "{json}"
    );
    assert_eq!(json.lines().count(), 1);

    let csv = folder.read("percentiles.csv");
    assert!(
        csv.contains("\"a\"\"<|,b>\n&c\",0.5,40000,40000,36000,18000"),
        "{csv}"
    );
    assert!(csv.contains("twice,0.999,,,36000,36"), "{csv}");
    // A header, six pairs of four blocks, two groups of four of the base, whose name has a line
    // break.
    assert_eq!(
        folder.read("blocks.csv").lines().count(),
        1 + 12 + 2 * (12 + 2 * 4)
    );

    for picture in ["curve.svg", "ratio.svg", "timeline.svg"] {
        let svg = folder.read(picture);
        assert!(svg.contains("&lt;") && svg.ends_with("</svg>\n"), "{svg}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
    assert_eq!(folder.read("curve.svg").matches("<polyline").count(), 2);
    assert_eq!(
        folder.read("ratio.svg").matches("<circle").count(),
        2 * report.ratios.len()
    );

    // Base, candidate, and no hiccups: a mock clock has none.
    let timeline = folder.read("timeline.svg");
    assert_eq!(timeline.matches("<polyline").count(), 3);
    assert_eq!(timeline.matches("points=\"\"").count(), 1);
    for (side, us) in [("base", 40), ("candidate", 80)] {
        let text = folder.read(&format!("{side}.hgrm"));
        let line = format!("{:12}.000 1.000000000000      36000\n", us * 1_000);
        assert!(text.contains(&line), "{text}");
    }

    let summary = folder.read("summary.md");
    assert_eq!(summary, report.markdown());
    assert!(
        summary.contains(
            "| p99 | 2.000 | 2.000 to 2.000 | 1.032 | 2.000 | 2.000 to 2.000 | 1.032 | 6 |"
        ),
        "{summary}"
    );
    assert!(
        summary.contains("- latency p99 up to 1.1 times the base's: regression\n"),
        "{summary}"
    );
    assert!(summary.contains("n/a"));
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let file = Folder::new("trial-output-file");
    fs::write(&file.0, "in the way").unwrap();
    assert!(report().write_to(&file.0.join("below")).is_err());
    fs::remove_file(&file.0).unwrap();
}
