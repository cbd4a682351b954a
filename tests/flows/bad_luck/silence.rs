//! Servers that refuse, accept and say nothing, or are something else.

use serde_json::json;

use super::everywhere::Person;
use super::server::{Reply, Server, Validity, serve};

#[test]
fn a_refused_port_is_said() {
    let server = Server::start(Validity::Good, |_| Reply::Silence);
    let nobody_listens = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address")
    };
    let cluster = json!({"server": format!("https://{nobody_listens}")});
    let kubeconfig = server.kubeconfig(&cluster, &json!({"token": "t"}));
    let words = [&nobody_listens.to_string(), "the connection was refused", "check that the API server runs"];
    assert_eq!(Person::with(&kubeconfig).is_told(&words), (3, 3));
}

#[test]
fn a_server_that_accepts_and_never_speaks_is_given_up() {
    let (silent, _running) = serve(|_, stream| async move {
        let _held = stream;
        std::future::pending().await
    });
    let server = Server::start(Validity::Good, |_| Reply::Silence);
    let cluster = json!({"server": format!("https://{silent}")});
    let kubeconfig = server.kubeconfig(&cluster, &json!({"token": "t"}));
    let words = ["no answer to the TLS handshake within 5 s", "check the network or the VPN"];
    assert_eq!(Person::with(&kubeconfig).is_told(&words), (3, 3));
}

#[test]
fn a_server_that_shakes_hands_and_never_answers_is_given_up() {
    let server = Server::start(Validity::Good, |_| Reply::Silence);
    let kubeconfig = server.kubeconfig(&json!({}), &json!({"token": "t"}));
    assert_eq!(Person::with(&kubeconfig).is_told(&["no answer", "check the network or the VPN"]), (3, 3));
}

#[test]
fn a_server_that_is_no_api_server_is_said() {
    let (web, _running) = serve(|_, mut stream| async move {
        use tokio::io::AsyncWriteExt;
        let _ = stream.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\nhello").await;
    });
    let server = Server::start(Validity::Good, |_| Reply::Silence);
    let kubeconfig = server.kubeconfig(&json!({"server": format!("https://{web}")}), &json!({"token": "t"}));
    let words = ["does not speak TLS", "check the server's address"];
    assert_eq!(Person::with(&kubeconfig).is_told(&words), (3, 3));
}
