//! Pods that do nothing but serve are most of a large cluster and differ in a dozen words. Their text is rendered once a
//! template, cut at those words, and put together for each pod.

use serde_json::json;

use super::metadata::Calendar;
use super::pod;
use crate::demo::world::StoryTime;
use crate::demo::world::pod::Pod;

/// What differs between two serving pods of one template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blank {
    Name,
    Uid,
    Version,
    Ip,
    Node,
    NodeIp,
    Token,
    ContainerId,
    Created,
    Started,
    Ready,
}

const BLANKS: [Blank; 11] = [
    Blank::Name,
    Blank::Uid,
    Blank::Version,
    Blank::Ip,
    Blank::Node,
    Blank::NodeIp,
    Blank::Token,
    Blank::ContainerId,
    Blank::Created,
    Blank::Started,
    Blank::Ready,
];

/// A pod of a template with blanks.
#[derive(Debug)]
pub struct PodText {
    /// What stands before each blank.
    parts: Vec<(Box<str>, Blank)>,
    rest: Box<str>,
}

/// No pod has these.
const STRANGE_VERSION: u64 = 987_654_321_987_654_321;
const STRANGE_YEARS: i64 = 3_200_000_000;

impl Blank {
    fn text(self, pod: &Pod, version: u64, calendar: Calendar) -> String {
        match self {
            Blank::Name => pod.name.clone(),
            Blank::Uid => pod.uid.clone(),
            Blank::Version => version.to_string(),
            Blank::Ip => pod.ip.clone(),
            Blank::Node => pod.node.unwrap_or_default().to_owned(),
            Blank::NodeIp => pod::node_ip(pod.node.unwrap_or_default()),
            Blank::Token => pod::token_volume(pod),
            Blank::ContainerId => pod::container_id(pod, &pod.restarts.to_string()),
            Blank::Created => calendar.second(pod.created),
            Blank::Started => calendar.second(pod.running_since.unwrap_or(pod.created)),
            Blank::Ready => calendar.second(pod.ready_changed),
        }
    }
}

impl PodText {
    /// Whether a pod's text can be put together from its template's.
    pub fn fits(pod: &Pod) -> bool {
        pod.ready
            && pod.deleted.is_none()
            && pod.waiting.is_none()
            && pod.last.is_none()
            && pod.restarts == 0
            && pod.running_since.is_some()
            && pod.node.is_some()
            && pod.extra_labels.is_empty()
    }

    /// Renders one pod with strange words and cuts its text at them.
    pub fn of(pod: &Pod, calendar: Calendar) -> PodText {
        let strange = Pod {
            name: "@@name@@".to_owned(),
            uid: "@@uid@@".to_owned(),
            ip: "@@ip@@".to_owned(),
            node: Some("@@node-number@@"),
            created: StoryTime::from_secs(STRANGE_YEARS),
            running_since: Some(StoryTime::from_secs(STRANGE_YEARS + 100)),
            ready_changed: StoryTime::from_secs(STRANGE_YEARS + 200),
            ..pod.clone()
        };
        let mut value = pod::render(&strange, STRANGE_VERSION, calendar);
        if let Some(map) = value.as_object_mut() {
            map.retain(|name, _| name != "kind" && name != "apiVersion");
        }
        let text = json!(value).to_string();
        let mut cuts: Vec<(usize, usize, Blank)> = BLANKS
            .into_iter()
            .flat_map(|blank| {
                let word = blank.text(&strange, STRANGE_VERSION, calendar);
                text.match_indices(&word).map(|(at, word)| (at, word.len(), blank)).collect::<Vec<_>>()
            })
            .collect();
        cuts.sort_by_key(|(at, _, _)| *at);
        let (mut parts, mut end) = (Vec::with_capacity(cuts.len()), 0);
        for (at, length, blank) in cuts {
            parts.push((text[end..at].into(), blank));
            end = at + length;
        }
        PodText { parts, rest: text[end..].into() }
    }

    pub fn write(&self, out: &mut Vec<u8>, pod: &Pod, version: u64, calendar: Calendar) {
        let words = BLANKS.map(|blank| blank.text(pod, version, calendar));
        for (part, blank) in &self.parts {
            out.extend_from_slice(part.as_bytes());
            out.extend_from_slice(words[*blank as usize].as_bytes());
        }
        out.extend_from_slice(self.rest.as_bytes());
    }
}
