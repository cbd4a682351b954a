//! What series there are: `/series`, `/labels`, `/label/<name>/values` and `/metadata`.

use std::collections::{BTreeMap, BTreeSet};

use promql_parser::label::Matcher;
use promql_parser::parser::Expr;
use serde::Serialize;

use super::parameters::{Parameters, invalid, unreadable};
use super::router::Server;
use crate::demo::prometheus::evaluate::{EvaluationError, Query, matchers};
use crate::demo::prometheus::labels::{Labels, METRIC_NAME};
use crate::demo::prometheus::storage::{Milliseconds, TimeRange};

/// How far back without a `start`: as long as a series stays in the head of the database.
const RECENT: Milliseconds = 3 * 3600 * 1000;

pub fn series(server: &Server<'_>, parameters: &Parameters) -> Result<Vec<Labels>, EvaluationError> {
    if parameters.all("match[]").next().is_none() {
        return Err(EvaluationError::bad_data("no match[] parameter provided"));
    }
    let mut found = label_sets(server, parameters)?;
    found.sort();
    found.dedup();
    found.truncate(limit(parameters)?);
    Ok(found)
}

pub fn names(server: &Server<'_>, parameters: &Parameters) -> Result<BTreeSet<String>, EvaluationError> {
    let sets = label_sets(server, parameters)?;
    let names = sets.iter().flat_map(|labels| labels.iter().map(|(name, _)| name.to_owned()));
    Ok(names.collect::<BTreeSet<_>>().into_iter().take(limit(parameters)?).collect())
}

pub fn values(server: &Server<'_>, name: &str, parameters: &Parameters) -> Result<BTreeSet<String>, EvaluationError> {
    let sets = label_sets(server, parameters)?;
    let values = sets.iter().map(|labels| labels.get(name).to_owned()).filter(|value| !value.is_empty());
    Ok(values.collect::<BTreeSet<_>>().into_iter().take(limit(parameters)?).collect())
}

#[derive(Serialize)]
pub struct Metadata {
    r#type: &'static str,
    help: &'static str,
    unit: &'static str,
}

/// The type of each metric, read from its name as the naming conventions have it.
pub fn metadata(
    server: &Server<'_>,
    parameters: &Parameters,
) -> Result<BTreeMap<String, [Metadata; 1]>, EvaluationError> {
    let wanted = parameters.get("metric").filter(|name| !name.is_empty());
    let known = values(server, METRIC_NAME, parameters)?;
    let families = known.iter().map(|name| {
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
        let kind = match family {
            Some(_) => "histogram",
            None if name.ends_with("_total") => "counter",
            None => "gauge",
        };
        let metadata = Metadata { r#type: kind, help: "", unit: "" };
        (family.unwrap_or(name).to_owned(), [metadata])
    });
    Ok(families.filter(|(name, _)| wanted.is_none_or(|wanted| wanted == name)).collect())
}

fn limit(parameters: &Parameters) -> Result<usize, EvaluationError> {
    match parameters.get("limit").filter(|limit| !limit.is_empty() && *limit != "0") {
        None => Ok(usize::MAX),
        Some(text) => {
            text.parse().map_err(|_| invalid("limit", format_args!("cannot parse \"{text}\" to a valid limit")))
        }
    }
}

/// Label sets that match any of the selectors; all of them when there is none.
fn label_sets(server: &Server<'_>, parameters: &Parameters) -> Result<Vec<Labels>, EvaluationError> {
    let end = parameters.time("end")?.unwrap_or(server.now);
    let start = parameters.time("start")?.unwrap_or(end - RECENT);
    let range = TimeRange { start, end };
    let selectors: Vec<Vec<Matcher>> = parameters.all("match[]").map(selector).collect::<Result<_, _>>()?;
    if selectors.is_empty() {
        return Ok(server.storage.label_sets(&[], range));
    }
    Ok(selectors.iter().flat_map(|matchers| server.storage.label_sets(matchers, range)).collect())
}

fn selector(text: &str) -> Result<Vec<Matcher>, EvaluationError> {
    let query = Query::parse(text).map_err(|why| unreadable("match[]", why))?;
    match query.expression {
        Expr::VectorSelector(selector) => matchers(&selector),
        _ => Err(invalid("match[]", format_args!("expected a series selector, got \"{text}\""))),
    }
}
