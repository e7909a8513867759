//! The names that an index finds in one load.

/// A field name the index knows.
///
/// Classification is one table lookup on the length and two bytes of the name, then one
/// comparison that ignores ASCII case. `_` never equals `-`. Neither this nor the way back waits or
/// allocates.
///
/// # Examples
/// ```
/// use shorttail::http1::Known;
///
/// assert_eq!(Known::classify(b"Content-Length"), Some(Known::ContentLength));
/// assert_eq!(Known::classify(b"Content_Length"), None);
/// assert_eq!(Known::Te.as_str(), "te");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Known {
    /// `accept`.
    Accept,
    /// `accept-encoding`.
    AcceptEncoding,
    /// `accept-language`.
    AcceptLanguage,
    /// `authorization`.
    Authorization,
    /// `cache-control`.
    CacheControl,
    /// `connection`.
    Connection,
    /// `content-encoding`.
    ContentEncoding,
    /// `content-length`.
    ContentLength,
    /// `content-type`.
    ContentType,
    /// `cookie`.
    Cookie,
    /// `expect`.
    Expect,
    /// `forwarded`.
    Forwarded,
    /// `host`.
    Host,
    /// `if-match`.
    IfMatch,
    /// `if-modified-since`.
    IfModifiedSince,
    /// `if-none-match`.
    IfNoneMatch,
    /// `if-range`.
    IfRange,
    /// `if-unmodified-since`.
    IfUnmodifiedSince,
    /// `keep-alive`.
    KeepAlive,
    /// `origin`.
    Origin,
    /// `pragma`.
    Pragma,
    /// `priority`.
    Priority,
    /// `proxy-authorization`.
    ProxyAuthorization,
    /// `range`.
    Range,
    /// `referer`.
    Referer,
    /// `sec-ch-ua`.
    SecChUa,
    /// `sec-ch-ua-mobile`.
    SecChUaMobile,
    /// `sec-ch-ua-platform`.
    SecChUaPlatform,
    /// `sec-fetch-dest`.
    SecFetchDest,
    /// `sec-fetch-mode`.
    SecFetchMode,
    /// `sec-fetch-site`.
    SecFetchSite,
    /// `sec-fetch-user`.
    SecFetchUser,
    /// `sec-websocket-key`.
    SecWebsocketKey,
    /// `sec-websocket-protocol`.
    SecWebsocketProtocol,
    /// `sec-websocket-version`.
    SecWebsocketVersion,
    /// `te`.
    Te,
    /// `trailer`.
    Trailer,
    /// `traceparent`.
    Traceparent,
    /// `tracestate`.
    Tracestate,
    /// `transfer-encoding`.
    TransferEncoding,
    /// `upgrade`.
    Upgrade,
    /// `upgrade-insecure-requests`.
    UpgradeInsecureRequests,
    /// `user-agent`.
    UserAgent,
    /// `via`.
    Via,
    /// `x-forwarded-for`.
    XForwardedFor,
    /// `x-forwarded-proto`.
    XForwardedProto,
    /// `x-request-id`.
    XRequestId,
    /// `x-real-ip`.
    XRealIp,
}

/// Every name, in the order of the variants.
pub(super) static NAMES: [(Known, &str); Known::COUNT] = [
    (Known::Accept, "accept"),
    (Known::AcceptEncoding, "accept-encoding"),
    (Known::AcceptLanguage, "accept-language"),
    (Known::Authorization, "authorization"),
    (Known::CacheControl, "cache-control"),
    (Known::Connection, "connection"),
    (Known::ContentEncoding, "content-encoding"),
    (Known::ContentLength, "content-length"),
    (Known::ContentType, "content-type"),
    (Known::Cookie, "cookie"),
    (Known::Expect, "expect"),
    (Known::Forwarded, "forwarded"),
    (Known::Host, "host"),
    (Known::IfMatch, "if-match"),
    (Known::IfModifiedSince, "if-modified-since"),
    (Known::IfNoneMatch, "if-none-match"),
    (Known::IfRange, "if-range"),
    (Known::IfUnmodifiedSince, "if-unmodified-since"),
    (Known::KeepAlive, "keep-alive"),
    (Known::Origin, "origin"),
    (Known::Pragma, "pragma"),
    (Known::Priority, "priority"),
    (Known::ProxyAuthorization, "proxy-authorization"),
    (Known::Range, "range"),
    (Known::Referer, "referer"),
    (Known::SecChUa, "sec-ch-ua"),
    (Known::SecChUaMobile, "sec-ch-ua-mobile"),
    (Known::SecChUaPlatform, "sec-ch-ua-platform"),
    (Known::SecFetchDest, "sec-fetch-dest"),
    (Known::SecFetchMode, "sec-fetch-mode"),
    (Known::SecFetchSite, "sec-fetch-site"),
    (Known::SecFetchUser, "sec-fetch-user"),
    (Known::SecWebsocketKey, "sec-websocket-key"),
    (Known::SecWebsocketProtocol, "sec-websocket-protocol"),
    (Known::SecWebsocketVersion, "sec-websocket-version"),
    (Known::Te, "te"),
    (Known::Trailer, "trailer"),
    (Known::Traceparent, "traceparent"),
    (Known::Tracestate, "tracestate"),
    (Known::TransferEncoding, "transfer-encoding"),
    (Known::Upgrade, "upgrade"),
    (Known::UpgradeInsecureRequests, "upgrade-insecure-requests"),
    (Known::UserAgent, "user-agent"),
    (Known::Via, "via"),
    (Known::XForwardedFor, "x-forwarded-for"),
    (Known::XForwardedProto, "x-forwarded-proto"),
    (Known::XRequestId, "x-request-id"),
    (Known::XRealIp, "x-real-ip"),
];

/// A known name's number plus one, or 0: no branch tells which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(u8);

/// The slot of the only name with that hash.
static BY_HASH: [Slot; 256] = table();

impl Slot {
    /// That of no known name.
    pub(super) const NONE: Self = Self(0);

    /// The only slot that `name`, a token, can be of, if it is known at all.
    #[inline(always)]
    pub(super) fn candidate(name: &[u8]) -> Self {
        match name.len() {
            0 | 1 => Self::NONE,
            _ => BY_HASH[hash(name)],
        }
    }

    #[inline(always)]
    pub(super) const fn of(known: Known) -> Self {
        Self(known as u8 + 1)
    }

    #[inline(always)]
    pub(super) const fn number(self) -> u8 {
        self.0
    }
}

impl Known {
    /// How many names there are.
    pub(super) const COUNT: usize = 48;

    /// The id of `name`, whatever its case; for an example see [`Known`].
    #[must_use]
    pub fn classify(name: &[u8]) -> Option<Self> {
        // The folding of `slot` is exact for tokens only: it takes CR for `-`.
        let slot = Self::slot(name);
        let (known, _) = NAMES.get(usize::from(slot.0).checked_sub(1)?)?;
        (!name.contains(&b'\r')).then_some(*known)
    }

    /// The slot of `name`, which must be a token.
    #[inline]
    pub(super) fn slot(name: &[u8]) -> Slot {
        let candidate = Slot::candidate(name);
        let spelled = NAMES.get(usize::from(candidate.0).wrapping_sub(1));
        match spelled {
            Some((_, spelled))
                if spelled.len() == name.len() && folds_to(name, spelled.as_bytes()) =>
            {
                candidate
            }
            _ => Slot::NONE,
        }
    }

    /// The name in lower case; for an example see [`Known`].
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        NAMES[self as usize].1
    }
}

/// Whether `name` is `spelled` in some case, both of the same length of at least 2: eight bytes
/// at a time, each with the bit set that tells the cases apart. No two token bytes fold to the
/// same lower-case letter or hyphen unless they are cases of one letter.
#[inline]
fn folds_to(name: &[u8], spelled: &[u8]) -> bool {
    let len = name.len();
    let eight = |bytes: &[u8], at: usize| bytes[at..].first_chunk().map(|b| u64::from_ne_bytes(*b));
    if len < 8 {
        return name.iter().zip(spelled).all(|(&a, &b)| a | 0x20 == b);
    }
    let differ = |at: usize| match (eight(name, at), eight(spelled, at)) {
        (Some(a), Some(b)) => (a | 0x2020_2020_2020_2020) ^ b,
        _ => u64::MAX,
    };
    let mut difference = differ(len - 8);
    let mut at = 0;
    while at + 8 < len {
        difference |= differ(at);
        at += 8;
    }
    difference == 0
}

/// Length, first and last but one byte, folded to lower case. The factors were found by search.
#[inline(always)]
const fn hash(name: &[u8]) -> usize {
    let first = (name[0] | 0x20) as usize;
    let last_but_one = (name[name.len() - 2] | 0x20) as usize;
    (3 * name.len() + 27 * first + 2 * last_but_one) & 0xff
}

/// Fails to compile when two names share a hash or a variant stands out of order.
const fn table() -> [Slot; 256] {
    let mut table = [Slot::NONE; 256];
    let mut i = 0;
    while i < Known::COUNT {
        let (known, name) = NAMES[i];
        let slot = hash(name.as_bytes());
        assert!(known as usize == i, "the names follow the variants");
        assert!(table[slot].0 == 0, "two names share a hash");
        table[slot] = Slot::of(known);
        i += 1;
    }
    table
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_any_case_and_no_other() {
        for (known, name) in NAMES {
            assert_eq!(Known::classify(name.as_bytes()), Some(known));
            assert_eq!(Known::classify(name.to_uppercase().as_bytes()), Some(known));
            for at in 0..name.len() {
                let mut other = name.as_bytes().to_vec();
                other[at] = if other[at] == b'-' { b'_' } else { b'0' };
                assert_ne!(Known::classify(&other), Some(known), "{name}, {at}");
            }
        }
    }
}
