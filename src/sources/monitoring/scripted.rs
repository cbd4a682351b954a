//! A carrier for tests that answers by path prefix from a script.

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::StatusCode;
use std::sync::Mutex;

use crate::domain::problem::Problem;
use crate::sources::http_get::{HttpAnswer, HttpGet};

#[derive(Default)]
pub struct Scripted {
    answers: Vec<(String, Option<(u16, String)>)>,
    asked: Mutex<Vec<String>>,
}

impl Scripted {
    /// Answers every path that begins with `prefix`; the first rule that fits wins.
    pub fn answer(mut self, prefix: &str, status: u16, body: &str) -> Self {
        self.answers.push((prefix.to_owned(), Some((status, body.to_owned()))));
        self
    }

    /// Never answers below `prefix`.
    pub fn silent(mut self, prefix: &str) -> Self {
        self.answers.push((prefix.to_owned(), None));
        self
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no test panics while asking").clone()
    }
}

impl HttpGet for Scripted {
    fn get<'a>(&'a self, path: &'a str, _limit: usize) -> BoxFuture<'a, Result<HttpAnswer, Problem>> {
        self.asked.lock().expect("no test panics while asking").push(path.to_owned());
        let answer = self.answers.iter().find(|(prefix, _)| path.starts_with(prefix.as_str()));
        match answer {
            Some((_, None)) => futures::future::pending().boxed(),
            Some((_, Some((status, body)))) => {
                let status = StatusCode::from_u16(*status).expect("a status");
                let body = Bytes::copy_from_slice(body.as_bytes());
                async move { Ok(HttpAnswer { status, body }) }.boxed()
            }
            None => {
                let body = r#"{"kind":"Status","message":"services not found","reason":"NotFound","code":404}"#;
                async move {
                    Ok(HttpAnswer { status: StatusCode::NOT_FOUND, body: Bytes::from_static(body.as_bytes()) })
                }
                .boxed()
            }
        }
    }
}
