use super::*;

fn places(files: &[&Path]) -> Places {
    Places { variable: Some(std::env::join_paths(files).unwrap()), ..Places::default() }
}

fn written(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

fn failure(text: &str) -> Problem {
    let file = written(text);
    match read(&places(&[file.path()])) {
        Ok(_) => panic!("it was read"),
        Err(problem) => {
            assert!(problem.what.contains(file.path().to_str().unwrap()), "{problem}");
            problem
        }
    }
}

#[test]
fn a_broken_file_names_line_and_expectation() {
    let problem = failure("apiVersion: v1\nclusters:\n- name: a\n  cluster: 7\n");
    assert!(problem.what.ends_with("line 4"), "{problem}");
    assert!(problem.why.contains("expected"), "{problem}");

    let problem = failure("apiVersion: v1\nclusters:\n  - name: a\n cluster: [\n");
    assert!(problem.what.contains("line "), "{problem}");
}

#[test]
fn a_missing_field_is_named() {
    let problem = failure("contexts:\n- name: a\n  context:\n    user: u\n");
    assert!(problem.why.contains("cluster"), "{problem}");
    assert!(problem.what.contains("line "), "{problem}");
}

#[test]
fn a_secret_never_stands_in_the_message() {
    let problem = failure("users:\n- name: a\n  user: s3cr3t-t0ken\n");
    assert!(!problem.to_string().contains("s3cr3t"), "{problem}");
    assert!(problem.what.ends_with("line 3"), "{problem}");
    let problem = failure("users:\n- name: a\n  user:\n    exec: s3cr3t-t0ken\n");
    assert!(!problem.to_string().contains("s3cr3t"), "{problem}");
}

#[test]
fn nothing_at_all_offers_the_demo() {
    let problem = read(&Places { home: Some("/nowhere".into()), ..Places::default() }).err().unwrap();
    assert_eq!(problem.cause, Cause::NoConnection);
    assert!(problem.why.contains("/nowhere/.kube/config"), "{problem}");
    assert!(problem.hint.contains("wk demo"), "{problem}");
}

#[test]
fn a_named_file_must_exist() {
    let problem = read(&Places { flag: Some("/nowhere/config".into()), ..Places::default() }).err().unwrap();
    assert_eq!(problem.cause, Cause::Usage);
    assert!(problem.to_string().contains("/nowhere/config"), "{problem}");
}

#[test]
fn of_two_files_the_first_holds() {
    let first = written("current-context: one\ncontexts:\n- name: one\n  context: {cluster: a}\n");
    let second = written(
        "current-context: two\ncontexts:\n- name: one\n  context: {cluster: b}\n- name: two\n  context: {cluster: b}\nclusters: null\n",
    );
    let merged =
        read(&places(&[first.path(), Path::new("/nowhere/else"), second.path()])).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(merged.current.as_deref(), Some("one"));
    assert_eq!(merged.contexts.len(), 2);
    assert_eq!(merged.contexts[0].entry.cluster.value, "a");
    assert_eq!(merged.contexts[1].file, 1);
}
