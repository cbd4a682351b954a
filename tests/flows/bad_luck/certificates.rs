//! Certificates that have ended, of the server and of the user, and one that another authority signed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::everywhere::Person;
use super::server::{Authority, Pair, Server, Validity, empty_cluster, refusal};

fn user(pair: &Pair) -> Value {
    json!({
        "client-certificate-data": STANDARD.encode(&pair.certificate),
        "client-key-data": STANDARD.encode(&pair.key),
    })
}

#[test]
fn a_client_certificate_that_has_ended_is_named_with_its_last_day() {
    let server = Server::start(Validity::Good, |_| refusal(401, "Unauthorized", "Unauthorized"));
    let mine = server.authority.sign("ada", Validity::Ended);
    let kubeconfig = server.kubeconfig(&json!({}), &user(&mine));
    assert_eq!(Person::with(&kubeconfig).is_told(&["ended", "2020-12-31", "renew"]), (3, 3));
}

#[test]
fn a_server_certificate_that_has_ended_is_the_operators_matter() {
    let server = Server::start(Validity::Ended, empty_cluster);
    let kubeconfig = server.kubeconfig(&json!({}), &json!({"token": "t"}));
    let words = ["the server's certificate has expired", "2020-12-31", "the cluster's operator must renew it"];
    assert_eq!(Person::with(&kubeconfig).is_told(&words), (3, 3));
}

#[test]
fn a_server_of_another_authority_is_not_trusted() {
    let server = Server::start(Validity::Good, empty_cluster);
    let another = json!({"certificate-authority-data": STANDARD.encode(Authority::new().pem())});
    let kubeconfig = server.kubeconfig(&another, &json!({"token": "t"}));
    let words = ["not signed by the authority", "does not belong to this cluster"];
    assert_eq!(Person::with(&kubeconfig).is_told(&words), (3, 3));
}

#[test]
fn a_missing_authority_file_and_an_unknown_context_are_said_before_anything_is_sent() {
    let server = Server::start(Validity::Good, empty_cluster);
    let missing = json!({"certificate-authority-data": null, "certificate-authority": "/nowhere/ca.crt"});
    let kubeconfig = server.kubeconfig(&missing, &json!({"token": "t"}));
    let words = ["certificate-authority of c", "/nowhere/ca.crt", "the file does not exist", "correct the kubeconfig"];
    assert_eq!(Person::with(&kubeconfig).is_told(&words), (2, 2));
    let unknown = server.kubeconfig(&json!({}), &json!({"token": "t"})).replace("t\":\"prod-eu", "t\":\"prod-ue");
    let words = ["there is no context prod-ue", "did you mean prod-eu?"];
    assert_eq!(Person::with(&unknown).is_told(&words), (2, 2));
    assert!(server.asked().is_empty());
}
