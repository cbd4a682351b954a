//! From answers to the numbers of each service.

use std::collections::BTreeMap;

use crate::domain::metric::{RangeAnswer, Series, Vital};
use crate::domain::object::ObjectKey;
use crate::domain::service::Vitals;
use crate::domain::text::CleanText;

use super::query_name as name;

/// What one pod of a service may use, by its specification.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    pub cpu_cores: Option<f64>,
    pub memory_bytes: Option<f64>,
}

/// The numbers of every service in the answers. CPU is the mean of its pods and memory that of the fullest one, both
/// as a share of the limit of a pod: without a limit there is no share.
pub fn vitals<'a>(
    services: impl IntoIterator<Item = &'a ObjectKey>,
    limits: impl Fn(&ObjectKey) -> Limits,
    answer: impl Fn(&'static str) -> Option<&'a RangeAnswer>,
) -> BTreeMap<ObjectKey, Vitals> {
    let by_service = |name: &'static str| -> BTreeMap<(&CleanText, &CleanText), &Series> {
        answer(name).into_iter().flat_map(|answer| &answer.series).filter_map(owner).collect()
    };
    let answers = [name::REQUESTS, name::ERRORS, name::LATENCY, name::CPU, name::MEMORY].map(by_service);
    let [requests, errors, latency, cpu, memory] = answers;
    services
        .into_iter()
        .map(|service| {
            let key = (&service.namespace, &service.name);
            let plain =
                |series: &BTreeMap<(&CleanText, &CleanText), &Series>| vital(series.get(&key).copied(), Some(1.0));
            let limits = limits(service);
            let vitals = Vitals {
                requests: plain(&requests),
                errors: plain(&errors),
                latency: plain(&latency),
                cpu: vital(cpu.get(&key).copied(), limits.cpu_cores),
                memory: vital(memory.get(&key).copied(), limits.memory_bytes),
            };
            (service.clone(), vitals)
        })
        .collect()
}

fn owner(series: &Series) -> Option<((&CleanText, &CleanText), &Series)> {
    Some(((series.label("namespace")?, series.label("workload")?), series))
}

/// What is true now: the last step that has a value, at most one step old. An older number would look fresh.
#[must_use]
pub fn newest(values: &[Option<f64>]) -> Option<f64> {
    values.iter().rev().take(2).find_map(|value| *value)
}

/// The line divided by `unit`; nothing without one.
fn vital(series: Option<&Series>, unit: Option<f64>) -> Vital {
    let (Some(series), Some(unit)) = (series, unit.filter(|unit| *unit > 0.0)) else { return Vital::default() };
    let recent: Vec<Option<f64>> = series.values.iter().map(|value| value.map(|value| value / unit)).collect();
    Vital { now: newest(&recent), recent }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::metric::Grid;
    use crate::domain::object::Kind;
    use jiff::Timestamp;

    fn answer(workload: &str, values: &[Option<f64>]) -> RangeAnswer {
        RangeAnswer {
            grid: Grid { start: Timestamp::UNIX_EPOCH, step_seconds: 60.0, steps: values.len() },
            series: vec![Series {
                name: "".into(),
                labels: vec![("namespace".into(), "shop".into()), ("workload".into(), workload.into())],
                values: values.to_vec(),
            }],
            warnings: Vec::new(),
        }
    }

    #[test]
    fn shares_need_a_limit() {
        let service = ObjectKey::new(Kind::Deployment, "shop", "web");
        let cpu = answer("web", &[Some(0.2), Some(0.4)]);
        let memory = answer("web", &[Some(100.0), Some(200.0)]);
        let limits = Limits { cpu_cores: Some(0.5), memory_bytes: None };
        let vitals = vitals(
            [&service],
            |_| limits,
            |name| match name {
                name::CPU => Some(&cpu),
                name::MEMORY => Some(&memory),
                _ => None,
            },
        );
        let vitals = &vitals[&service];
        assert_eq!(vitals.cpu.now, Some(0.8));
        assert_eq!(vitals.cpu.recent, [Some(0.4), Some(0.8)]);
        assert_eq!(vitals.memory, Vital::default());
        assert_eq!(vitals.requests.now, None);
    }

    #[test]
    fn an_old_number_is_not_now() {
        let service = ObjectKey::new(Kind::Deployment, "shop", "web");
        let now = |values: &[Option<f64>]| {
            let requests = answer("web", values);
            vitals([&service], |_| Limits::default(), |name| (name == super::name::REQUESTS).then_some(&requests))
                [&service]
                .requests
                .now
        };
        assert_eq!(now(&[Some(1.0), Some(2.0), None]), Some(2.0));
        assert_eq!(now(&[Some(1.0), None, None]), None);
    }
}
