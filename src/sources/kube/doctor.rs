//! Connecting step by step, each told with what was found, how long it took, and what to do when it failed.

use std::time::Duration;

use http::Uri;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::connection::{Connection, Context};
use super::kubeconfig::{Kubeconfig, Places, read};
use super::target::{Impersonation, Target};
use super::tls::{Tls, TlsSettings};
use super::transport::Endpoint;
use crate::domain::access::{Access, Grant};
use crate::domain::object::{Kind, Scope};
use crate::domain::problem::{Cause, Problem};
use crate::domain::text::CleanText;
use crate::sources::clock::Clock;

/// One step of connecting.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub name: &'static str,
    pub took: Duration,
    pub finding: Finding,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    Good(CleanText),
    /// It goes on, with less.
    Warning(Problem),
    /// It cannot go on.
    Failed(Problem),
}

/// Warn when credentials end within this time.
const ENDS_SOON: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// Reads the kubeconfig and works out the context. None when a step failed.
pub async fn examine_kubeconfig(
    places: &Places,
    context: Option<&str>,
    impersonation: Impersonation,
    clock: &Clock,
    steps: &mpsc::Sender<Step>,
) -> Option<Target> {
    let began = Instant::now();
    let kubeconfig = tell(steps, "kubeconfig", began, read(places), |config: &Kubeconfig| config.summary()).await?;
    let began = Instant::now();
    let target = kubeconfig.target(context, impersonation, clock);
    let summary = |target: &Target| {
        let user = if target.user.is_empty() { "nobody" } else { target.user.as_str() };
        format!("{}: {} as {user}, namespace {}", target.context, target.server, target.namespace)
    };
    tell(steps, "context", began, target, summary).await
}

/// Connects to a target and looks around. None when a step failed; else the connection, for what comes after.
pub async fn examine_connection(target: Target, context: Context, steps: &mpsc::Sender<Step>) -> Option<Connection> {
    let now = context.clock.now();
    let began = Instant::now();
    let proof = target.credentials.proof().await;
    let certificate = proof.as_ref().ok().and_then(|proof| proof.certificate.clone());
    let known = (target.credentials.kind(), target.certificate_expires, target.credentials.expires().await);
    let finding = match proof {
        Err(problem) => Finding::Failed(problem),
        Ok(_) => credentials(known.0, known.1, known.2, now),
    };
    tell_finding(steps, "credentials", began, finding).await?;
    if let Endpoint::Tcp { server, dialer, tls } = &target.endpoint {
        let began = Instant::now();
        let what = format!("cannot reach {}", target.server);
        let dialed = dialer.dial().await.map_err(|fault| fault.problem(&what));
        let through = dialer.proxy().map(|proxy| format!(" through the proxy {}", without_password(proxy)));
        let reached = format!("{} answers{}", target.server, through.unwrap_or_default());
        let stream = tell(steps, "network", began, dialed, |_| reached).await?;
        let began = Instant::now();
        let Some(settings) = tls else {
            let problem = Problem::new(
                Cause::NoConnection,
                "no TLS",
                format!("{server} is plain HTTP"),
                "everyone on the way can read along, credentials included",
            );
            tell_finding(steps, "TLS", began, Finding::Warning(problem)).await?;
            return examine_server(target, context, steps).await;
        };
        let what = format!("no TLS connection to {}", target.server);
        let shaken = match Tls::new(settings, certificate.as_deref()) {
            Ok(tls) => tls.shake(stream, false).await.map_err(|fault| fault.problem(&what)),
            Err(why) => Err(Problem::new(Cause::Usage, what, why, "correct the kubeconfig")),
        };
        let finding = match shaken {
            Ok((_, http2)) => trust(settings, http2),
            Err(problem) => Finding::Failed(problem),
        };
        tell_finding(steps, "TLS", began, finding).await?;
    }
    examine_server(target, context, steps).await
}

async fn examine_server(target: Target, context: Context, steps: &mpsc::Sender<Step>) -> Option<Connection> {
    let namespace = target.namespace.clone();
    let began = Instant::now();
    let connection = match Connection::new(target, context) {
        Ok(connection) => connection,
        Err(problem) => {
            tell_finding(steps, "server", began, Finding::Failed(problem)).await?;
            return None;
        }
    };
    let version = connection.server_version().await;
    tell(steps, "server", began, version, |version| format!("Kubernetes {version}")).await?;
    let began = Instant::now();
    let identity = connection.whoami().await;
    tell(steps, "identity", began, identity, |identity| {
        let groups: Vec<&str> = identity.groups.iter().map(CleanText::as_str).collect();
        format!("the server knows you as {} ({})", identity.user, groups.join(", "))
    })
    .await?;
    let began = Instant::now();
    let finding = match connection.list_names(Kind::Namespace, &Scope::Cluster).await {
        Ok(names) => Finding::Good(format!("{} namespaces", names.len()).into()),
        Err(mut problem) => {
            problem.hint = "name the namespaces with -n a,b".into();
            Finding::Warning(problem)
        }
    };
    tell_finding(steps, "namespaces", began, finding).await?;
    rights(&connection, &namespace, steps).await?;
    Some(connection)
}

/// What the console can do here, by the server's word.
async fn rights(connection: &Connection, namespace: &str, steps: &mpsc::Sender<Step>) -> Option<()> {
    let groups: [(&'static str, &[(&str, &str, &str)]); 5] = [
        ("see services", &[("list", "apps", "deployments"), ("list", "", "pods")]),
        ("see them live", &[("watch", "apps", "deployments"), ("watch", "", "pods")]),
        ("read logs", &[("get", "", "pods/log")]),
        ("roll back and scale", &[("patch", "apps", "deployments"), ("patch", "apps", "deployments/scale")]),
        ("open a shell", &[("get", "", "pods/exec"), ("create", "", "pods/exec")]),
    ];
    let place = if namespace.is_empty() { "all namespaces" } else { namespace };
    for (name, needs) in groups {
        let began = Instant::now();
        let needs: Vec<Access> =
            needs.iter().map(|(verb, group, resource)| Access::new(verb, group, resource, namespace)).collect();
        let answers = connection.access_review(&needs).await;
        let mut finding = Finding::Good(format!("may {name} in {place}").into());
        for (access, grant) in answers {
            let what = format!("cannot {name} in {place}");
            match grant {
                Grant::Allowed => {}
                Grant::Denied(why) => {
                    let why = format!("{access}: {why}");
                    finding = Finding::Warning(Problem::new(Cause::Denied(access), what, why, "ask for this right"));
                    break;
                }
                Grant::Unknown => {
                    let why = format!("{access}: the server did not settle it");
                    finding = Finding::Warning(Problem::new(Cause::Server, what, why, "try it: the server decides"));
                }
            }
        }
        tell_finding(steps, "rights", began, finding).await?;
    }
    Some(())
}

fn credentials(kind: String, certificate: Option<Timestamp>, proof: Option<Timestamp>, now: Timestamp) -> Finding {
    let end = match (certificate, proof) {
        (Some(certificate), Some(proof)) => Some(certificate.min(proof)),
        (certificate, proof) => certificate.or(proof),
    };
    let kind = if certificate.is_some() { join("a client certificate", &kind) } else { kind };
    let Some(end) = end else {
        let kind = if kind.is_empty() { "none: the server will see you as anonymous".into() } else { kind };
        return Finding::Good(kind.into());
    };
    if end <= now {
        return Finding::Failed(Problem::new(
            Cause::Unauthenticated,
            "the credentials have ended",
            format!("{kind}, until {end}"),
            "log in again or renew them",
        ));
    }
    let text = format!("{kind}, until {end}");
    if end < now + ENDS_SOON {
        return Finding::Warning(Problem::new(Cause::Unauthenticated, text, "that is soon", ""));
    }
    Finding::Good(text.into())
}

fn join(first: &str, second: &str) -> String {
    if second.is_empty() { first.to_string() } else { format!("{first} and {second}") }
}

fn trust(settings: &TlsSettings, http2: bool) -> Finding {
    if settings.insecure {
        return Finding::Warning(Problem::new(
            Cause::NoConnection,
            "the server's certificate is not checked",
            "the kubeconfig says insecure-skip-tls-verify",
            "anyone on the way can pretend to be the server",
        ));
    }
    let authority = match &settings.authorities {
        Some(_) => "the kubeconfig's authority",
        None => "the system's authorities",
    };
    let protocol = if http2 { "HTTP/2" } else { "HTTP/1.1: each watch takes a connection of its own" };
    Finding::Good(format!("{} by {authority}, {protocol}", settings.server_name).into())
}

fn without_password(proxy: &Uri) -> String {
    let host = proxy.authority().map_or("", |authority| authority.as_str());
    host.rsplit('@').next().unwrap_or_default().to_string()
}

async fn tell<T>(
    steps: &mpsc::Sender<Step>,
    name: &'static str,
    began: Instant,
    result: Result<T, Problem>,
    good: impl FnOnce(&T) -> String,
) -> Option<T> {
    match result {
        Ok(value) => {
            tell_finding(steps, name, began, Finding::Good(good(&value).into())).await?;
            Some(value)
        }
        Err(problem) => {
            tell_finding(steps, name, began, Finding::Failed(problem)).await?;
            None
        }
    }
}

/// None when it cannot go on, or nobody listens.
async fn tell_finding(steps: &mpsc::Sender<Step>, name: &'static str, began: Instant, finding: Finding) -> Option<()> {
    let goes_on = !matches!(finding, Finding::Failed(_));
    let told = steps.send(Step { name, took: began.elapsed(), finding }).await.is_ok();
    (goes_on && told).then_some(())
}

#[cfg(test)]
#[path = "doctor_tests.rs"]
mod tests;
