//! The options of `Connection`, RFC 9110 §7.6.1, that no request may name.

use super::grammar::members;
use super::head::Head;
use super::known::Known;

/// Fields that every hop needs in order to read the request as the one before did.
const NEVER: [Known; 3] = [Known::ContentLength, Known::Host, Known::TransferEncoding];

/// Where a `Connection` field of `head` names a field that says how to read the request.
#[cold]
pub(super) fn forbidden_at(head: &Head<'_>) -> Option<usize> {
    let mut options = head.get_all(Known::Connection).flat_map(members);
    let named = |option: &&[u8]| {
        let same = |name: &Known| option.eq_ignore_ascii_case(name.as_str().as_bytes());
        NEVER.iter().any(same)
    };
    options.find(named).map(|option| head.offset_of(option))
}
