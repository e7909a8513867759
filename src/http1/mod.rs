//! Arena-backed zero-copy HTTP/1.x request parsing.
