//! Proxies: HTTP by CONNECT and SOCKS5, named by the kubeconfig or by the environment, and one that refuses.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

use super::everywhere::Person;
use super::server::{Server, Validity, empty_cluster, serve};

/// A proxy that counts who went through it.
struct Proxy {
    url: String,
    passed: Arc<AtomicUsize>,
    _running: tokio::sync::oneshot::Sender<std::convert::Infallible>,
}

impl Proxy {
    fn start(scheme: &str) -> Self {
        let passed = Arc::new(AtomicUsize::new(0));
        let (socks, count) = (scheme.starts_with("socks"), Arc::clone(&passed));
        let (address, running) = serve(move |_, mut stream| {
            let count = Arc::clone(&count);
            async move {
                let target = if socks { socks_target(&mut stream).await } else { connect_target(&mut stream).await };
                let Ok(target) = target else { return };
                let Ok(mut server) = TcpStream::connect(target).await else { return };
                count.fetch_add(1, Ordering::SeqCst);
                let greeting: &[u8] = if socks {
                    &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]
                } else {
                    b"HTTP/1.1 200 Connection established\r\n\r\n"
                };
                if stream.write_all(greeting).await.is_ok() {
                    // Either side may hang up.
                    let _ = copy_bidirectional(&mut stream, &mut server).await;
                }
            }
        });
        Self { url: format!("{scheme}://{address}"), passed, _running: running }
    }

    fn passed(&self) -> usize {
        self.passed.load(Ordering::SeqCst)
    }
}

/// `CONNECT host:port HTTP/1.1`
async fn connect_target(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head);
    let mut words = head.split(' ');
    match (words.next(), words.next()) {
        (Some("CONNECT"), Some(target)) => Ok(target.to_owned()),
        _ => Err(io::Error::other("no CONNECT")),
    }
}

/// RFC 1928, without a password.
async fn socks_target(stream: &mut TcpStream) -> io::Result<String> {
    let mut greeting = [0; 2];
    stream.read_exact(&mut greeting).await?;
    stream.read_exact(&mut vec![0; usize::from(greeting[1])]).await?;
    stream.write_all(&[5, 0]).await?;
    let mut request = [0; 4];
    stream.read_exact(&mut request).await?;
    let host = match request[3] {
        1 => {
            let mut address = [0; 4];
            stream.read_exact(&mut address).await?;
            std::net::Ipv4Addr::from(address).to_string()
        }
        _ => {
            let mut name = vec![0; usize::from(stream.read_u8().await?)];
            stream.read_exact(&mut name).await?;
            String::from_utf8_lossy(&name).into_owned()
        }
    };
    Ok(format!("{host}:{}", stream.read_u16().await?))
}

#[test]
fn a_proxy_of_the_kubeconfig_is_gone_through() {
    for scheme in ["http", "socks5"] {
        let (server, proxy) = (Server::start(Validity::Good, empty_cluster), Proxy::start(scheme));
        let kubeconfig = server.kubeconfig(&json!({"proxy-url": proxy.url}), &json!({"token": "t"}));
        let person = Person::with(&kubeconfig);
        let (code, text) = person.asks(&["services"]);
        assert_eq!(code, 0, "{scheme}: {text}");
        assert!(proxy.passed() > 0 && !server.asked().is_empty(), "{scheme}: {text}");
        let (code, text) = person.asks(&["doctor"]);
        assert_eq!(code, 0, "{scheme}: {text}");
        assert!(text.contains("through the proxy 127.0.0.1:"), "{text}");
    }
}

#[test]
fn a_proxy_of_the_environment_is_gone_through_unless_no_proxy_says_otherwise() {
    for scheme in ["http", "socks5"] {
        let (server, proxy) = (Server::start(Validity::Good, empty_cluster), Proxy::start(scheme));
        let kubeconfig = server.kubeconfig(&json!({}), &json!({"token": "t"}));
        let environment = [("HTTPS_PROXY", proxy.url.as_str())];
        let (code, text) = Person { kubeconfig: &kubeconfig, environment: &environment }.asks(&["services"]);
        assert_eq!(code, 0, "{scheme}: {text}");
        assert!(proxy.passed() > 0, "{scheme}: {text}");
        let before = proxy.passed();
        let environment = [environment[0], ("NO_PROXY", "127.0.0.1")];
        let (code, text) = Person { kubeconfig: &kubeconfig, environment: &environment }.asks(&["services"]);
        assert_eq!((code, proxy.passed()), (0, before), "{scheme}: {text}");
    }
}

#[test]
fn a_proxy_that_refuses_or_is_not_there_is_named_without_its_password() {
    let server = Server::start(Validity::Good, empty_cluster);
    let (refusing, _running) = serve(|_, mut stream| async move {
        if connect_target(&mut stream).await.is_ok() {
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").await;
        }
    });
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    for proxy in [format!("http://ada:s3cr3t@{refusing}"), format!("http://{nobody}"), format!("socks5://{nobody}")] {
        let kubeconfig = server.kubeconfig(&json!({"proxy-url": proxy}), &json!({"token": "t"}));
        let person = Person::with(&kubeconfig);
        assert_eq!(person.is_told(&["proxy", "127.0.0.1:", "check proxy-url in the kubeconfig"]), (3, 3));
        let (_, text) = person.asks(&["doctor"]);
        assert!(!text.contains("s3cr3t"), "{text}");
    }
}
