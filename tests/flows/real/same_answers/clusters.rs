//! The built-in cluster and the real one, asked the same by the same person.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};
use tokio::time::timeout;

use watchkeeper::demo::{Cluster, Options, Role};

use crate::real::cluster::kubeconfig;

use super::outline::{Answer, Names};

/// One request. `POD` in its path or body is a pod of pay-api.
#[derive(Clone, Debug)]
pub struct Ask {
    pub person: Role,
    pub method: Method,
    pub path: String,
    pub accept: &'static str,
    pub body: Option<(&'static str, Vec<u8>)>,
}

impl Ask {
    pub fn get(path: &str) -> Self {
        Self { person: Role::Admin, method: Method::GET, path: path.to_owned(), accept: "application/json", body: None }
    }

    pub fn write(method: Method, path: &str, content_type: &'static str, body: &Value) -> Self {
        Self { method, body: Some((content_type, body.to_string().into_bytes())), ..Self::get(path) }
    }

    pub fn patch(path: &str, kind: &'static str, body: &Value) -> Self {
        Self::write(Method::PATCH, path, kind, body)
    }

    pub fn post(path: &str, body: &Value) -> Self {
        Self::write(Method::POST, path, "application/json", body)
    }

    pub fn by(self, person: Role) -> Self {
        Self { person, ..self }
    }

    pub fn accept(self, accept: &'static str) -> Self {
        Self { accept, ..self }
    }

    /// What is sent, with the pod of this cluster.
    fn request(&self, pod: &str) -> Request<Vec<u8>> {
        let (content_type, body) = self.body.clone().unwrap_or_default();
        let mut request = Request::builder().method(&self.method).uri(self.path.replace("POD", pod));
        request = request.header(ACCEPT, self.accept);
        if !content_type.is_empty() {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let body = String::from_utf8(body).expect("text").replace("POD", pod);
        request.body(body.into_bytes()).expect("a request")
    }
}

pub struct BuiltIn {
    cluster: Arc<Cluster>,
    names: HashMap<Role, Names>,
}

impl BuiltIn {
    pub async fn start() -> Self {
        let epoch = "2026-11-21T03:00:00Z".parse().expect("a time");
        let options = Options { at: Duration::ZERO, speed: 1.0, seed: 7, pods: None, role: Role::Nobody, epoch };
        let mut built_in = Self { cluster: Cluster::start(options), names: HashMap::new() };
        let pod = pod_of_pay_api(&built_in.send(&Ask::get(PODS), "").await.1);
        for person in Role::ALL {
            let review = built_in.send(&Ask::post(WHO, &json!({})).by(person), "").await.1;
            let names = Names { pod: pod.clone(), container: "app", user: user_name(&review) };
            built_in.names.insert(person, names);
        }
        built_in
    }

    pub async fn ask(&self, ask: &Ask) -> Answer {
        let names = &self.names[&ask.person];
        let answer = timeout(PATIENCE, self.send(ask, &names.pod)).await;
        answer.map_or_else(|_| Answer::none(), |(head, body)| Answer::new(&head, &body, names))
    }

    async fn send(&self, ask: &Ask, pod: &str) -> (Response<()>, Vec<u8>) {
        let stream = self.cluster.dial().await.expect("a connection");
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("a handshake");
        let driven = tokio::spawn(connection);
        let (mut head, body) = ask.request(pod).into_parts();
        let token = format!("Bearer {}", ask.person.token());
        head.headers.insert(AUTHORIZATION, HeaderValue::from_str(&token).expect("a header"));
        head.headers.insert(HOST, HeaderValue::from_static("demo"));
        let body: Full<Bytes> = Full::from(body);
        let answer = sender.send_request(Request::from_parts(head, body)).await.expect("an answer");
        let answer = whole(answer).await;
        driven.abort();
        answer
    }
}

pub struct Real {
    clients: HashMap<Role, kube::Client>,
    pod: String,
}

impl Real {
    pub async fn start() -> Self {
        let mut real = Self { clients: HashMap::new(), pod: String::new() };
        for person in Role::ALL {
            let kubeconfig = Kubeconfig::read_from(kubeconfig(person.name())).expect("a kubeconfig");
            let options = KubeConfigOptions::default();
            let mut config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.expect("a configuration");
            if let Some(file) = config.auth_info.token_file.take() {
                let token = std::fs::read_to_string(file).expect("a token");
                config.auth_info.token = Some(token.trim().to_owned().into());
            }
            real.clients.insert(person, kube::Client::try_from(config).expect("a client"));
        }
        real.pod = pod_of_pay_api(&real.send(&Ask::get(PODS)).await.1);
        real
    }

    pub async fn ask(&self, ask: &Ask) -> Answer {
        let names = Names { pod: self.pod.clone(), container: "pay-api", user: ask.person.name().to_owned() };
        let answer = timeout(PATIENCE, self.send(ask)).await;
        answer.map_or_else(|_| Answer::none(), |(head, body)| Answer::new(&head, &body, &names))
    }

    async fn send(&self, ask: &Ask) -> (Response<()>, Vec<u8>) {
        let request = ask.request(&self.pod).map(kube::client::Body::from);
        whole(self.clients[&ask.person].send(request).await.expect("an answer")).await
    }
}

async fn whole<B: http_body::Body<Data = Bytes, Error: std::fmt::Debug>>(
    answer: Response<B>,
) -> (Response<()>, Vec<u8>) {
    let (head, body) = answer.into_parts();
    (Response::from_parts(head, ()), body.collect().await.expect("a whole body").to_bytes().to_vec())
}

/// What a body ends with, streams too: they are asked to last a second.
const PATIENCE: Duration = Duration::from_secs(10);
const PODS: &str = "/api/v1/namespaces/checkout/pods";
const WHO: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

fn pod_of_pay_api(pods: &[u8]) -> String {
    let pods: Value = serde_json::from_slice(pods).expect("a list of pods");
    let mut names = pods["items"].as_array().expect("pods").iter().filter_map(|pod| pod["metadata"]["name"].as_str());
    names.find(|name| name.starts_with("pay-api-")).expect("a pod of pay-api").to_owned()
}

fn user_name(review: &[u8]) -> String {
    let review: Value = serde_json::from_slice(review).expect("a review");
    review["status"]["userInfo"]["username"].as_str().expect("a name").to_owned()
}
