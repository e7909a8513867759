//! http1's errors.

use std::error::Error;

use shorttail::http1::{BodyError, ConfigError, FillError, HeadError, Refused};
use shorttail::pool::AcquireError;

fn text<E: Error + Send + Sync + 'static>(error: E) -> String {
    error.to_string()
}

#[test]
fn head_errors() {
    use shorttail::http1::HeadErrorKind as K;
    let rows = [
        (
            K::BlankLines,
            400,
            "too many empty lines before the request line",
        ),
        (K::Method, 400, "method is not a token"),
        (K::MethodTooLong, 501, "method is too long"),
        (K::Target, 400, "target holds a forbidden byte"),
        (K::TargetForm, 400, "target has the wrong form"),
        (K::TargetTooLong, 414, "target is too long"),
        (K::Version, 400, "version is malformed"),
        (K::UnsupportedVersion, 505, "version is not supported"),
        (K::Http2Preface, 505, "HTTP/2 preface"),
        (K::LineEnd, 400, "line does not end in CRLF"),
        (K::Fold, 400, "field line begins with whitespace"),
        (K::FieldName, 400, "field name is malformed"),
        (K::FieldValue, 400, "field value holds a control byte"),
        (K::TooManyFields, 431, "too many fields"),
        (K::LineTooLong, 431, "line is too long"),
        (K::HeadTooLarge, 431, "head is too large"),
        (K::HostMissing, 400, "host is missing"),
        (K::FieldRepeated, 400, "field is repeated"),
        (
            K::ConnectionOption,
            400,
            "connection names a field of framing or routing",
        ),
        (K::HostRepeated, 400, "host is repeated"),
        (K::Host, 400, "host is malformed"),
        (K::ContentLength, 400, "content length is malformed"),
        (K::ContentLengthRepeated, 400, "content length is repeated"),
        (
            K::FramingConflict,
            400,
            "content length beside transfer encoding",
        ),
        (K::TransferEncoding, 400, "transfer encoding is malformed"),
        (
            K::UnsupportedCoding,
            501,
            "transfer coding is not supported",
        ),
        (
            K::TransferEncodingVersion,
            400,
            "transfer encoding in HTTP/1.0",
        ),
        (K::FramedConnect, 400, "body framing with CONNECT"),
        (K::BodyTooLarge, 413, "body is too large"),
        (K::Expectation, 417, "expectation is not supported"),
        (K::ArenaFull, 431, "arena is full"),
        (K::TimedOut, 408, "head timed out"),
        (K::BodyUnread, 500, "body of the request before is unread"),
        (K::NoUpgrade, 500, "no protocol switch was offered"),
        (K::AfterError, 400, "connection failed earlier"),
        (K::AfterClose, 400, "connection is closed"),
    ];
    for (kind, status, words) in rows {
        let error = HeadError::new(kind, 7);
        assert_eq!((error.kind(), error.offset()), (kind, 7));
        assert_eq!((error.status(), kind.status()), (status, status));
        assert_eq!(text(error), format!("{words} at byte 7"));
    }
}

#[test]
fn body_errors() {
    use shorttail::http1::BodyErrorKind as K;
    let rows = [
        (K::ChunkSize, 400, "chunk size is malformed"),
        (K::ChunkExtension, 400, "chunk extension is malformed"),
        (K::ChunkLineEnd, 400, "chunk size line does not end in CRLF"),
        (K::ChunkDataEnd, 400, "chunk data does not end in CRLF"),
        (K::ChunkLineTooLong, 400, "chunk size line is too long"),
        (K::ChunkOverhead, 400, "too much chunk framing"),
        (K::TooLarge, 413, "body is too large"),
        (K::Trailer, 400, "trailer is malformed"),
        (K::TrailerForbidden, 400, "trailer is not allowed"),
        (K::TrailersTooLarge, 431, "trailers are too large"),
        (K::AfterError, 400, "connection failed earlier"),
    ];
    for (kind, status, words) in rows {
        let error = BodyError::new(kind, 7);
        assert_eq!((error.kind(), error.offset()), (kind, 7));
        assert_eq!((error.status(), kind.status()), (status, status));
        assert_eq!(text(error), format!("{words} at body byte 7"));
    }
}

#[test]
fn fills() {
    let pool = AcquireError::Oversized {
        len: 9,
        slot_bytes_max: 8,
    };
    let why = pool.to_string();
    let error = FillError::NoRoom(pool);
    assert_eq!(error.source().map(ToString::to_string), Some(why));
    assert_eq!(text(error), "no buffer to read into");
    let error = FillError::Io(std::io::Error::other("cable"));
    assert_eq!(
        error.source().map(ToString::to_string).as_deref(),
        Some("cable")
    );
    assert_eq!(text(error), "the read failed");
}

#[test]
fn decode_errors() {
    use shorttail::http1::{DecodeError, ScratchFull};
    let full = ScratchFull {
        requested: 5,
        remaining: 3,
    };
    let words = "5 bytes do not fit into the scratch's last 3";
    assert_eq!(text(full), words);
    assert_eq!(text(DecodeError::from(full)), words);
    let (cut, not_hex) = (
        DecodeError::CutEscape { offset: 7 },
        DecodeError::NotHex { offset: 7 },
    );
    assert_eq!(text(cut), "escape at byte 7 is cut short");
    assert_eq!(text(not_hex), "escape at byte 7 is not hexadecimal");
}

#[test]
fn cookie_errors() {
    use shorttail::http1::{CookieErrorKind as K, Cookies};
    let rows = [
        (&b";a"[..], K::NoEquals, "cookie without `=`"),
        (b";=", K::EmptyName, "cookie has no name"),
        (b";/=", K::Name, "name of a cookie is not a token"),
        (b"a=\0", K::Value, "value of a cookie holds a control byte"),
    ];
    for (line, kind, words) in rows {
        let error = Cookies::from_line(line).next().unwrap().unwrap_err();
        let offset = error.offset();
        assert_eq!((error.kind(), error.line()), (kind, 0));
        assert_eq!(
            text(error),
            format!("{words} at byte {offset} of cookie line 0")
        );
    }
}

#[test]
fn multipart_errors() {
    use shorttail::http1::{MultipartError, MultipartErrorKind as K};
    let rows = [
        (K::Preamble, 400, "too much before the first boundary"),
        (K::Delimiter, 400, "boundary is not a line of its own"),
        (
            K::LineEnd,
            400,
            "line of a part's head does not end in CRLF",
        ),
        (K::Fold, 400, "field line begins with whitespace"),
        (K::FieldName, 400, "field name is malformed"),
        (K::FieldValue, 400, "field value holds a control byte"),
        (K::TooManyFields, 413, "too many fields in a part's head"),
        (K::HeadTooLarge, 413, "head of a part is too large"),
        (K::TooManyParts, 413, "too many parts"),
        (K::DispositionMissing, 400, "content disposition is missing"),
        (K::Disposition, 400, "content disposition is malformed"),
        (K::NameMissing, 400, "part has no name"),
        (K::FieldRepeated, 400, "field of a part's head is repeated"),
        (K::ParameterRepeated, 400, "name or filename is repeated"),
        (K::ParameterExtended, 400, "name or filename is extended"),
        (K::Unfinished, 400, "form ends early"),
        (K::AfterError, 400, "form failed earlier"),
    ];
    for (kind, status, words) in rows {
        let error = MultipartError::new(kind, 7);
        assert_eq!((error.kind(), error.offset()), (kind, 7));
        assert_eq!((error.status(), kind.status()), (status, status));
        assert_eq!(text(error), format!("{words} at form byte 7"));
    }
}

#[test]
fn boundary_errors() {
    use shorttail::http1::{BoundaryErrorKind as K, Multipart, MultipartLimits};
    let long = format!("multipart/form-data;boundary={}", "x".repeat(71));
    let rows = [
        (
            "text/plain",
            K::NotFormData,
            "content type is not multipart/form-data",
        ),
        (
            "multipart/form-data;a",
            K::Parameter,
            "parameter of the content type is malformed",
        ),
        (
            "multipart/form-data",
            K::Missing,
            "content type has no boundary",
        ),
        (
            "multipart/form-data;boundary=a;boundary=b",
            K::Repeated,
            "boundary is repeated",
        ),
        (
            "multipart/form-data;boundary=\"\"",
            K::Empty,
            "boundary is empty",
        ),
        (&long, K::TooLong, "boundary is above 70 bytes"),
        (
            "multipart/form-data;boundary=!",
            K::Byte,
            "boundary holds a forbidden byte",
        ),
    ];
    for (value, kind, words) in rows {
        let limits = MultipartLimits::default();
        let error = Multipart::from_content_type(value.as_bytes(), limits).unwrap_err();
        let offset = error.offset();
        let status = if kind == K::NotFormData { 415 } else { 400 };
        assert_eq!((error.kind(), error.status()), (kind, status));
        assert_eq!(text(error), format!("{words} at byte {offset}"));
    }
}

#[test]
fn refused_responses() {
    let rows = [
        (Refused::Status, "status is not 100 to 999"),
        (Refused::Name(1), "name of field 1 is not a token"),
        (Refused::Value(1), "value of field 1 holds a control byte"),
        (Refused::OwnField(1), "field 1 belongs to the framing"),
        (Refused::Body, "this response cannot have such a body"),
        (
            Refused::Interim,
            "an HTTP/1.0 client knows no interim response",
        ),
        (Refused::Upgrade, "status and protocol switch disagree"),
        (Refused::NoRoom(9), "head needs 9 bytes of room"),
    ];
    for (error, words) in rows {
        assert_eq!(text(error), words);
    }
}

#[test]
fn limits() {
    let fields = "the field limit must be 1 to 255";
    let head = "the head limit must exceed the line limit and be at most 1 MiB";
    let line = "the line limit must exceed the target limit by 64";
    let target = "the target limit must be 1 byte to 1 MiB";
    let trailers = "the trailer limit must be 2 bytes to 1 MiB";
    assert_eq!(text(ConfigError::Fields), fields);
    assert_eq!(text(ConfigError::Head), head);
    assert_eq!(text(ConfigError::Line), line);
    assert_eq!(text(ConfigError::Target), target);
    assert_eq!(text(ConfigError::Trailers), trailers);
}
