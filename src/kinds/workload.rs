//! What Deployments, StatefulSets, DaemonSets and ReplicaSets have in common: a template, counts, an owner, a last rollout.

use jiff::Timestamp;
use serde::Serialize;

use super::column::{Cell, Column};
use super::image;
use super::interner::Interner;
use super::pod_container::Bounds;
use super::row::Keyed;
use super::wire::{LabelSelector, ManagedField, Manager, Metadata, Pair, PodTemplate, Time};
use crate::domain::health::Grade;
use crate::domain::object::{Kind, ObjectKey};
use crate::domain::service::Owner;
use crate::domain::text::CleanText;

/// Label of pods made by a Deployment's ReplicaSet.
pub const TEMPLATE_HASH: &str = "pod-template-hash";
/// Label of pods made by a StatefulSet or DaemonSet.
pub const REVISION_HASH: &str = "controller-revision-hash";
/// Annotation of a Deployment and its ReplicaSets.
pub const REVISION: &str = "deployment.kubernetes.io/revision";
/// Annotation of a ReplicaSet that was used again: its earlier numbers, separated by commas.
pub const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
pub const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";
/// Annotation of a template that `kubectl rollout restart` and our own restart set.
pub const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadRow {
    pub key: ObjectKey,
    pub uid: CleanText,
    pub created: Option<Timestamp>,
    pub deleted: Option<Timestamp>,
    pub generation: i64,
    pub observed_generation: i64,
    pub counts: Counts,
    pub template: TemplateSummary,
    /// The labels its pods are selected by.
    pub selector: Labels,
    pub owner: Owner,
    pub paused: bool,
    /// A rollout is done by the controller, not by deleting pods by hand (`OnDelete`).
    pub rolls_by_itself: bool,
    /// The Deployment's revision number.
    pub revision: Option<u64>,
    pub change_cause: CleanText,
    /// Whether a Deployment's rollout gets on.
    pub progress: Option<Progress>,
    /// Begin of the last rollout as near as the object itself tells; the ReplicaSets know better.
    pub rolled_out: Option<Timestamp>,
}

impl WorkloadRow {
    /// What is read the same way from every kind of workload; counts and whatever else a kind tells come on top.
    pub(super) fn begin(
        kind: Kind,
        metadata: &Metadata<ManagedField>,
        template: Option<&PodTemplate>,
        selector: Option<&LabelSelector>,
        interner: &mut Interner,
    ) -> Self {
        let created = metadata.created();
        Self {
            key: key(kind, metadata, interner),
            uid: CleanText::new(&metadata.uid),
            created,
            deleted: metadata.deleted(),
            generation: metadata.generation,
            observed_generation: 0,
            counts: Counts::default(),
            template: self::template(template, interner),
            selector: self::selector(selector, interner),
            owner: owner(metadata),
            paused: false,
            rolls_by_itself: true,
            revision: None,
            change_cause: CleanText::new(metadata.annotation(CHANGE_CAUSE).unwrap_or_default()),
            progress: None,
            rolled_out: template_written(&metadata.managed_fields).or(created),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    pub desired: u32,
    /// Pods there are, of any revision.
    pub total: u32,
    pub updated: u32,
    pub ready: u32,
    pub available: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateSummary {
    pub images: Box<[CleanText]>,
    /// Tag of the first image, or the version label.
    pub version: CleanText,
    pub labels: Labels,
    pub restarted_at: Option<Timestamp>,
    pub bounds: Bounds,
}

/// The Progressing condition of a Deployment.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// `NewReplicaSetAvailable`, `ReplicaSetUpdated`, `ProgressDeadlineExceeded`.
    pub reason: CleanText,
    pub message: CleanText,
    pub at: Option<Timestamp>,
}

impl Progress {
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.reason == "ProgressDeadlineExceeded"
    }

    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.reason == "NewReplicaSetAvailable"
    }
}

/// Sorted pairs, each text shared.
pub type Labels = Box<[(CleanText, CleanText)]>;

impl WorkloadRow {
    /// Every pod runs the newest template, and the controller has seen it.
    #[must_use]
    pub fn is_rolled_out(&self) -> bool {
        let counts = self.counts;
        self.observed_generation >= self.generation
            && (!self.rolls_by_itself
                || (counts.updated >= counts.desired
                    && counts.total <= counts.updated
                    && counts.available >= counts.updated))
    }

    /// How bad it is, from its own status alone.
    #[must_use]
    pub fn grade(&self) -> Grade {
        let counts = self.counts;
        if self.progress.as_ref().is_some_and(Progress::is_stuck) || (counts.desired > 0 && counts.ready == 0) {
            Grade::Broken
        } else if !self.is_rolled_out() && !self.paused && counts.updated < counts.desired {
            Grade::Changing
        } else if counts.ready < counts.desired {
            Grade::AtRisk
        } else {
            Grade::Ready
        }
    }

    fn state(&self) -> Cell {
        let word = if self.progress.as_ref().is_some_and(Progress::is_stuck) {
            "stuck"
        } else if self.paused {
            "paused"
        } else if self.counts.desired == 0 {
            "scaled to 0"
        } else if !self.is_rolled_out() {
            "rolling out"
        } else if self.counts.ready < self.counts.desired {
            "not ready"
        } else {
            "ready"
        };
        Cell::State(self.grade(), word.into())
    }
}

impl Keyed for WorkloadRow {
    fn key(&self) -> &ObjectKey {
        &self.key
    }
}

/// Columns of every workload.
pub const COLUMNS: &[Column<WorkloadRow>] = &[
    Column::left("NAME", 32, 0, |row, _| (&row.key.name).into()),
    Column::left("NAMESPACE", 16, 2, |row, _| (&row.key.namespace).into()),
    Column::right("READY", 7, 0, |row, _| Cell::Share(row.counts.ready, row.counts.desired)),
    Column::left("STATUS", 12, 0, |row, _| row.state()),
    Column::right("UPDATED", 7, 2, |row, _| row.counts.updated.into()),
    Column::right("AVAILABLE", 9, 3, |row, _| row.counts.available.into()),
    Column::left("VERSION", 14, 1, |row, _| (&row.template.version).into()),
    Column::right("ROLLED OUT", 10, 2, |row, _| row.rolled_out.into()),
    Column::left("OWNER", 20, 4, |row, _| (&owner_text(&row.owner)).into()),
    Column::left("IMAGES", 40, 5, |row, _| (&list(&row.template.images)).into()),
    Column::right("AGE", 5, 1, |row, _| row.created.into()),
];

/// Several texts in one cell.
#[must_use]
pub fn list(texts: &[CleanText]) -> CleanText {
    match texts {
        [] => CleanText::default(),
        [one] => one.clone(),
        several => several.join(", ").into(),
    }
}

/// `Helm pay`, `Argo CD pay`, `Flux pay`, empty when nobody else writes it.
#[must_use]
pub fn owner_text(owner: &Owner) -> CleanText {
    match owner {
        Owner::Nobody => CleanText::default(),
        Owner::Helm { release, .. } => format!("Helm {release}").into(),
        Owner::ArgoCd { application } => format!("Argo CD {application}").into(),
        Owner::Flux { name } => format!("Flux {name}").into(),
    }
}

pub fn key<M: Manager>(kind: Kind, metadata: &Metadata<M>, interner: &mut Interner) -> ObjectKey {
    ObjectKey { kind, namespace: interner.share(&metadata.namespace), name: CleanText::new(&metadata.name) }
}

pub fn labels(pairs: &[Pair], interner: &mut Interner) -> Labels {
    let mut labels: Vec<_> =
        pairs.iter().map(|pair| (interner.share(&pair.key), interner.share(&pair.value))).collect();
    labels.sort_unstable();
    labels.into_boxed_slice()
}

pub fn selector(selector: Option<&LabelSelector>, interner: &mut Interner) -> Labels {
    selector.map_or_else(Labels::default, |selector| labels(&selector.match_labels, interner))
}

/// Who else writes this object, by the marks they leave. GitOps goes first: it undoes what others do.
pub fn owner<M: Manager>(metadata: &Metadata<M>) -> Owner {
    let flux = metadata
        .label("kustomize.toolkit.fluxcd.io/name")
        .or_else(|| metadata.label("helm.toolkit.fluxcd.io/name"))
        .map(CleanText::new);
    // The label alone proves nothing: many charts set it without Argo CD.
    let argo = metadata
        .annotation("argocd.argoproj.io/tracking-id")
        .and_then(|id| id.split(':').next())
        .filter(|application| !application.is_empty())
        .map(CleanText::new);
    if let Some(application) = argo {
        Owner::ArgoCd { application }
    } else if let Some(name) = flux {
        Owner::Flux { name }
    } else if let Some(release) = metadata.annotation("meta.helm.sh/release-name") {
        let namespace = metadata.annotation("meta.helm.sh/release-namespace").unwrap_or(&metadata.namespace);
        Owner::Helm { release: CleanText::new(release), namespace: CleanText::new(namespace) }
    } else {
        Owner::Nobody
    }
}

pub fn template(template: Option<&PodTemplate>, interner: &mut Interner) -> TemplateSummary {
    let Some(template) = template else { return TemplateSummary::default() };
    let containers = template.spec.as_ref().map(|spec| spec.containers.as_slice()).unwrap_or_default();
    let label = |key: &str| template.metadata.as_ref().and_then(|metadata| metadata.label(key));
    let tag = containers.first().map(|container| image::version(&container.image)).unwrap_or_default();
    let version = if tag.is_empty() || tag == "latest" {
        label("app.kubernetes.io/version").or_else(|| label("version")).map_or(tag, CleanText::new)
    } else {
        tag
    };
    TemplateSummary {
        images: containers.iter().map(|container| interner.share(&container.image)).collect(),
        version: interner.share(&version),
        labels: template.metadata.as_ref().map(|metadata| labels(&metadata.labels, interner)).unwrap_or_default(),
        restarted_at: template
            .metadata
            .as_ref()
            .and_then(|metadata| metadata.annotation(RESTARTED_AT))
            .and_then(|at| at.parse().ok()),
        bounds: Bounds::sum(containers.iter()),
    }
}

/// The newest time somebody wrote the template. Other writes of the same manager move it too, so it is only near.
pub fn template_written(fields: &[ManagedField]) -> Option<Timestamp> {
    fields
        .iter()
        .filter(|field| field.subresource.is_empty() && field.owns("template"))
        .filter_map(|field| field.time.and_then(Time::timestamp))
        .max()
}

pub fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}
