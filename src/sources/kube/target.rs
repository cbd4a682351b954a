//! One context worked out: which server, which credentials, as whom. Nothing is sent here; files are read.

use http::Uri;
use http::uri::InvalidUri;
use jiff::Timestamp;
use serde_saphyr::Spanned;

use super::credentials::Credentials;
use super::dial::{Dial, TcpDialer};
use super::kubeconfig::{ClusterEntry, ContextEntry, Kubeconfig, Placed, ServiceAccount, UserEntry, reason};
use super::tls::{ClientCertificate, TlsSettings, certificates};
use super::transport::Endpoint;
use crate::domain::identity::Environment;
use crate::domain::problem::{Cause, Problem};
use crate::domain::text::CleanText;
use crate::sources::clock::Clock;

/// As whom to act, beside the credentials: `--as`, `--as-group`, `--as-uid`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impersonation {
    pub user: Option<String>,
    pub groups: Vec<String>,
    pub uid: Option<String>,
}

/// A context as the list of contexts shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextRow {
    pub name: CleanText,
    pub cluster: CleanText,
    pub user: CleanText,
    pub namespace: CleanText,
    pub current: bool,
}

/// Where to connect to and as whom.
pub struct Target {
    pub context: CleanText,
    pub cluster: CleanText,
    /// Host and port.
    pub server: CleanText,
    /// The user's name in the kubeconfig.
    pub user: CleanText,
    pub namespace: CleanText,
    pub impersonation: Impersonation,
    pub environment: Environment,
    /// The server's certificate is not checked: a red banner.
    pub insecure: bool,
    /// When the client certificate ends.
    pub certificate_expires: Option<Timestamp>,
    pub(super) endpoint: Endpoint,
    pub(super) credentials: Credentials,
}

impl Target {
    /// A cluster inside this process, spoken to over the given streams.
    #[must_use]
    pub fn in_memory(context: &str, user: &str, namespace: &str, token: Option<&str>, dial: Dial) -> Self {
        Self {
            context: CleanText::new(context),
            cluster: CleanText::new(context),
            server: CleanText::new("in this process"),
            user: CleanText::new(user),
            namespace: CleanText::new(namespace),
            impersonation: Impersonation::default(),
            environment: Environment::Demo,
            insecure: false,
            certificate_expires: None,
            endpoint: Endpoint::Dial(dial),
            credentials: token.map_or(Credentials::Nothing, Credentials::token),
        }
    }

    /// The cluster this pod runs in.
    fn in_cluster(account: &ServiceAccount) -> Result<Self, Problem> {
        let read = |name: &str| {
            let path = account.folder.join(name);
            std::fs::read(&path).map_err(|error| {
                Problem::new(Cause::Usage, format!("cannot read {}", path.display()), reason(&error), "")
            })
        };
        let authorities = certificates(&read("ca.crt")?)
            .map_err(|why| Problem::new(Cause::Usage, "the service account's ca.crt cannot be used", why, ""))?;
        let namespace = String::from_utf8_lossy(&read("namespace")?).trim().to_string();
        let host = if account.host.contains(':') { format!("[{}]", account.host) } else { account.host.clone() };
        let server = format!("https://{host}:{}", account.port);
        let uri = server.parse::<Uri>().map_err(|error| {
            Problem::new(Cause::Usage, "the cluster's address is broken", error.to_string(), "KUBERNETES_SERVICE_HOST")
        })?;
        let tls =
            TlsSettings { authorities: Some(authorities), server_name: account.host.clone(), ..TlsSettings::default() };
        Ok(Self {
            context: CleanText::new("in-cluster"),
            cluster: CleanText::new("in-cluster"),
            server: CleanText::new(uri.authority().map_or(server.as_str(), |authority| authority.as_str())),
            user: CleanText::new("service account"),
            namespace: CleanText::new(&namespace),
            impersonation: Impersonation::default(),
            environment: Environment::default(),
            insecure: false,
            certificate_expires: None,
            endpoint: Endpoint::Tcp { dialer: TcpDialer::new(uri.clone(), None), server: uri, tls: Some(tls) },
            credentials: Credentials::token_file(account.folder.join("token")),
        })
    }
}

impl Kubeconfig {
    #[must_use]
    pub fn contexts(&self) -> Vec<ContextRow> {
        let row = |placed: &Placed<ContextEntry>| ContextRow {
            name: CleanText::new(&placed.name),
            cluster: CleanText::new(&placed.entry.cluster.value),
            user: CleanText::new(placed.entry.user.as_ref().map_or("", |user| &user.value)),
            namespace: CleanText::new(placed.entry.namespace.as_deref().unwrap_or("default")),
            current: self.current.as_ref() == Some(&placed.name),
        };
        self.contexts.iter().map(row).collect()
    }

    /// Works out a context; None is the current one.
    ///
    /// # Errors
    /// An unknown context, cluster or user, a missing or broken file: each with its place.
    pub fn target(
        &self,
        context: Option<&str>,
        impersonation: Impersonation,
        clock: &Clock,
    ) -> Result<Target, Problem> {
        if let (None, Some(account)) = (context, &self.service_account) {
            return Ok(Target { impersonation, ..Target::in_cluster(account)? });
        }
        let name = match context.or(self.current.as_deref()) {
            Some(name) => name,
            None => return Err(self.no_current_context()),
        };
        let context =
            self.contexts.iter().find(|placed| placed.name == name).ok_or_else(|| self.unknown_context(name))?;
        let cluster_name = &context.entry.cluster;
        let cluster =
            self.clusters.iter().find(|placed| placed.name == cluster_name.value).ok_or_else(|| {
                self.dangling(context, cluster_name, "cluster", self.clusters.iter().map(|c| &c.name))
            })?;
        let user = match &context.entry.user {
            None => None,
            Some(user) if user.value.is_empty() => None,
            Some(user) => {
                let found = self.users.iter().find(|placed| placed.name == user.value);
                Some(found.ok_or_else(|| self.dangling(context, user, "user", self.users.iter().map(|u| &u.name)))?)
            }
        };
        let (server, mut tls) = self.endpoint(cluster)?;
        let certificate =
            user.map(|user| self.client_certificate(user)).transpose()?.flatten().map(std::sync::Arc::new);
        let certificate_expires = certificate.as_ref().and_then(|certificate| certificate.expires());
        if let Some(tls) = &mut tls {
            tls.certificate = certificate;
        }
        let proxy = match &cluster.entry.proxy_url {
            Some(proxy) if !proxy.value.is_empty() => {
                let wrong = |why: &str| self.wrong(cluster, proxy, "proxy-url", why);
                let uri: Uri = proxy.value.parse().map_err(|error: InvalidUri| wrong(&error.to_string()))?;
                if !matches!(uri.scheme_str(), Some("http" | "https" | "socks5" | "socks5h")) {
                    return Err(wrong("expected http://, https:// or socks5://HOST:PORT"));
                }
                Some(uri)
            }
            _ => None,
        };
        Ok(Target {
            context: CleanText::new(name),
            cluster: CleanText::new(&cluster.name),
            server: CleanText::new(server.authority().map_or("", |authority| authority.as_str())),
            user: CleanText::new(context.entry.user.as_ref().map_or("", |user| &user.value)),
            namespace: CleanText::new(
                context.entry.namespace.as_deref().filter(|name| !name.is_empty()).unwrap_or("default"),
            ),
            impersonation: user.map_or(impersonation.clone(), |user| impersonate(impersonation, &user.entry)),
            environment: Environment::default(),
            insecure: cluster.entry.insecure_skip_tls_verify,
            certificate_expires,
            endpoint: Endpoint::Tcp { dialer: TcpDialer::new(server.clone(), proxy), server, tls },
            credentials: user.map_or(Ok(Credentials::Nothing), |user| self.credentials(user, cluster, clock))?,
        })
    }

    fn endpoint(&self, cluster: &Placed<ClusterEntry>) -> Result<(Uri, Option<TlsSettings>), Problem> {
        let Some(server) = &cluster.entry.server else {
            let place = format!("{}, line {}", self.file(cluster).display(), cluster.line);
            return Err(Problem::new(
                Cause::Usage,
                format!("{place}: cluster {} has no server", cluster.name),
                "expected `server: https://HOST:PORT`",
                match self.misspelt(cluster, "server") {
                    Some(field) => format!("it has “{field}”: did you mean server?"),
                    None => "correct the kubeconfig; nothing was connected".to_owned(),
                },
            ));
        };
        let uri =
            server.value.parse::<Uri>().map_err(|error| self.wrong(cluster, server, "server", &error.to_string()))?;
        let (Some(scheme @ ("https" | "http")), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return Err(self.wrong(cluster, server, "server", "expected https://HOST:PORT"));
        };
        if scheme == "http" {
            return Ok((uri, None));
        }
        let entry = &cluster.entry;
        let authorities = if let Some(data) = &entry.certificate_authority_data {
            let pem =
                decode(&data.value).map_err(|why| self.wrong(cluster, data, "certificate-authority-data", why))?;
            Some(certificates(&pem).map_err(|why| self.wrong(cluster, data, "certificate-authority-data", &why))?)
        } else if let Some(path) = &entry.certificate_authority {
            let pem = self.read(cluster, path, "certificate-authority")?;
            Some(certificates(&pem).map_err(|why| self.wrong(cluster, path, "certificate-authority", &why))?)
        } else {
            None
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_string();
        let server_name = entry.tls_server_name.clone().filter(|name| !name.is_empty()).unwrap_or(host);
        let tls = TlsSettings { authorities, insecure: entry.insecure_skip_tls_verify, server_name, certificate: None };
        Ok((uri, Some(tls)))
    }

    fn client_certificate(&self, user: &Placed<UserEntry>) -> Result<Option<ClientCertificate>, Problem> {
        let entry = &user.entry;
        let chain = match (&entry.client_certificate_data, &entry.client_certificate) {
            (Some(data), _) => {
                decode(&data.value).map_err(|why| self.wrong(user, data, "client-certificate-data", why))?
            }
            (None, Some(path)) => self.read(user, path, "client-certificate")?,
            (None, None) => return Ok(None),
        };
        let broken = |why: &str| {
            let what = format!("{}: the client key of user {} cannot be used", self.file(user).display(), user.name);
            Problem::new(Cause::Usage, what, why, "correct client-key or client-key-data")
        };
        let key = match (&entry.client_key_data, &entry.client_key) {
            (Some(data), _) => decode(data.expose()).map_err(broken)?,
            (None, Some(path)) => self.read(user, path, "client-key")?,
            (None, None) => return Err(broken("there is a certificate but no key")),
        };
        ClientCertificate::from_pem(&chain, &key).map(Some).map_err(|why| broken(&why))
    }

    fn credentials(
        &self,
        user: &Placed<UserEntry>,
        cluster: &Placed<ClusterEntry>,
        clock: &Clock,
    ) -> Result<Credentials, Problem> {
        let entry = &user.entry;
        if let Some(token) = entry.token.as_ref().filter(|token| !token.expose().is_empty()) {
            return Ok(Credentials::token(token.expose()));
        }
        if let Some(path) = &entry.token_file {
            return Ok(Credentials::token_file(self.resolve(user, &path.value)));
        }
        if let (Some(name), Some(password)) = (&entry.username, &entry.password) {
            return Ok(Credentials::basic(name, password.expose()));
        }
        if let Some(exec) = &entry.exec {
            let mut exec = exec.clone();
            if exec.command.contains('/') {
                exec.command = self.resolve(user, &exec.command).display().to_string();
            }
            let told = exec.provide_cluster_info.then(|| {
                serde_json::json!({
                    "server": cluster.entry.server.as_ref().map(|server| &server.value),
                    "tls-server-name": cluster.entry.tls_server_name,
                    "insecure-skip-tls-verify": cluster.entry.insecure_skip_tls_verify,
                    "certificate-authority-data": cluster.entry.certificate_authority_data.as_ref().map(|data| &data.value),
                    "proxy-url": cluster.entry.proxy_url.as_ref().map(|proxy| &proxy.value),
                })
            });
            return Ok(Credentials::plugin(exec, told, clock.clone()));
        }
        if let Some(provider) = &entry.auth_provider {
            return Err(Problem::new(
                Cause::Usage,
                format!("{}: user {} wants the auth-provider {}", self.file(user).display(), user.name, provider.name),
                "auth-providers left Kubernetes with 1.26",
                "use its credential plugin instead: `exec:` in the user entry",
            ));
        }
        Ok(Credentials::Nothing)
    }

    fn read<T>(&self, placed: &Placed<T>, path: &Spanned<String>, field: &str) -> Result<Vec<u8>, Problem> {
        let full = self.resolve(placed, &path.value);
        std::fs::read(&full)
            .map_err(|error| self.wrong(placed, path, field, &format!("{}: {}", full.display(), reason(&error))))
    }

    /// A field whose value cannot be used, with its file and line.
    fn wrong<T>(&self, placed: &Placed<T>, at: &Spanned<String>, field: &str, why: &str) -> Problem {
        Problem::new(
            Cause::Usage,
            format!(
                "{}, line {}: {field} of {} cannot be used",
                self.file(placed).display(),
                at.defined.line(),
                placed.name
            ),
            why,
            "correct the kubeconfig; nothing was connected",
        )
    }

    fn dangling<'a>(
        &self,
        context: &Placed<ContextEntry>,
        name: &Spanned<String>,
        what: &str,
        known: impl Iterator<Item = &'a String>,
    ) -> Problem {
        let file = self.file(context).display();
        Problem::new(
            Cause::Usage,
            format!("{file}, line {}: context {} names the {what} {}", name.defined.line(), context.name, name.value),
            format!("there is no {what} of that name"),
            suggestion(&name.value, known).unwrap_or_else(|| "correct the kubeconfig".into()),
        )
    }

    fn unknown_context(&self, name: &str) -> Problem {
        let why = match self.contexts.len() {
            0 => "the kubeconfig holds no contexts".to_string(),
            1 => "the kubeconfig holds one other context".to_string(),
            more => format!("the kubeconfig holds {more} other contexts"),
        };
        let hint = suggestion(name, self.contexts.iter().map(|placed| &placed.name));
        Problem::new(Cause::Usage, format!("there is no context {name}"), why, hint.unwrap_or_else(|| self.names()))
    }

    fn no_current_context(&self) -> Problem {
        Problem::new(
            Cause::Usage,
            "the kubeconfig has no current context",
            "current-context is not set",
            if self.contexts.is_empty() {
                "`wk demo` shows everything without a cluster".into()
            } else {
                format!("choose one with --context: {}", self.names())
            },
        )
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.contexts.iter().take(8).map(|placed| placed.name.as_str()).collect();
        let more = if self.contexts.len() > names.len() { ", …" } else { "" };
        format!("{}{more}", names.join(", "))
    }
}

/// `did you mean prod-eu?`
fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> Option<String> {
    let similar = known.map(|known| (strsim::jaro_winkler(name, known), known));
    let (score, nearest) = similar.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (score > 0.7).then(|| format!("did you mean {nearest}?"))
}

fn decode(text: &str) -> Result<Vec<u8>, &'static str> {
    use base64::Engine;
    let packed: String = text.split_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(packed).map_err(|_| "expected base64")
}

/// What the command line says goes before what the kubeconfig says.
fn impersonate(flags: Impersonation, user: &UserEntry) -> Impersonation {
    if flags != Impersonation::default() {
        return flags;
    }
    Impersonation {
        user: user.impersonate.clone(),
        groups: user.impersonate_groups.clone().unwrap_or_default(),
        uid: user.impersonate_uid.clone(),
    }
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
