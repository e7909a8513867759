//! Where the parts of a request line stand in a head.

/// Method and target: each from its first byte to the one behind its last, from the head's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    method_at: u32,
    method_end: u32,
    target_at: u32,
    target_end: u32,
}

impl Line {
    /// Of a head, which is at most 1 MiB long: the casts keep every offset.
    #[inline]
    pub(super) const fn new(
        method_at: usize,
        method_end: usize,
        target_at: usize,
        target_end: usize,
    ) -> Self {
        Self {
            method_at: method_at as u32,
            method_end: method_end as u32,
            target_at: target_at as u32,
            target_end: target_end as u32,
        }
    }

    /// The method in the bytes of its head.
    #[inline]
    pub(super) fn method<'a>(&self, head: &'a [u8]) -> &'a [u8] {
        &head[self.method_at as usize..self.method_end as usize]
    }

    /// The target in the bytes of its head.
    #[inline]
    pub(super) fn target<'a>(&self, head: &'a [u8]) -> &'a [u8] {
        &head[self.target_at as usize..self.target_end as usize]
    }

    /// Where the method begins.
    #[inline]
    pub(super) const fn method_at(&self) -> usize {
        self.method_at as usize
    }

    /// Behind the target.
    #[inline]
    pub(super) const fn target_end(&self) -> usize {
        self.target_end as usize
    }

    /// Where the target begins.
    #[inline]
    pub(super) const fn target_at(&self) -> usize {
        self.target_at as usize
    }
}

/// Bytes that an engine found to be text.
#[inline]
pub(super) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}
