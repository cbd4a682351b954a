//! What changed on a service, as text.

use crate::app::model::Model;
use crate::app::screen::HistoryScreen;
use crate::domain::change::Change;
use crate::domain::figure;
use crate::domain::revision::Soundness;

use super::document::Report;

pub(super) fn report(screen: &HistoryScreen, model: &Model) -> Report {
    let mut report = Report::new("History", &["AT (UTC)", "KIND", "CHANGE", "REVISION", "SOURCE", "HEALTH", "NOTE"]);
    let Some(history) = &screen.history else {
        report.problems.extend(screen.dossier.live.problem().cloned());
        return report;
    };
    let onset = screen.onset.map(|onset| (onset, history.position(onset)));
    for (index, change) in history.changes.iter().enumerate() {
        if let Some((at, position)) = onset
            && position == index
        {
            report.rows.push(vec![figure::stamp(at), "onset".into(), model.symptom(&screen.key).begins()]);
        }
        let about = if change.about { "~" } else { "" };
        report.rows.push(vec![
            format!("{about}{}", figure::stamp(change.at)),
            format!("{:?}", change.kind).to_lowercase(),
            change.title.to_string(),
            change.revision.map_or_else(|| "-".to_owned(), |number| number.to_string()),
            change.source.to_string(),
            soundness(change),
            change.note.to_string(),
        ]);
        report.items.push(serde_json::to_value(change).unwrap_or_default());
    }
    // What may be missing altogether, Helm's records and events of nodes, is said in the notes.
    let dossier = &screen.dossier;
    let lists = [&dossier.replica_sets, &dossier.config_maps, &dossier.autoscalers, &dossier.events];
    let unread = dossier.live.problem().into_iter().chain(lists.into_iter().filter_map(|part| part.problem()));
    report.problems.extend(unread.cloned());
    report.notes.extend(history.limits.iter().map(ToString::to_string));
    report
}

fn soundness(change: &Change) -> String {
    match &change.soundness {
        Soundness::Failed(why) => format!("failed: {why}"),
        Soundness::Unknown if change.revision.is_none() => "-".into(),
        soundness => soundness.words(),
    }
}
