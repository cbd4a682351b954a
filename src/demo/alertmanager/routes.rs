//! The routing tree: who is told of what, how alerts are grouped, and which alert mutes which.

use super::matcher::{Matcher, all_match};
use crate::demo::prometheus::Labels;

pub const RECEIVERS: [&str; 3] = ["#oncall", "pager", "watchdog"];

/// The labels by which alerts of a receiver are told together.
pub const GROUP_BY: [&str; 2] = ["alertname", "namespace"];

/// The configuration as `/status` shows it. [`receivers`] and [`inhibits`] do what it says.
pub const CONFIGURATION: &str = "\
route:
  receiver: '#oncall'
  group_by: [alertname, namespace]
  group_wait: 10s
  group_interval: 1m
  repeat_interval: 4h
  routes:
  - receiver: watchdog
    matchers: ['alertname=\"Watchdog\"']
  - receiver: pager
    matchers: ['severity=\"critical\"']
    continue: true
  - receiver: '#oncall'
inhibit_rules:
- source_matchers: ['alertname=\"PodCrashLooping\"']
  target_matchers: ['alertname=\"ContainerNearLimit\"']
  equal: [namespace, pod]
receivers:
- name: '#oncall'
- name: pager
- name: watchdog
";

pub fn receivers(labels: &Labels) -> Vec<&'static str> {
    if labels.get("alertname") == "Watchdog" {
        return vec!["watchdog"];
    }
    match labels.get("severity") {
        "critical" => vec!["pager", "#oncall"],
        _ => vec!["#oncall"],
    }
}

/// Whether one firing alert mutes another.
pub fn inhibits(source: &Labels, target: &Labels) -> bool {
    all_match(&[Matcher::equal("alertname", "PodCrashLooping")], source)
        && all_match(&[Matcher::equal("alertname", "ContainerNearLimit")], target)
        && ["namespace", "pod"].iter().all(|name| source.get(name) == target.get(name))
}
