//! How far a buffer is written.

/// Two lengths in one word, `len <= clean`.
///
/// So a buffer is two words, which travel in registers. Lengths apart are stored one by one, the
/// buffer is copied as a whole right after, and the copy waits until the stores are through.
#[derive(Clone, Copy)]
pub(super) struct Extent(u64);

impl Extent {
    /// `len` bytes written, and no others clean.
    #[inline]
    pub(super) const fn of(len: u32) -> Self {
        Self::new(len, len)
    }

    #[inline]
    const fn new(len: u32, clean: u32) -> Self {
        Self((clean as u64) << 32 | len as u64)
    }

    /// Bytes from the buffer's start that its holder wrote.
    #[inline]
    pub(super) const fn len(self) -> u32 {
        self.0 as u32
    }

    /// Bytes from there that its holder wrote or zeroed, unless spare room was lent since.
    #[inline]
    pub(super) const fn clean(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// With so many bytes written, those after them as clean as they were.
    #[inline]
    pub(super) fn with_len(self, len: u32) -> Self {
        Self::new(len, self.clean().max(len))
    }

    /// With so many bytes clean, no fewer than are written.
    #[inline]
    pub(super) const fn with_clean(self, clean: u32) -> Self {
        debug_assert!(self.len() <= clean);
        Self::new(self.len(), clean)
    }

    /// Without the first `count` bytes, no more than are written.
    #[inline]
    pub(super) const fn without(self, count: u32) -> Self {
        Self::new(self.len() - count, self.clean() - count)
    }
}
