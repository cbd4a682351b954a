//! An API server of a few answers behind real TCP and TLS, and the authority that made its certificate. It remembers who
//! asked, and over which connection.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use futures::{StreamExt, stream};
use http::{Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::everywhere::home_with;

/// A certificate and its key in PEM.
pub struct Pair {
    pub certificate: String,
    pub key: String,
}

/// Whether a certificate is good today.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    Good,
    /// It ended with the year 2020.
    Ended,
}

/// Signs certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "authority of a test");
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority"))
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    pub fn sign(&self, name: &str, validity: Validity) -> Pair {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).expect("names");
        params.distinguished_name.push(DnType::CommonName, name);
        if validity == Validity::Ended {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2020, 12, 31);
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        Pair { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

/// One request, as the server saw it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: Method,
    /// Of path and query.
    pub path: String,
    pub authorization: String,
    /// The client's certificate, where it has one.
    pub certificate: Option<Vec<u8>>,
    /// Counts from one.
    pub connection: usize,
}

/// What the server does with a request.
pub enum Reply {
    Json(u16, Value),
    /// The same after a while.
    Late(Duration, u16, Value),
    /// Bytes as they are, as logs are sent.
    Bytes(Vec<u8>),
    /// A watch: one line, and then nothing for ever.
    Watch(Value),
    /// It keeps the connection and says nothing.
    Silence,
}

type Answer = dyn Fn(&Asked) -> Reply + Send + Sync;

/// Serves until dropped.
pub struct Server {
    pub address: SocketAddr,
    pub authority: Authority,
    asked: Arc<Mutex<Vec<Asked>>>,
    _running: oneshot::Sender<Infallible>,
}

impl Server {
    pub fn start(validity: Validity, answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let authority = Authority::new();
        let acceptor = acceptor(&authority.sign("kube-apiserver", validity));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, seen): (Arc<Answer>, _) = (Arc::new(answer), Arc::clone(&asked));
        let (address, running) = serve(move |connection, stream| {
            let (acceptor, answer, seen) = (acceptor.clone(), Arc::clone(&answer), Arc::clone(&seen));
            async move {
                // A client that refuses the certificate is no error of ours.
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let certificate =
                    stream.get_ref().1.peer_certificates().and_then(|chain| Some(chain.first()?.to_vec()));
                let service = service_fn(move |request: Request<Incoming>| {
                    let header = request.headers().get(http::header::AUTHORIZATION);
                    let asked = Asked {
                        method: request.method().clone(),
                        path: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
                        authorization: header.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned(),
                        certificate: certificate.clone(),
                        connection,
                    };
                    held(&seen).push(asked.clone());
                    let reply = answer(&asked);
                    async move {
                        match reply {
                            Reply::Json(code, value) => Ok::<_, Infallible>(json_answer(code, &value)),
                            Reply::Late(after, code, value) => {
                                tokio::time::sleep(after).await;
                                Ok(json_answer(code, &value))
                            }
                            Reply::Bytes(bytes) => {
                                Ok(json_answer(200, &Value::Null).map(|_| Full::from(bytes).boxed_unsync()))
                            }
                            Reply::Watch(event) => {
                                let line = Frame::data(Bytes::from(format!("{event}\n")));
                                let frames = stream::iter([Ok(line)]).chain(stream::pending());
                                Ok(json_answer(200, &Value::Null).map(|_| StreamBody::new(frames).boxed_unsync()))
                            }
                            Reply::Silence => std::future::pending().await,
                        }
                    }
                });
                // A client that hangs up is no error either.
                let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            }
        });
        Self { address, authority, asked, _running: running }
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        held(&self.asked).clone()
    }

    /// The home of somebody who reaches it.
    pub fn home(&self) -> tempfile::TempDir {
        home_with(&self.kubeconfig(&json!({}), &json!({"token": "t"})))
    }

    /// A kubeconfig to this server; `user` are the fields of the user's entry, `cluster` more of the cluster's.
    pub fn kubeconfig(&self, cluster: &Value, user: &Value) -> String {
        use base64::Engine;
        let authority = base64::engine::general_purpose::STANDARD.encode(self.authority.pem());
        let mut entry = json!({
            "server": format!("https://{}", self.address),
            "certificate-authority-data": authority,
        });
        for (name, value) in cluster.as_object().into_iter().flatten() {
            entry[name] = value.clone();
        }
        // JSON is YAML.
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "prod-eu",
            "clusters": [{"name": "c", "cluster": entry}],
            "contexts": [{"name": "prod-eu", "context": {"cluster": "c", "user": "u", "namespace": "checkout"}}],
            "users": [{"name": "u", "user": user}],
        })
        .to_string()
    }
}

/// Accepts connections on a port of its own, in a thread of its own, until the sender is dropped. Connections count from
/// one.
pub fn serve<F, T>(handle: F) -> (SocketAddr, oneshot::Sender<Infallible>)
where
    F: Fn(usize, TcpStream) -> T + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a listener");
    let address = listener.local_addr().expect("an address");
    let (running, mut ended) = oneshot::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::from_std(listener).expect("a listener");
            for connection in 1.. {
                tokio::select! {
                    Ok((stream, _)) = listener.accept() => drop(tokio::spawn(handle(connection, stream))),
                    _ = &mut ended => return,
                }
            }
        });
        runtime.shutdown_timeout(Duration::from_millis(100));
    });
    (address, running)
}

/// The answers of a server on which nothing runs and where one may do all. It ends each watch at once.
pub fn empty_cluster(asked: &Asked) -> Reply {
    let path = asked.path.split('?').next().unwrap_or_default();
    Reply::Json(
        200,
        match path.rsplit('/').next().unwrap_or_default() {
            "version" => json!({"gitVersion": "v1.36.3"}),
            "selfsubjectreviews" => json!({"status": {"userInfo": {"username": "ada", "groups": []}}}),
            "selfsubjectaccessreviews" => json!({"status": {"allowed": true}}),
            "selfsubjectrulesreviews" => json!({"status": {"resourceRules": [], "incomplete": false}}),
            _ if asked.path.contains("watch=") => {
                return Reply::Json(200, bookmark());
            }
            _ => json!({"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": []}),
        },
    )
}

/// What a watch in which nothing happens sends now and then.
pub fn bookmark() -> Value {
    json!({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "7"}}})
}

/// The server's own word of refusal.
pub fn refusal(code: u16, reason: &str, message: &str) -> Reply {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code,
    });
    Reply::Json(code, status)
}

fn json_answer(code: u16, value: &Value) -> Response<UnsyncBoxBody<Bytes, Infallible>> {
    Response::builder()
        .status(StatusCode::from_u16(code).expect("a code"))
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(Full::from(value.to_string()).boxed_unsync())
        .expect("an answer")
}

fn held<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn acceptor(pair: &Pair) -> TlsAcceptor {
    let chain = vec![CertificateDer::from_pem_slice(pair.certificate.as_bytes()).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_client_cert_verifier(Arc::new(AnyClient))
        .with_single_cert(chain, key)
        .expect("a certificate with its key");
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

/// As the API server does it: a certificate is asked for and judged later, when the request is authenticated.
#[derive(Debug)]
struct AnyClient;

impl ClientCertVerifier for AnyClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        provider.signature_verification_algorithms.supported_schemes()
    }
}
