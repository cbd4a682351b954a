use super::*;
use crate::sources::kube::kubeconfig::{Places, read};

fn clock() -> Clock {
    Clock::new(|| "2026-11-21T12:00:00Z".parse().unwrap())
}

fn target(text: &str, context: Option<&str>) -> Result<Target, Problem> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    std::fs::write(&path, text).unwrap();
    read(&Places { flag: Some(path), ..Places::default() })?.target(context, Impersonation::default(), &clock())
}

fn problem(text: &str, context: Option<&str>) -> Problem {
    match target(text, context) {
        Ok(_) => panic!("it was accepted"),
        Err(problem) => problem,
    }
}

const TWO: &str = "
current-context: prod-eu
contexts:
- name: prod-eu
  context: {cluster: eu, user: ada, namespace: checkout}
- name: prod-us
  context: {cluster: us, user: ada}
clusters:
- name: eu
  cluster: {server: 'https://eu.example:6443'}
- name: us
  cluster: {server: 'https://us.example:6443', certificate-authority: ca.crt}
users:
- name: ada
  user: {token: abc, as: bob}
";

#[test]
fn a_context_is_worked_out() {
    let target = target(TWO, None).unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(target.server, "eu.example:6443");
    assert_eq!(target.namespace, "checkout");
    assert_eq!(target.impersonation.user.as_deref(), Some("bob"));
}

#[test]
fn an_unknown_context_suggests_the_nearest() {
    let problem = problem(TWO, Some("prd-eu"));
    assert_eq!(problem.cause, Cause::Usage);
    assert_eq!(problem.hint, "did you mean prod-eu?");
    let far = self::problem(TWO, Some("zzz"));
    assert_eq!(far.hint, "prod-eu, prod-us");
}

#[test]
fn a_missing_authority_is_named_with_its_line() {
    let problem = problem(TWO, Some("prod-us"));
    assert!(problem.what.contains("line 12: certificate-authority of us"), "{problem}");
    assert!(problem.why.contains("ca.crt: the file does not exist"), "{problem}");
}

#[test]
fn a_context_without_its_cluster_is_named_with_its_line() {
    let problem = problem(&TWO.replace("name: eu\n", "name: eux\n"), None);
    assert!(problem.what.contains("line 5: context prod-eu names the cluster eu"), "{problem}");
    assert_eq!(problem.hint, "did you mean eux?");
}

#[test]
fn a_broken_server_or_certificate_is_named_with_its_line() {
    let broken = problem(&TWO.replace("https://eu.example:6443", "eu.example"), None);
    assert!(broken.what.contains("line 10: server of eu"), "{broken}");
    let data = TWO.replace("'https://eu.example:6443'", "'https://eu.example:6443', certificate-authority-data: '??'");
    let broken = problem(&data, None);
    assert!(broken.what.contains("certificate-authority-data"), "{broken}");
    assert_eq!(broken.why, "expected base64");
}

#[test]
fn a_key_without_pem_leaks_nothing() {
    let text = TWO.replace("token: abc", "client-certificate-data: aGk=, client-key-data: czNjcjN0");
    let problem = problem(&text, None);
    assert!(!problem.to_string().contains("s3cr3t"), "{problem}");
    assert!(problem.why.contains("certificate"), "{problem}");
}

#[test]
fn no_current_context_lists_the_contexts() {
    let problem = problem(&TWO.replace("current-context: prod-eu", ""), None);
    assert!(problem.hint.contains("prod-eu, prod-us"), "{problem}");
}
