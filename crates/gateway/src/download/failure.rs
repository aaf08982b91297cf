//! Why a download failed, and whether trying again can help.
use reqwest::StatusCode;
use std::{error::Error, fmt, io, time::Duration};

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The address, or a token where none may be sent.
    Input,
    /// No connection, or one that was cut.
    Network,
    /// The server's answer was of this status.
    Status(u16),
    /// A redirect that is not followed.
    Redirect,
    /// The bytes, or what was announced of them, are not what is wanted.
    Content,
    /// The disk refused.
    Disk,
}

/// Why a download failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of thing went wrong.
    pub kind: Kind,
    /// Lowercase, no full stop; names the address without its query, which may hold a secret.
    pub message: String,
    pub(super) retry: bool,
    /// How long the server asks to wait.
    pub(super) after: Option<Duration>,
}

impl Failure {
    /// One that trying again does not help.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry: false, after: None }
    }

    pub(super) fn again(kind: Kind, message: impl Into<String>) -> Self {
        Self { retry: true, ..Self::new(kind, message) }
    }

    pub(super) fn disk(e: io::Error) -> Self {
        Self::new(Kind::Disk, e.to_string())
    }

    /// An answer of `status`, with the server's own words if it gave any.
    pub(super) fn status(at: &str, status: StatusCode, words: Option<&str>, after: Option<Duration>) -> Self {
        let remedy = match status.as_u16() {
            401 => "; a token is needed, or the one given is not valid",
            403 => "; the token given may not read this",
            404 | 410 => "; check the address",
            429 => "; too many requests",
            _ => "",
        };
        let words = words.map(|w| format!(" ({w})")).unwrap_or_default();
        let retry = status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429);
        Self {
            retry,
            after,
            ..Self::new(Kind::Status(status.as_u16()), format!("{at}: answer {status}{words}{remedy}"))
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {}

/// Whether a certificate was refused, which no further try will change.
pub(crate) fn is_certificate(error: &(dyn Error + 'static)) -> bool {
    if let Some(e) = error.downcast_ref::<rustls::Error>() {
        return matches!(e, rustls::Error::InvalidCertificate(_));
    }
    // the source of an `io::Error` is its content's source: the content itself would be passed over
    if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        return is_certificate(inner);
    }
    error.source().is_some_and(is_certificate)
}

/// The cause that says most: a chain of libraries wraps it.
pub(crate) fn innermost(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_certificate_is_found_below_its_wrappings() {
        let wrap = |e: rustls::Error| io::Error::other(io::Error::new(io::ErrorKind::InvalidData, e));
        let refused = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        assert!(is_certificate(&wrap(refused)));
        assert!(!is_certificate(&wrap(rustls::Error::HandshakeNotComplete)));
        assert!(!is_certificate(&io::Error::from(io::ErrorKind::ConnectionReset)));
    }
}
