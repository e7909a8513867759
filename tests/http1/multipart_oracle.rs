//! Random forms, at every cut, beside a plain decoder.

use proptest::prelude::*;
use shorttail::http1::MultipartLimits;

use crate::multipart_steps;

const HEAD: &str = "Content-Disposition: form-data; name=a\r\n\r\n";

/// A form, perhaps with one piece put in, taken out or exchanged.
fn form() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "--b",
        "\r\n--b",
        "\r\n--b--",
        "--b\r\n",
        "\r\n",
        "\r\n\r\n",
        "\r",
        "\n",
        "-",
        "--",
        "b",
        " ",
        "A: b\r\n",
        "--b: c\r\n",
        ";",
        "\"",
        "name=c",
        "; filename=\"d\\\"e\"",
        "\0",
        HEAD,
    ];
    let piece = || {
        prop_oneof![
            9 => prop::sample::select(pieces.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
            1 => prop::collection::vec(any::<u8>(), 1..3),
        ]
    };
    let part = prop::collection::vec(piece(), 0..4);
    let good = prop::collection::vec(part, 0..4).prop_map(|parts| {
        let parts = parts
            .into_iter()
            .map(|data| [b"--b\r\n", HEAD.as_bytes(), &data.concat(), b"\r\n"].concat());
        [parts.collect::<Vec<_>>().concat(), b"--b--\r\n".to_vec()].concat()
    });
    (
        good,
        any::<prop::sample::Index>(),
        0..3usize,
        0..3usize,
        piece(),
    )
        .prop_map(|(mut bytes, at, taken, edits, piece)| {
            if edits == 0 {
                let at = at.index(bytes.len());
                let end = (at + taken).min(bytes.len());
                bytes.splice(at..end, piece);
            }
            bytes
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn every_cut_gives_the_parts_of_a_plain_decoder(step in 1..30usize, bytes in form()) {
        multipart_steps::run(b"b", MultipartLimits::default(), step, &bytes);
    }

    #[test]
    fn small_limits_hold_at_every_cut(step in 1..30usize, bytes in form()) {
        let limits = MultipartLimits::default().parts(2).fields(1).head(60).preamble(3);
        multipart_steps::run(b"b", limits, step, &bytes);
    }
}
