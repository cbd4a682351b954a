//! `/query` and `/query_range`.

use serde::Serialize;

use super::parameters::{Parameters, invalid, unreadable};
use super::response::{Point, Seconds};
use super::router::Server;
use crate::demo::prometheus::evaluate::{EvaluationError, Query, Steps, Value};
use crate::demo::prometheus::labels::Labels;

/// More points than any screen can show: Prometheus's own limit.
const MAX_POINTS: i64 = 11_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    result_type: &'static str,
    result: Outcome,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Outcome {
    Vector(Vec<Element>),
    Matrix(Vec<Row>),
    Scalar(Point),
    Text((Seconds, String)),
}

#[derive(Serialize)]
struct Element {
    metric: Labels,
    value: Point,
}

#[derive(Serialize)]
struct Row {
    metric: Labels,
    values: Vec<Point>,
}

pub fn instant(server: &Server<'_>, parameters: &Parameters) -> Result<Answer, EvaluationError> {
    let time = parameters.time("time")?.unwrap_or(server.now);
    let query = parse(parameters)?;
    let value = server.engine.evaluate(server.storage, &query, &Steps::instant(time))?;
    let first = |values: Vec<Option<f64>>| values.into_iter().next().flatten();
    let result = match value {
        Value::Scalar(values) => Outcome::Scalar(Point(time, values.first().copied().unwrap_or(f64::NAN))),
        Value::Vector(columns) => {
            let elements = columns.into_iter().filter_map(|column| {
                Some(Element { metric: column.labels, value: Point(time, first(column.values)?) })
            });
            Outcome::Vector(elements.collect())
        }
        Value::Matrix(series) => {
            let rows = series.into_iter().map(|series| {
                let points = series.samples.iter().map(|sample| Point(sample.time, sample.value));
                Row { values: points.collect(), metric: series.labels }
            });
            Outcome::Matrix(rows.collect())
        }
        Value::Text(text) => Outcome::Text((Seconds(time), text)),
    };
    let result_type = match result {
        Outcome::Vector(_) => "vector",
        Outcome::Matrix(_) => "matrix",
        Outcome::Scalar(_) => "scalar",
        Outcome::Text(_) => "string",
    };
    Ok(Answer { result_type, result })
}

pub fn range(server: &Server<'_>, parameters: &Parameters) -> Result<Answer, EvaluationError> {
    let start = parameters.required_time("start")?;
    let end = parameters.required_time("end")?;
    if end < start {
        return Err(invalid("end", format_args!("end timestamp must not be before start time")));
    }
    let step = parameters.duration("step")?;
    if step <= 0 {
        let why = "zero or negative query resolution step widths are not accepted. Try a positive integer";
        return Err(invalid("step", format_args!("{why}")));
    }
    if (end - start) / step > MAX_POINTS {
        return Err(EvaluationError::bad_data(
            "exceeded maximum resolution of 11,000 points per timeseries. \
             Try decreasing the query resolution (?step=XX)",
        ));
    }
    let query = parse(parameters)?;
    let steps = Steps::range(start, end, step);
    let refused = |kind: &str| {
        let why = format!("invalid expression type \"{kind}\" for range query, must be Scalar or instant Vector");
        Err(invalid("query", format_args!("{why}")))
    };
    let mut rows = match server.engine.evaluate(server.storage, &query, &steps)? {
        Value::Scalar(values) => {
            let points = steps.times.iter().zip(values).map(|(&time, value)| Point(time, value));
            vec![Row { metric: Labels::default(), values: points.collect() }]
        }
        Value::Vector(columns) => {
            let rows = columns.into_iter().map(|column| {
                let points = steps.times.iter().zip(column.values);
                let points = points.filter_map(|(&time, value)| Some(Point(time, value?)));
                Row { values: points.collect(), metric: column.labels }
            });
            rows.collect()
        }
        Value::Matrix(_) => return refused("range vector"),
        Value::Text(_) => return refused("string"),
    };
    rows.sort_by(|left, right| left.metric.cmp(&right.metric));
    Ok(Answer { result_type: "matrix", result: Outcome::Matrix(rows) })
}

fn parse(parameters: &Parameters) -> Result<Query, EvaluationError> {
    let text = parameters.get("query").unwrap_or_default();
    Query::parse(text).map_err(|why| unreadable("query", why))
}
