//! Whether somebody has put something else in place of what was written, and who, as far as the object tells.

use serde_json::Value;

use crate::domain::plan::Expectation;
use crate::domain::raw::RawObject;
use crate::domain::text::CleanText;
use crate::insight::interference::change_cause;

/// Our own name among the managers of fields.
const OURSELVES: &str = "watchkeeper";

/// Compares what is there now with the server's answer to the write. None while it stands as it was written.
#[must_use]
pub fn reverted_by(expectation: &Expectation, written: Option<&RawObject>, live: &RawObject) -> Option<CleanText> {
    if let Some(wanted) = expectation.replicas {
        let now = live.value().pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1);
        let who = writer(live, "f:replicas").unwrap_or_else(|| "somebody".to_owned());
        return (now != u64::from(wanted)).then(|| format!("{who}: {now} pods are wanted now").into());
    }
    // The answer to a patch of a part is not the workload, and cannot be compared with it.
    let written = written.filter(|written| written.text("/kind") == live.text("/kind"))?;
    let template = |object: &RawObject| object.value().pointer("/spec/template").cloned();
    if template(written) == template(live) {
        return None;
    }
    let who = writer(live, "f:template").unwrap_or_else(|| "somebody".to_owned());
    let cause = change_cause(live).filter(|cause| !cause.is_empty() && change_cause(written) != Some(cause));
    Some(match cause {
        Some(cause) => format!("{who} (“{cause}”)").into(),
        None => who.into(),
    })
}

/// The manager that wrote this field of the spec last.
fn writer(object: &RawObject, field: &str) -> Option<String> {
    let entries = object.value().pointer("/metadata/managedFields")?.as_array()?;
    let name = |entry: &Value| entry.get("manager").and_then(Value::as_str).unwrap_or_default().to_owned();
    let newest = entries
        .iter()
        .filter(|entry| entry.pointer("/fieldsV1/f:spec").is_some_and(|spec| spec.get(field).is_some()))
        // Times are whole seconds: in the same one, the other came after us.
        .max_by_key(|entry| {
            let time = entry.get("time").and_then(Value::as_str).unwrap_or_default().to_owned();
            (time, name(entry) != OURSELVES)
        })?;
    Some(name(newest)).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::workload::CHANGE_CAUSE;

    fn deployment(tag: &str, cause: &str, managers: &[(&str, &str, &str)]) -> RawObject {
        let fields: Vec<Value> = managers
            .iter()
            .map(|(manager, time, field)| {
                json!({"manager": manager, "time": time, "fieldsV1": {"f:spec": {(*field): {}}}})
            })
            .collect();
        RawObject::new(json!({"kind": "Deployment",
            "metadata": {"annotations": {(CHANGE_CAUSE): cause}, "managedFields": fields},
            "spec": {"replicas": 5, "template": {"spec": {"containers": [{"image": format!("shop/pay:{tag}")}]}}}}))
    }

    fn rollback() -> Expectation {
        Expectation { version: None, previous_version: None, replicas: None, new_pods: true }
    }

    const OURS: (&str, &str, &str) = ("watchkeeper", "2026-11-21T03:02:00Z", "f:template");

    #[test]
    fn what_stands_as_it_was_written_is_not_reverted() {
        let written = deployment("1.8.3", "ann with wk", &[OURS]);
        let scaled = deployment("1.8.3", "ann with wk", &[OURS, ("hpa", "2026-11-21T03:03:00Z", "f:replicas")]);
        assert_eq!(reverted_by(&rollback(), Some(&written), &scaled), None);
        assert_eq!(reverted_by(&rollback(), None, &scaled), None);
    }

    #[test]
    fn whoever_wrote_another_template_is_named_with_the_reason_given() {
        let written = deployment("1.8.3", "ann with wk", &[OURS]);
        let healed = deployment("1.8.4", "ann with wk", &[OURS, ("argocd-controller", OURS.1, "f:template")]);
        assert_eq!(reverted_by(&rollback(), Some(&written), &healed), Some("argocd-controller".into()));
        let other = deployment("1.8.4", "bob: again", &[("watchkeeper", "2026-11-21T03:03:00Z", "f:template")]);
        assert_eq!(reverted_by(&rollback(), Some(&written), &other), Some("watchkeeper (“bob: again”)".into()));
        let unknown = deployment("1.8.4", "", &[]);
        assert_eq!(reverted_by(&rollback(), Some(&written), &unknown), Some("somebody".into()));
    }

    #[test]
    fn another_number_of_pods_is_told_with_its_writer() {
        let scaling = Expectation { replicas: Some(8), new_pods: false, ..rollback() };
        let live = deployment("1.8.3", "", &[("kube-controller-manager", OURS.1, "f:replicas")]);
        let who = reverted_by(&scaling, None, &live);
        assert_eq!(who, Some("kube-controller-manager: 5 pods are wanted now".into()));
        assert_eq!(reverted_by(&Expectation { replicas: Some(5), ..scaling }, None, &live), None);
    }
}
