//! Reading kubeconfig files: finding them, parsing them with the line of each mistake, merging them as kubectl does.
//! What a context means for a connection is worked out in `target`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_saphyr::Spanned;

use crate::domain::problem::{Cause, Problem};
use crate::domain::redacted::Redacted;

const DEMO_HINT: &str = "`wk demo` shows everything without a cluster; --kubeconfig FILE names a file";

/// Where kubeconfig files may lie.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// `--kubeconfig`
    pub flag: Option<PathBuf>,
    /// The environment variable KUBECONFIG, a list of paths.
    pub variable: Option<OsString>,
    pub home: Option<PathBuf>,
    /// Where a pod finds its service account.
    pub service_account: Option<ServiceAccount>,
}

/// What the cluster gives to a program that runs in a pod.
#[derive(Clone, Debug)]
pub struct ServiceAccount {
    pub host: String,
    pub port: String,
    pub folder: PathBuf,
}

impl Places {
    /// The places of this process.
    #[must_use]
    pub fn of_process(flag: Option<PathBuf>) -> Self {
        let folder = PathBuf::from("/var/run/secrets/kubernetes.io/serviceaccount");
        let service_account = match (std::env::var("KUBERNETES_SERVICE_HOST"), folder.join("token").exists()) {
            (Ok(host), true) => {
                let port = std::env::var("KUBERNETES_SERVICE_PORT").unwrap_or_else(|_| "443".into());
                Some(ServiceAccount { host, port, folder })
            }
            _ => None,
        };
        Self {
            flag,
            variable: std::env::var_os("KUBECONFIG").filter(|value| !value.is_empty()),
            home: std::env::home_dir(),
            service_account,
        }
    }
}

/// All files, merged: of two entries with one name the first file's holds.
pub struct Kubeconfig {
    pub(super) files: Vec<PathBuf>,
    pub(super) current: Option<String>,
    pub(super) contexts: Vec<Placed<ContextEntry>>,
    pub(super) clusters: Vec<Placed<ClusterEntry>>,
    pub(super) users: Vec<Placed<UserEntry>>,
    /// Serves when there are no files.
    pub(super) service_account: Option<ServiceAccount>,
}

/// A named entry and the file it stands in.
pub(super) struct Placed<T> {
    pub(super) file: usize,
    /// Where its name stands.
    pub(super) line: u64,
    pub(super) name: String,
    pub(super) entry: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    current_context: Option<String>,
    contexts: Option<Vec<NamedContext>>,
    clusters: Option<Vec<NamedCluster>>,
    users: Option<Vec<NamedUser>>,
}

#[derive(Deserialize)]
struct NamedContext {
    name: Spanned<String>,
    context: Option<ContextEntry>,
}

#[derive(Deserialize)]
struct NamedCluster {
    name: Spanned<String>,
    cluster: Option<ClusterEntry>,
}

#[derive(Deserialize)]
struct NamedUser {
    name: Spanned<String>,
    user: Option<UserEntry>,
}

#[derive(Deserialize)]
pub(super) struct ContextEntry {
    pub(super) cluster: Spanned<String>,
    pub(super) user: Option<Spanned<String>>,
    pub(super) namespace: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct ClusterEntry {
    pub(super) server: Option<Spanned<String>>,
    pub(super) certificate_authority: Option<Spanned<String>>,
    pub(super) certificate_authority_data: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) insecure_skip_tls_verify: bool,
    pub(super) tls_server_name: Option<String>,
    pub(super) proxy_url: Option<Spanned<String>>,
}

/// No Debug: it holds secrets.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct UserEntry {
    #[serde(deserialize_with = "secret")]
    pub(super) token: Option<Redacted<String>>,
    #[serde(rename = "tokenFile")]
    pub(super) token_file: Option<Spanned<String>>,
    pub(super) client_certificate: Option<Spanned<String>>,
    pub(super) client_certificate_data: Option<Spanned<String>>,
    pub(super) client_key: Option<Spanned<String>>,
    #[serde(deserialize_with = "secret")]
    pub(super) client_key_data: Option<Redacted<String>>,
    pub(super) username: Option<String>,
    #[serde(deserialize_with = "secret")]
    pub(super) password: Option<Redacted<String>>,
    #[serde(rename = "as")]
    pub(super) impersonate: Option<String>,
    #[serde(rename = "as-uid")]
    pub(super) impersonate_uid: Option<String>,
    #[serde(rename = "as-groups")]
    pub(super) impersonate_groups: Option<Vec<String>>,
    pub(super) exec: Option<ExecEntry>,
    pub(super) auth_provider: Option<AuthProviderEntry>,
}

#[derive(Deserialize)]
pub(super) struct AuthProviderEntry {
    pub(super) name: String,
}

/// A credential plugin, as the file describes it.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExecEntry {
    pub(super) api_version: Option<String>,
    pub(super) command: String,
    pub(super) args: Option<Vec<String>>,
    pub(super) env: Option<Vec<EnvEntry>>,
    pub(super) install_hint: Option<String>,
    #[serde(default)]
    pub(super) provide_cluster_info: bool,
    pub(super) interactive_mode: Option<String>,
}

#[derive(Clone, Deserialize)]
pub(super) struct EnvEntry {
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: String,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Redacted<String>>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Redacted::new))
}

/// Reads all kubeconfig files of these places.
///
/// # Errors
/// No file at all, one that cannot be read, or one that is not a kubeconfig.
pub fn read(places: &Places) -> Result<Kubeconfig, Problem> {
    let (paths, all_must_exist) = candidates(places);
    let mut merged = Kubeconfig {
        files: Vec::new(),
        current: None,
        contexts: Vec::new(),
        clusters: Vec::new(),
        users: Vec::new(),
        service_account: None,
    };
    for path in &paths {
        match std::fs::read_to_string(path) {
            Ok(text) => merged.add(path, parse(path, &text)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !all_must_exist => {}
            Err(error) => {
                return Err(Problem::new(
                    Cause::Usage,
                    format!("cannot read the kubeconfig {}", path.display()),
                    reason(&error),
                    DEMO_HINT,
                ));
            }
        }
    }
    if merged.files.is_empty() {
        merged.service_account.clone_from(&places.service_account);
    }
    if merged.files.is_empty() && merged.service_account.is_none() {
        let looked = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        let why = if looked.is_empty() { "no home directory".into() } else { format!("looked for {looked}") };
        return Err(Problem::new(Cause::NoConnection, "there is no kubeconfig", why, DEMO_HINT));
    }
    Ok(merged)
}

/// The files to read, and whether each must be there.
fn candidates(places: &Places) -> (Vec<PathBuf>, bool) {
    if let Some(flag) = &places.flag {
        return (vec![flag.clone()], true);
    }
    if let Some(variable) = &places.variable {
        return (std::env::split_paths(variable).filter(|path| !path.as_os_str().is_empty()).collect(), false);
    }
    (places.home.iter().map(|home| home.join(".kube").join("config")).collect(), false)
}

/// What an io::Error says without the operating system's number.
pub(super) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "the file does not exist".into(),
        std::io::ErrorKind::PermissionDenied => "this user may not read it".into(),
        std::io::ErrorKind::IsADirectory => "it is a directory".into(),
        std::io::ErrorKind::InvalidData => "it is not text".into(),
        _ => error.to_string(),
    }
}

fn parse(path: &Path, text: &str) -> Result<File, Problem> {
    if text.trim().is_empty() {
        return Err(broken(path, None, "the file is empty"));
    }
    serde_saphyr::from_str(text).map_err(|error| {
        let error = error.without_snippet();
        broken(path, error.location().map(|at| at.line()), &expectation(&error.to_string()))
    })
}

fn broken(path: &Path, line: Option<u64>, why: &str) -> Problem {
    let place = match line {
        Some(line) if line > 0 => format!("{}, line {line}", path.display()),
        _ => path.display().to_string(),
    };
    Problem::new(Cause::Usage, format!("broken kubeconfig: {place}"), why, "correct the file; nothing was connected")
}

/// The parser's message without values of the file, which may be secrets, and without the position, which we say.
fn expectation(message: &str) -> String {
    let first = message.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let first = first.trim_start_matches("error: ");
    let first = match first.find(": ") {
        // `line 3 column 5: …`
        Some(at) if first.starts_with("line ") => &first[at + 2..],
        _ => first,
    };
    let first = first.split(" at line ").next().unwrap_or(first);
    // The parser speaks to programmers.
    let plain = [
        ("budget breached", "its parts repeat each other beyond measure"),
        ("recursion limit", "it is nested too deeply"),
        ("multiple YAML documents", "expected one document, and `---` begins another"),
        ("expected mapping start", "expected fields, such as `apiVersion: v1`"),
        ("expected sequence start", "expected a list, such as `- name: …`"),
        ("found a tab", "expected spaces, found a tab"),
    ];
    if let Some((_, words)) = plain.iter().find(|(jargon, _)| first.contains(jargon)) {
        return (*words).to_owned();
    }
    if let Some((_, key)) = first.split_once("duplicate mapping key: ") {
        return format!("{} stands there twice", key.split(',').next().unwrap_or(key));
    }
    match first.rfind("expected ") {
        Some(at) => first[at..].to_string(),
        None => first.to_string(),
    }
}

impl Kubeconfig {
    fn add(&mut self, path: &Path, file: File) {
        let index = self.files.len();
        self.files.push(path.to_path_buf());
        self.current = self.current.take().or(file.current_context.filter(|name| !name.is_empty()));
        for named in file.contexts.into_iter().flatten() {
            push(&mut self.contexts, index, named.name, named.context);
        }
        for named in file.clusters.into_iter().flatten() {
            push(&mut self.clusters, index, named.name, named.cluster);
        }
        for named in file.users.into_iter().flatten() {
            push(&mut self.users, index, named.name, named.user);
        }
    }

    /// Which files were read, in words.
    pub(super) fn summary(&self) -> String {
        if self.service_account.is_some() {
            return "none: the service account of this pod".into();
        }
        let files: Vec<String> = self.files.iter().map(|file| file.display().to_string()).collect();
        match self.contexts.len() {
            1 => format!("{}: 1 context", files.join(", ")),
            count => format!("{}: {count} contexts", files.join(", ")),
        }
    }

    /// The file of an entry, for messages.
    pub(super) fn file<T>(&self, placed: &Placed<T>) -> &Path {
        self.files.get(placed.file).map_or(Path::new(""), PathBuf::as_path)
    }

    /// The field of a cluster's entry that may have been meant to be this one.
    pub(super) fn misspelt(&self, cluster: &Placed<ClusterEntry>, field: &str) -> Option<String> {
        #[derive(Deserialize)]
        struct Loose {
            clusters: Vec<LooseCluster>,
        }
        #[derive(Deserialize)]
        struct LooseCluster {
            name: String,
            cluster: BTreeMap<String, IgnoredAny>,
        }
        let text = std::fs::read_to_string(self.file(cluster)).ok()?;
        let loose: Loose = serde_saphyr::from_str(&text).ok()?;
        let found = loose.clusters.into_iter().find(|found| found.name == cluster.name)?;
        found.cluster.into_keys().find(|key| strsim::jaro_winkler(key, field) > 0.85)
    }

    /// A path as an entry's file means it: relative to that file's folder.
    pub(super) fn resolve<T>(&self, placed: &Placed<T>, path: &str) -> PathBuf {
        self.file(placed).parent().unwrap_or(Path::new("")).join(path)
    }
}

fn push<T>(entries: &mut Vec<Placed<T>>, file: usize, name: Spanned<String>, entry: Option<T>) {
    if let Some(entry) = entry
        && !entries.iter().any(|known| known.name == name.value)
    {
        entries.push(Placed { file, line: name.defined.line(), name: name.value, entry });
    }
}

#[cfg(test)]
#[path = "kubeconfig_tests.rs"]
mod tests;
