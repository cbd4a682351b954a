//! TLS to the API server: one provider for the whole program, the kubeconfig's authority or the system's, a client
//! certificate, another server name.

use std::sync::Arc;

use jiff::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::dial::CONNECT_TIMEOUT;
use super::expiry;
use super::fault::Fault;

/// What the kubeconfig says about TLS.
#[derive(Clone, Default)]
pub(super) struct TlsSettings {
    /// None: the operating system's authorities.
    pub(super) authorities: Option<Vec<CertificateDer<'static>>>,
    pub(super) insecure: bool,
    pub(super) server_name: String,
    pub(super) certificate: Option<Arc<ClientCertificate>>,
}

/// A client certificate and its key. No Debug: it is secret.
pub(super) struct ClientCertificate {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl ClientCertificate {
    /// The message says what is wrong, never what stood there.
    pub(super) fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, String> {
        let chain = certificates(chain)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| "it holds no private key in PEM".to_string())?;
        Ok(Self { chain, key })
    }

    pub(super) fn expires(&self) -> Option<Timestamp> {
        self.chain.first().and_then(|first| expiry::of_certificate(first))
    }
}

/// All certificates of a PEM text; at least one.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    match found {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err("it holds no certificate in PEM".into()),
    }
}

/// Ready to shake hands, with HTTP/2 offered or not.
pub(super) struct Tls {
    any: TlsConnector,
    http1: TlsConnector,
    name: ServerName<'static>,
}

impl Tls {
    pub(super) fn new(settings: &TlsSettings, certificate: Option<&ClientCertificate>) -> Result<Self, String> {
        let name = ServerName::try_from(settings.server_name.clone())
            .map_err(|_| format!("{} is no server name", settings.server_name))?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let builder = if settings.insecure {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(AcceptAny(provider)))
        } else if let Some(authorities) = &settings.authorities {
            let mut roots = RootCertStore::empty();
            let (added, _) = roots.add_parsable_certificates(authorities.iter().cloned());
            if added == 0 {
                return Err("certificate-authority holds no usable certificate".into());
            }
            builder.with_root_certificates(roots)
        } else {
            builder.with_platform_verifier().map_err(|error| error.to_string())?
        };
        let mut config = match certificate.or(settings.certificate.as_deref()) {
            Some(certificate) => builder
                .with_client_auth_cert(certificate.chain.clone(), certificate.key.clone_key())
                .map_err(|_| "the client certificate and its key do not fit together".to_string())?,
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let http1 = TlsConnector::from(Arc::new(config.clone()));
        config.alpn_protocols.insert(0, b"h2".to_vec());
        Ok(Self { any: TlsConnector::from(Arc::new(config)), http1, name })
    }

    /// Shakes hands; says whether HTTP/2 was agreed on.
    pub(super) async fn shake(&self, stream: TcpStream, upgrade: bool) -> Result<(TlsStream<TcpStream>, bool), Fault> {
        let connector = if upgrade { &self.http1 } else { &self.any };
        match timeout(CONNECT_TIMEOUT, connector.connect(self.name.clone(), stream)).await {
            Ok(Ok(stream)) => {
                let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                Ok((stream, http2))
            }
            Ok(Err(error)) => Err(Fault::tls(&error)),
            Err(_) => Err(Fault::Silent { stage: "the TLS handshake", after: CONNECT_TIMEOUT }),
        }
    }
}

/// For `insecure-skip-tls-verify`: the kubeconfig's wish, shown red in the header.
#[derive(Debug)]
struct AcceptAny(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
