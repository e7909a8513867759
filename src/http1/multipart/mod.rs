//! `multipart/form-data`, RFC 7578 and RFC 2046 §5.1, decoded in place as it arrives.

mod boundary;
mod decoder;
mod delimiter;
mod error;
mod limits;
mod part;

pub use boundary::{BoundaryError, BoundaryErrorKind};
pub use decoder::{Multipart, MultipartEvent, MultipartStep};
pub use error::{MultipartError, MultipartErrorKind};
pub use limits::MultipartLimits;
pub use part::{PartHead, PartHeaders};
