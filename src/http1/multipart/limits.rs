//! What one form may hold beside its data.

/// Bounds on the framing of a form; any values hold. Setters only store.
///
/// The defaults: 128 parts, 16 fields and 4 KiB in the head of a part, 1 KiB before the first
/// boundary. How much data a form has is the body limit of the connection
/// ([`limit_body`](crate::http1::Connection::limit_body)) and of who takes the data.
///
/// # Examples
/// ```
/// use shorttail::http1::MultipartLimits;
///
/// let limits = MultipartLimits::default().parts(10).fields(4).head(1024).preamble(0);
/// assert_eq!(limits.head_bytes(), 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "limits bound nothing before a decoder has them"]
pub struct MultipartLimits {
    pub(super) parts: u32,
    pub(super) fields: u16,
    pub(super) head: usize,
    pub(super) preamble: u64,
}

impl MultipartLimits {
    const DEFAULT: Self = Self {
        parts: 128,
        fields: 16,
        head: 4 * 1024,
        preamble: 1024,
    };

    /// Parts in one form; for an example see [`MultipartLimits`].
    pub const fn parts(mut self, count: u32) -> Self {
        self.parts = count;
        self
    }

    /// Fields in the head of one part; for an example see [`MultipartLimits`].
    pub const fn fields(mut self, count: u16) -> Self {
        self.fields = count;
        self
    }

    /// Bytes of the head of one part, with the empty line that ends it.
    ///
    /// The buffer that is handed to the decoder has to hold that much.
    /// For an example see [`MultipartLimits`].
    pub const fn head(mut self, bytes: usize) -> Self {
        self.head = bytes;
        self
    }

    /// Bytes that are dropped before the first boundary; for an example see [`MultipartLimits`].
    pub const fn preamble(mut self, bytes: u64) -> Self {
        self.preamble = bytes;
        self
    }

    /// The limit on the head of one part; for an example see [`MultipartLimits`].
    #[must_use]
    pub const fn head_bytes(&self) -> usize {
        self.head
    }
}

impl Default for MultipartLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
