//! `host[:port]`, RFC 9110 §7.2 and RFC 3986 §3.2.2, without user information.

use std::net::Ipv6Addr;

use super::grammar::{HOST, IP_LITERAL, PLAIN_HOST, all_of, hex, run};

/// Whether `bytes` is a non-empty host, with or without a port.
pub(super) fn is_authority(bytes: &[u8]) -> bool {
    invalid_at(bytes).is_none() && !matches!(bytes, [] | [b':', ..])
}

/// Whether `bytes` is a non-empty host and a non-empty port.
pub(super) fn is_host_port(bytes: &[u8]) -> bool {
    let host = host_len(bytes);
    is_authority(bytes) && bytes.len() > host + 1
}

/// The first byte that no `host[:port]` has there; the length when the end is what is wrong.
#[inline]
pub(super) fn invalid_at(bytes: &[u8]) -> Option<usize> {
    match all_of(bytes, PLAIN_HOST) {
        true => None,
        false => invalid_part_at(bytes),
    }
}

fn invalid_part_at(bytes: &[u8]) -> Option<usize> {
    let host = host_len(bytes);
    if let Some(b'[') = bytes.first() {
        let inner = run(&bytes[1..], IP_LITERAL);
        if inner < 2 || bytes.get(inner + 1) != Some(&b']') {
            return Some(inner + 1);
        }
        let literal = std::str::from_utf8(&bytes[1..=inner]).unwrap_or_default();
        if literal.parse::<Ipv6Addr>().is_err() {
            return Some(1);
        }
    } else if let Some(broken) = broken_escape(&bytes[..host]) {
        return Some(broken);
    }
    match &bytes[host..] {
        [] => None,
        [b':', port @ ..] => invalid_port(port).map(|at| host + 1 + at),
        _ => Some(host),
    }
}

/// The length of the host part.
fn host_len(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(b'[') => (run(&bytes[1..], IP_LITERAL) + 2).min(bytes.len()),
        _ => run(bytes, HOST),
    }
}

fn broken_escape(host: &[u8]) -> Option<usize> {
    let mut rest = 0;
    while let Some(at) = host[rest..].iter().position(|&b| b == b'%') {
        let digits = &host[rest + at + 1..];
        if digits.len() < 2 || !digits[..2].iter().all(|&b| hex(b) < 16) {
            return Some(rest + at);
        }
        rest += at + 3;
    }
    None
}

/// A port is empty, or decimal and at most 65535.
fn invalid_port(port: &[u8]) -> Option<usize> {
    let mut number = 0u32;
    for (at, &digit) in port.iter().enumerate() {
        if !digit.is_ascii_digit() {
            return Some(at);
        }
        number = number * 10 + u32::from(digit - b'0');
        if number > 65535 {
            return Some(at);
        }
    }
    None
}
