//! Reads query answers. The envelope is ours, because the crate's drops warnings and one native histogram would fail
//! the whole page; its types read each series, and what they cannot read is counted in words.

use std::collections::HashMap;

use jiff::Timestamp;
use prometheus_http_query::response::{InstantVector, RangeVector, Sample};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::domain::metric::{Grid, InstantAnswer, InstantSample, RangeAnswer, Series};
use crate::domain::text::CleanText;

/// So many warnings of the server are kept.
const WARNINGS: usize = 5;

/// What every answer of the API is wrapped in.
#[derive(Deserialize)]
pub struct Envelope<'a> {
    status: String,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    error: String,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    infos: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueryData<'a> {
    result_type: String,
    #[serde(borrow)]
    result: &'a RawValue,
}

impl<'a> Envelope<'a> {
    pub fn read(body: &'a [u8]) -> Result<Self, String> {
        let envelope: Self = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        if envelope.status == "success" { Ok(envelope) } else { Err(envelope.error) }
    }

    pub fn data<T: DeserializeOwned>(&self) -> Result<T, String> {
        let data = self.data.ok_or("no data in the answer")?;
        serde_json::from_str(data.get()).map_err(|error| error.to_string())
    }

    fn query_data(&self) -> Result<QueryData<'a>, String> {
        let data = self.data.ok_or("no data in the answer")?;
        serde_json::from_str(data.get()).map_err(|error| error.to_string())
    }

    fn warnings(&self) -> Vec<CleanText> {
        self.warnings.iter().chain(&self.infos).take(WARNINGS).map(|warning| CleanText::new(warning)).collect()
    }
}

/// What was not kept, in words.
#[derive(Default)]
struct Left {
    unreadable: usize,
    above_limit: usize,
}

impl Left {
    fn say(&self, warnings: &mut Vec<CleanText>) {
        if self.unreadable > 0 {
            warnings.push(format!("{} series are native histograms or text and are not shown", self.unreadable).into());
        }
        if self.above_limit > 0 {
            warnings.push(format!("{} series more are not shown", self.above_limit).into());
        }
    }
}

pub fn instant(envelope: Envelope<'_>, limit: usize) -> Result<InstantAnswer, String> {
    let data = envelope.query_data()?;
    let mut answer = InstantAnswer { samples: Vec::new(), warnings: envelope.warnings() };
    match data.result_type.as_str() {
        "vector" => {
            let mut left = Left::default();
            for vector in elements::<InstantVector>(data.result, limit, &mut left)? {
                let (metric, sample) = vector.into_inner();
                answer.samples.push(InstantSample {
                    labels: labels(metric),
                    at: time(sample.timestamp()),
                    value: sample.value(),
                });
            }
            left.say(&mut answer.warnings);
        }
        "scalar" => {
            let sample: Sample = serde_json::from_str(data.result.get()).map_err(|error| error.to_string())?;
            answer.samples.push(InstantSample {
                labels: Vec::new(),
                at: time(sample.timestamp()),
                value: sample.value(),
            });
        }
        other => answer.warnings.push(format!("the answer is a {other}, not numbers").into()),
    }
    Ok(answer)
}

pub fn range(envelope: Envelope<'_>, grid: Grid, limit: usize) -> Result<RangeAnswer, String> {
    let data = envelope.query_data()?;
    let mut answer = RangeAnswer { grid, series: Vec::new(), warnings: envelope.warnings() };
    if data.result_type != "matrix" {
        answer.warnings.push(format!("the answer is a {}, not series", data.result_type).into());
        return Ok(answer);
    }
    let mut left = Left::default();
    for vector in elements::<RangeVector>(data.result, limit, &mut left)? {
        let (metric, samples) = vector.into_inner();
        let labels = labels(metric);
        let name = labels.iter().find(|(name, _)| name == "__name__").map(|(_, value)| value.clone());
        answer.series.push(Series { name: name.unwrap_or_default(), labels, values: on_grid(&grid, &samples) });
    }
    left.say(&mut answer.warnings);
    Ok(answer)
}

/// Reads the series one by one, so that one of them cannot spoil the rest.
fn elements<T: DeserializeOwned>(result: &RawValue, limit: usize, left: &mut Left) -> Result<Vec<T>, String> {
    let raw: Vec<&RawValue> = serde_json::from_str(result.get()).map_err(|error| error.to_string())?;
    left.above_limit = raw.len().saturating_sub(limit);
    let mut read = Vec::with_capacity(raw.len().min(limit));
    for element in raw.into_iter().take(limit) {
        match serde_json::from_str(element.get()) {
            Ok(element) => read.push(element),
            Err(_) => left.unreadable += 1,
        }
    }
    Ok(read)
}

/// Labels in the order of their names, so that the same series reads the same every time.
fn labels(metric: HashMap<String, String>) -> Vec<(CleanText, CleanText)> {
    let mut labels: Vec<_> =
        metric.into_iter().map(|(name, value)| (CleanText::from(name), CleanText::from(value))).collect();
    labels.sort();
    labels
}

/// Samples on the steps of the grid. What is not a number is a gap: a chart has no place for it.
fn on_grid(grid: &Grid, samples: &[Sample]) -> Vec<Option<f64>> {
    let mut values = vec![None; grid.steps];
    let start = grid.start.as_millisecond() as f64 / 1000.0;
    for sample in samples {
        let index = ((sample.timestamp() - start) / grid.step_seconds).round();
        if index >= 0.0
            && let Some(value) = values.get_mut(index as usize)
        {
            *value = Some(sample.value()).filter(|value| value.is_finite());
        }
    }
    values
}

/// A time that no calendar holds counts as the epoch, which is visibly wrong and breaks nothing.
fn time(seconds: f64) -> Timestamp {
    Timestamp::from_millisecond((seconds * 1000.0).round() as i64).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn grid() -> Grid {
        Grid { start: Timestamp::from_second(100).expect("a time"), step_seconds: 10.0, steps: 4 }
    }

    fn range_of(body: &str, limit: usize) -> RangeAnswer {
        range(Envelope::read(body.as_bytes()).expect("an envelope"), grid(), limit).expect("an answer")
    }

    #[test]
    fn samples_fall_on_the_grid_and_gaps_stay_gaps() {
        let answer = range_of(
            r#"{"status":"success","data":{"resultType":"matrix","result":[
                {"metric":{"pod":"b","__name__":"up"},"values":[[100,"1"],[120.001,"NaN"],[130,"2.5"],[999,"7"],[10,"7"]]}]}}"#,
            10,
        );
        assert_eq!(answer.series[0].values, [Some(1.0), None, None, Some(2.5)]);
        assert_eq!(answer.series[0].name, "up");
        assert_eq!(answer.series[0].labels[0].0, "__name__");
    }

    #[test]
    fn a_native_histogram_spoils_only_itself() {
        let answer = range_of(
            r#"{"status":"success","warnings":["partial"],"infos":["metric might not be a counter"],"data":{"resultType":"matrix","result":[
                {"metric":{"a":"1"},"histograms":[[100,{"count":"1","sum":"2","buckets":[]}]]},
                {"metric":{"a":"2"},"values":[[100,"3"]]}]}}"#,
            10,
        );
        assert_eq!(answer.series.len(), 1);
        let warnings: Vec<&str> = answer.warnings.iter().map(CleanText::as_str).collect();
        assert_eq!(
            warnings,
            ["partial", "metric might not be a counter", "1 series are native histograms or text and are not shown"]
        );
    }

    #[test]
    fn more_series_than_wanted_are_counted() {
        let series: Vec<String> =
            (0..5).map(|i| format!(r#"{{"metric":{{"i":"{i}"}},"values":[[100,"1"]]}}"#)).collect();
        let body =
            format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{}]}}}}"#, series.join(","));
        let answer = range_of(&body, 2);
        assert_eq!(answer.series.len(), 2);
        assert_eq!(answer.warnings, ["3 series more are not shown"]);
    }

    #[test]
    fn instant_answers_of_every_type_are_met() {
        let read = |body: &str| instant(Envelope::read(body.as_bytes()).expect("an envelope"), 9).expect("an answer");
        let vector = read(
            r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"pod":"a\u001b[31m"},"value":[1700000000.5,"+Inf"]}]}}"#,
        );
        assert_eq!(vector.samples[0].label("pod").expect("a label"), &"a");
        assert!(vector.samples[0].value.is_infinite());
        assert_eq!(vector.samples[0].at.as_millisecond(), 1_700_000_000_500);
        let scalar = read(r#"{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}"#);
        assert_eq!(scalar.samples[0].value, 2.0);
        let text = read(r#"{"status":"success","data":{"resultType":"string","result":[1,"two"]}}"#);
        assert_eq!(text.warnings, ["the answer is a string, not numbers"]);
    }

    #[test]
    fn an_error_in_the_envelope_is_its_words() {
        let error = Envelope::read(br#"{"status":"error","errorType":"bad_data","error":"parse error"}"#);
        assert_eq!(error.err(), Some("parse error".to_owned()));
    }

    proptest! {
        #[test]
        fn no_sample_leaves_the_grid(times in proptest::collection::vec(-1e12..1e12f64, 0..50)) {
            let samples: Vec<Sample> = times
                .iter()
                .map(|time| serde_json::from_str(&format!("[{time},\"1\"]")).expect("a sample"))
                .collect();
            prop_assert_eq!(on_grid(&grid(), &samples).len(), 4);
        }
    }
}
