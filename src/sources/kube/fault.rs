//! What can go wrong between us and the API server before it gave an answer, and how that is said to a person.
//! The server's own refusals are in `status`.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;

use crate::domain::problem::{Cause, Problem};

/// No answer. Cloned to everyone who waited for the same connection.
#[derive(Clone, Debug, Error)]
pub(super) enum Fault {
    #[error("the host name is not known: {0}")]
    UnknownHost(String),
    #[error("the connection was refused")]
    Refused,
    #[error("no route: {0}")]
    Unreachable(String),
    #[error("no answer to {stage} within {} s", after.as_secs())]
    Silent { stage: &'static str, after: Duration },
    #[error("the proxy did not let us through: {0}")]
    Proxy(String),
    #[error("{0}")]
    Tls(String),
    #[error("the server's certificate has expired{}", .0.map(|end| format!(": it was valid until {end}")).unwrap_or_default())]
    ServerCertificateExpired(Option<Timestamp>),
    #[error("the server's certificate is not signed by the authority that the kubeconfig names")]
    UnknownAuthority,
    #[error("the server's certificate is for another name: {0}")]
    WrongName(String),
    #[error("the connection was lost: {0}")]
    Lost(String),
    #[error("{0}")]
    Guarded(&'static str),
    /// The credentials could not be had: a plugin failed, a token file is gone.
    #[error("{}", .0.what)]
    Credentials(Box<Problem>),
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    #[error("the answer cannot be read: {0}")]
    Unreadable(String),
}

impl Fault {
    /// Finds the reason in the chain of a connector's error.
    pub(super) fn dial(error: &(dyn StdError + 'static)) -> Self {
        let mut cause = Some(error);
        let mut deepest = None;
        let mut text = String::new();
        while let Some(current) = cause {
            deepest = current.downcast_ref::<io::Error>().or(deepest);
            text = current.to_string();
            cause = current.source();
        }
        deepest.map_or(Self::Unreachable(text), Self::io)
    }

    pub(super) fn io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::TimedOut => Self::Silent { stage: "connect", after: super::dial::CONNECT_TIMEOUT },
            _ if error.to_string().contains("lookup address") => Self::UnknownHost(error.to_string()),
            _ => Self::Unreachable(error.to_string()),
        }
    }

    /// Rustls hides its reason inside an io::Error.
    pub(super) fn tls(error: &io::Error) -> Self {
        use rustls::{CertificateError, Error};
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            Some(Error::InvalidCertificate(CertificateError::Expired)) => Self::ServerCertificateExpired(None),
            Some(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
                let end = i64::try_from(not_after.as_secs()).ok();
                Self::ServerCertificateExpired(end.and_then(|end| Timestamp::from_second(end).ok()))
            }
            Some(Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature)) => {
                Self::UnknownAuthority
            }
            Some(Error::InvalidCertificate(
                reason @ (CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }),
            )) => Self::WrongName(reason.to_string()),
            Some(Error::InvalidMessage(_)) => Self::Tls("the server does not speak TLS here".into()),
            Some(reason) => Self::Tls(reason.to_string()),
            None if error.kind() == io::ErrorKind::UnexpectedEof => {
                Self::Tls("the server closed the connection during the TLS handshake".into())
            }
            None => Self::Tls(error.to_string()),
        }
    }

    /// A connection that broke, by the last words in the chain of its error.
    pub(super) fn lost(error: &(dyn StdError + 'static)) -> Self {
        let mut cause = error;
        let mut closed = false;
        loop {
            if let Some(fault) = cause.downcast_ref::<Self>() {
                return fault.clone();
            }
            closed |= cause.downcast_ref::<io::Error>().is_some_and(|error| {
                use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
                matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
            });
            match cause.source() {
                Some(source) => cause = source,
                None => break,
            }
        }
        Self::Lost(if closed { "the server closed it".into() } else { cause.to_string() })
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::UnknownHost(_) => "check the server's name in the kubeconfig, and whether a VPN is needed",
            Self::Refused => "check that the API server runs and that the kubeconfig's port is right",
            Self::Unreachable(_) | Self::Silent { .. } => "check the network or the VPN",
            Self::Proxy(_) => "check proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY",
            Self::Tls(_) => "check the server's address and the certificates in the kubeconfig",
            Self::ServerCertificateExpired(_) => {
                "the cluster's operator must renew it; also check this machine's clock"
            }
            Self::UnknownAuthority => "certificate-authority in the kubeconfig does not belong to this cluster",
            Self::WrongName(_) => "set tls-server-name in the kubeconfig, or use a name the certificate holds",
            Self::Lost(_) => "look whether the API server restarts",
            Self::Guarded(_) => "",
            Self::Credentials(_) => "",
            Self::Unreadable(_) => "does a proxy stand between?",
            Self::TooLong(_) => "ask for less: one namespace, or a filter",
        }
    }

    /// The same in words for a person; `what` is what was tried.
    pub(super) fn problem(&self, what: &str) -> Problem {
        let cause = match self {
            Self::Credentials(problem) => return (**problem).clone(),
            Self::Guarded(_) => Cause::Refused,
            Self::TooLong(_) | Self::Unreadable(_) => Cause::Malformed,
            _ => Cause::NoConnection,
        };
        Problem::new(cause, what, self.to_string(), self.hint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_found_however_deep_it_lies() {
        #[derive(Debug, Error)]
        #[error("client error (Connect)")]
        struct Outer(#[source] io::Error);
        let refused = Outer(io::Error::from(io::ErrorKind::ConnectionRefused));
        assert!(matches!(Fault::dial(&refused), Fault::Refused));
        // As the resolver of the system words it.
        let unknown = Outer(io::Error::other("failed to lookup address information: Name or service not known"));
        assert!(matches!(Fault::dial(&unknown), Fault::UnknownHost(_)));
        let lost = Outer(io::Error::new(io::ErrorKind::UnexpectedEof, "peer closed connection"));
        assert_eq!(Fault::lost(&lost).to_string(), "the connection was lost: the server closed it");
        let problem = Fault::dial(&unknown).problem("cannot reach example:6443");
        assert_eq!(problem.cause, Cause::NoConnection);
        assert!(problem.hint.contains("VPN"), "{problem}");
    }

    #[test]
    fn each_fault_of_a_certificate_has_its_words() {
        use rustls::{CertificateError, Error, InvalidMessage};
        let words = |error: Error| Fault::tls(&io::Error::new(io::ErrorKind::InvalidData, error)).to_string();
        assert!(words(Error::InvalidCertificate(CertificateError::Expired)).contains("has expired"));
        assert!(
            words(Error::InvalidCertificate(CertificateError::UnknownIssuer)).contains("not signed by the authority")
        );
        assert!(words(Error::InvalidCertificate(CertificateError::NotValidForName)).contains("another name"));
        assert!(words(Error::InvalidMessage(InvalidMessage::InvalidContentType)).contains("does not speak TLS"));
    }
}
