//! `histogram_quantile` over classic buckets, by Prometheus's own rules.

use super::value::{Column, group_by};

pub const BUCKET_LABEL: &str = "le";

#[derive(Debug, Clone, Copy, PartialEq)]
struct Bucket {
    upper: f64,
    count: f64,
}

pub fn quantiles(quantile: &[f64], columns: &[Column]) -> Vec<Column> {
    let dropped = [BUCKET_LABEL.to_owned()];
    let groups = group_by(columns, |labels| labels.ignoring(&dropped));
    let answers = groups.into_iter().map(|(labels, members)| {
        // A bound that is no number is no bucket.
        let bounded: Vec<(f64, &Column)> =
            members.into_iter().filter_map(|column| Some((bound(column.labels.get(BUCKET_LABEL))?, column))).collect();
        let values = quantile.iter().enumerate().map(|(step, &quantile)| {
            let buckets =
                bounded.iter().filter_map(|&(upper, column)| Some(Bucket { upper, count: column.values[step]? }));
            let buckets: Vec<Bucket> = buckets.collect();
            (!buckets.is_empty()).then(|| within(quantile, buckets))
        });
        Column { values: values.collect(), labels }
    });
    answers.filter(Column::is_present).collect()
}

fn bound(text: &str) -> Option<f64> {
    text.parse().ok()
}

fn within(quantile: f64, mut buckets: Vec<Bucket>) -> f64 {
    if quantile.is_nan() {
        return f64::NAN;
    }
    if quantile < 0.0 {
        return f64::NEG_INFINITY;
    }
    if quantile > 1.0 {
        return f64::INFINITY;
    }
    buckets.sort_by(|left, right| left.upper.total_cmp(&right.upper));
    if buckets.last().is_none_or(|last| last.upper != f64::INFINITY) {
        return f64::NAN;
    }
    // The same bound written in two ways is one bucket.
    buckets.dedup_by(|later, earlier| {
        let same = later.upper == earlier.upper;
        if same {
            earlier.count += later.count;
        }
        same
    });
    // Rates of buckets scraped at different moments may fall; counts within a histogram cannot.
    let mut highest = f64::NEG_INFINITY;
    for bucket in &mut buckets {
        highest = highest.max(bucket.count);
        bucket.count = highest;
    }
    let [.., before_last, last] = buckets.as_slice() else { return f64::NAN };
    if last.count == 0.0 {
        return f64::NAN;
    }
    let rank = quantile * last.count;
    let at = buckets[..buckets.len() - 1].partition_point(|bucket| bucket.count < rank);
    let Some(found) = buckets[..buckets.len() - 1].get(at) else { return before_last.upper };
    let Some(below) = at.checked_sub(1).map(|below| buckets[below]) else {
        // The lowest bucket begins at zero, unless it ends there or below.
        return if found.upper <= 0.0 { found.upper } else { found.upper * (rank / found.count) };
    };
    below.upper + (found.upper - below.upper) * ((rank - below.count) / (found.count - below.count))
}
