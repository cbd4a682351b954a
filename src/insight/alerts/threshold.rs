//! What to draw for an alert's expression: the side that moves, and the number it is compared with.

use std::time::Duration;

use promql_parser::parser::VectorSelector;
use promql_parser::parser::ast::{BinaryExpr, Expr};
use promql_parser::parser::token;
use promql_parser::util::{ExprVisitor, walk_expr};

use crate::domain::alert::Alert;
use crate::domain::figure;
use crate::domain::metric::{RangeAnswer, Series, Unit};
use crate::domain::text::CleanText;

/// An expression to ask over time, with the limit to draw into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Charted {
    pub expression: String,
    pub unit: Unit,
    pub threshold: Option<Threshold>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    pub value: f64,
    /// The alert is active above it; below it otherwise.
    pub above: bool,
}

/// The share of failures at which an alert fires, when it is about one.
#[must_use]
pub fn error_limit(alert: &Alert) -> Option<Threshold> {
    let charted = chart(&alert.rule.as_ref()?.expression);
    charted.threshold.filter(|_| charted.unit == Unit::Ratio)
}

impl Threshold {
    /// The alert's condition holds for this value.
    #[must_use]
    pub fn exceeded_by(self, value: f64) -> bool {
        if self.above { value > self.value } else { value < self.value }
    }
}

/// Splits a comparison with a number into the side to draw and the limit. Anything else is drawn whole, and then shows
/// only where it holds.
#[must_use]
pub fn chart(expression: &str) -> Charted {
    let whole = || Charted { expression: expression.to_owned(), unit: Unit::Count, threshold: None };
    let Ok(parsed) = promql_parser::parser::parse(expression) else { return whole() };
    let Some((moving, value, above)) = comparison(&parsed) else {
        return Charted { unit: unit(&parsed), ..whole() };
    };
    // Percent is a share here, like everywhere else on the screen.
    let (drawn, value) = match without_hundred(moving) {
        Some(share) if unit(&share) == Unit::Ratio => (share, value / 100.0),
        _ => (moving.clone(), value),
    };
    let text = drawn.to_string();
    // The parser prints what it read; should it ever print something else, the whole is safer than a wrong line.
    if promql_parser::parser::parse(&text).as_ref() != Ok(&drawn) {
        return whole();
    }
    Charted { expression: text, unit: unit(&drawn), threshold: Some(Threshold { value, above }) }
}

/// The vector, the number and the direction of a comparison at the top. With `and` or `unless` the left side is what
/// the alert's value is taken from.
fn comparison(expression: &Expr) -> Option<(&Expr, f64, bool)> {
    match expression {
        Expr::Paren(inner) => comparison(&inner.expr),
        Expr::Binary(binary) => match binary.op.id() {
            token::T_LAND | token::T_LUNLESS => comparison(&binary.lhs),
            token::T_GTR | token::T_GTE => compared(binary, true),
            token::T_LSS | token::T_LTE => compared(binary, false),
            _ => None,
        },
        _ => None,
    }
}

fn compared(binary: &BinaryExpr, left_above: bool) -> Option<(&Expr, f64, bool)> {
    match (number(&binary.lhs), number(&binary.rhs)) {
        (None, Some(value)) => Some((&binary.lhs, value, left_above)),
        (Some(value), None) => Some((&binary.rhs, value, !left_above)),
        _ => None,
    }
}

/// The value of an expression that holds numbers only.
fn number(expression: &Expr) -> Option<f64> {
    match expression {
        Expr::NumberLiteral(literal) => Some(literal.val),
        Expr::Paren(inner) => number(&inner.expr),
        Expr::Unary(inner) => number(&inner.expr).map(|value| -value),
        Expr::Binary(binary) => {
            let (left, right) = (number(&binary.lhs)?, number(&binary.rhs)?);
            match binary.op.id() {
                token::T_ADD => Some(left + right),
                token::T_SUB => Some(left - right),
                token::T_MUL => Some(left * right),
                token::T_DIV => Some(left / right),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The expression without its factor of 100, when it has one.
fn without_hundred(expression: &Expr) -> Option<Expr> {
    match expression {
        Expr::Paren(inner) => without_hundred(&inner.expr),
        Expr::Binary(binary) => match binary.op.id() {
            token::T_MUL if number(&binary.lhs) == Some(100.0) => Some((*binary.rhs).clone()),
            token::T_MUL if number(&binary.rhs) == Some(100.0) => Some((*binary.lhs).clone()),
            token::T_DIV => {
                let left = without_hundred(&binary.lhs)?;
                Some(Expr::Binary(BinaryExpr { lhs: Box::new(left), ..binary.clone() }))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The unit, read from names of metrics and what is done to them.
fn unit(expression: &Expr) -> Unit {
    match expression {
        Expr::Paren(inner) => unit(&inner.expr),
        Expr::Unary(inner) => unit(&inner.expr),
        Expr::Subquery(inner) => unit(&inner.expr),
        Expr::Aggregate(aggregate) => match aggregate.op.id() {
            token::T_COUNT | token::T_COUNT_VALUES | token::T_GROUP => Unit::Count,
            _ => unit(&aggregate.expr),
        },
        Expr::VectorSelector(selector) => of_selector(selector),
        Expr::MatrixSelector(selector) => of_selector(&selector.vs),
        Expr::Call(call) => {
            let of = |index: usize| call.args.args.get(index).map_or(Unit::Count, |argument| unit(argument));
            match call.func.name {
                "rate" | "irate" => {
                    rate_of(call.args.args.first().map(|argument| metric(argument)).unwrap_or_default())
                }
                "histogram_quantile" => {
                    let name = call.args.args.get(1).map(|argument| metric(argument)).unwrap_or_default();
                    by_name(&name)
                }
                "label_replace" | "label_join" | "round" | "abs" | "clamp_min" | "clamp_max" | "clamp" => of(0),
                "quantile_over_time" => of(1),
                "count_over_time" | "changes" | "resets" | "increase" => Unit::Count,
                "time" | "timestamp" => Unit::Seconds,
                name if name.ends_with("_over_time") => of(0),
                _ => Unit::Count,
            }
        }
        Expr::Binary(binary) => {
            let (left, right) = (unit(&binary.lhs), unit(&binary.rhs));
            match binary.op.id() {
                token::T_DIV if number(&binary.rhs).is_some() => left,
                token::T_DIV if left == right => Unit::Ratio,
                token::T_DIV => left,
                token::T_SUB if number(&binary.lhs).is_some() => right,
                token::T_MUL if number(&binary.lhs).is_some() => right,
                _ => left,
            }
        }
        _ => Unit::Count,
    }
}

/// The first metric named in an expression.
fn metric(expression: &Expr) -> String {
    struct First(String);
    impl ExprVisitor for First {
        type Error = std::convert::Infallible;
        fn pre_visit(&mut self, expression: &Expr) -> Result<bool, Self::Error> {
            let name = match expression {
                Expr::VectorSelector(selector) => selector.name.as_ref(),
                Expr::MatrixSelector(selector) => selector.vs.name.as_ref(),
                _ => None,
            };
            if let Some(name) = name {
                self.0.clone_from(name);
            }
            Ok(self.0.is_empty())
        }
    }
    let mut first = First(String::new());
    // The visitor's error cannot happen; the walk ends early by answering false.
    let _ = walk_expr(&mut first, expression);
    first.0
}

/// kube-state-metrics keeps resources of several units under one name.
fn of_selector(selector: &VectorSelector) -> Unit {
    let name = selector.name.as_deref().unwrap_or_default();
    let resource = selector.matchers.matchers.iter().find(|matcher| matcher.name == "resource");
    match resource.map(|matcher| matcher.value.as_str()) {
        Some("memory" | "ephemeral_storage") if name.contains("_resource_") => Unit::Bytes,
        Some("cpu") if name.contains("_resource_") => Unit::Cores,
        _ => by_name(name),
    }
}

fn by_name(name: &str) -> Unit {
    if name.contains("_seconds") {
        Unit::Seconds
    } else if name.contains("_bytes") {
        Unit::Bytes
    } else if name.ends_with("_ratio") {
        Unit::Ratio
    } else {
        Unit::Count
    }
}

fn rate_of(name: String) -> Unit {
    if name.contains("cpu") && name.contains("_seconds") {
        Unit::Cores
    } else if name.contains("_seconds_sum") {
        Unit::Seconds
    } else {
        Unit::PerSecond
    }
}

/// The longest stretch of the past that the expression looks at, in seconds: so long an error is seen after it ended.
#[must_use]
pub fn longest_window(expression: &str) -> Option<f64> {
    struct Longest(f64);
    impl ExprVisitor for Longest {
        type Error = std::convert::Infallible;
        fn pre_visit(&mut self, expression: &Expr) -> Result<bool, Self::Error> {
            match expression {
                Expr::MatrixSelector(selector) => self.0 = self.0.max(selector.range.as_secs_f64()),
                Expr::Subquery(subquery) => {
                    let mut inner = Longest(0.0);
                    walk_expr(&mut inner, &subquery.expr)?;
                    self.0 = self.0.max(subquery.range.as_secs_f64() + inner.0);
                }
                _ => {}
            }
            Ok(true)
        }
    }
    let parsed = promql_parser::parser::parse(expression).ok()?;
    let mut longest = Longest(0.0);
    let _ = walk_expr(&mut longest, &parsed);
    Some(longest.0)
}

/// The line of this alert among the lines of its expression: every label of the line is one of the alert's.
#[must_use]
pub fn series_of<'a>(alert: &Alert, answer: &'a RangeAnswer) -> Option<&'a Series> {
    answer.series.iter().find(|series| {
        series.labels.iter().all(|(name, value)| name == "__name__" || alert.labels.get(name) == Some(value))
    })
}

/// `14.2 %, limit 2.0 % for 30 s`.
#[must_use]
pub fn headline(alert: &Alert) -> CleanText {
    let Some(rule) = &alert.rule else { return CleanText::default() };
    let charted = chart(&rule.expression);
    let mut parts = Vec::new();
    // The value of a comparison is that of its moving side, before a factor of 100 was taken out of it.
    let value = alert.value.map(|value| charted.unscaled(&rule.expression, value));
    if let Some(value) = value {
        parts.push(figure::value(charted.unit, value));
    }
    if let Some(threshold) = charted.threshold {
        let limit = figure::value(charted.unit, threshold.value);
        let hold = if rule.hold_seconds > 0.0 {
            format!(" for {}", figure::spell(Duration::from_secs_f64(rule.hold_seconds.max(0.0))))
        } else {
            String::new()
        };
        let side = if threshold.above { "limit" } else { "at least" };
        parts.push(format!("{side} {limit}{hold}"));
    }
    CleanText::from(parts.join(", "))
}

impl Charted {
    /// A value of the rule's expression on the scale of the chart.
    fn unscaled(&self, expression: &str, value: f64) -> f64 {
        let scaled = promql_parser::parser::parse(expression)
            .ok()
            .and_then(|parsed| comparison(&parsed).map(|(moving, _, _)| moving.to_string() != self.expression))
            .unwrap_or(false);
        if scaled { value / 100.0 } else { value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::alert::{AlertRule, AlertState, Severity};
    use crate::domain::metric::Grid;
    use jiff::Timestamp;

    const RATIO: &str = r#"sum by (service) (rate(http_requests_total{code=~"5.."}[1m])) / sum by (service) (rate(http_requests_total[1m]))"#;

    fn parts(expression: &str) -> (String, Unit, Option<(f64, bool)>) {
        let charted = chart(expression);
        (charted.expression, charted.unit, charted.threshold.map(|threshold| (threshold.value, threshold.above)))
    }

    /// As the parser prints it.
    fn printed(expression: &str) -> String {
        promql_parser::parser::parse(expression).expect("an expression").to_string()
    }

    #[test]
    fn a_ratio_above_a_number_is_split() {
        let (expression, unit, limit) = parts(&format!("{RATIO} > 0.02"));
        assert_eq!(expression, printed(RATIO));
        assert_eq!(unit, Unit::Ratio);
        assert_eq!(limit, Some((0.02, true)));
    }

    #[test]
    fn percent_becomes_a_share() {
        for percent in [format!("({RATIO}) * 100 > 2"), format!("100 * ({RATIO}) > 2")] {
            let (_, unit, limit) = parts(&percent);
            assert_eq!(unit, Unit::Ratio, "{percent}");
            assert_eq!(limit, Some((0.02, true)), "{percent}");
        }
        let (expression, _, limit) = parts("100 * sum(rate(a[5m])) / sum(rate(b[5m])) > 5");
        assert_eq!(expression, printed("sum(rate(a[5m])) / sum(rate(b[5m]))"));
        assert_eq!(limit, Some((0.05, true)));
        let (expression, _, limit) = parts("100 * up < 50");
        assert_eq!((expression.as_str(), limit), ("100 * up", Some((50.0, false))), "no share, no percent");
    }

    #[test]
    fn the_number_may_stand_on_either_side_and_be_computed() {
        assert_eq!(parts("0.5 > (up)").2, Some((0.5, false)));
        assert_eq!(parts("x >= 4 * 60").2, Some((240.0, true)));
        assert_eq!(parts("x > -1").2, Some((-1.0, true)));
    }

    #[test]
    fn conditions_beside_it_are_left_out() {
        let (expression, _, limit) = parts("(rate(a[5m]) > 3 and on(pod) up == 1) unless on(pod) b");
        assert_eq!(expression, printed("rate(a[5m])"));
        assert_eq!(limit, Some((3.0, true)));
    }

    #[test]
    fn what_has_no_limit_is_drawn_whole() {
        for whole in ["up == 0", "absent(up)", "a > b", "a > 1 or b > 2", "not promql ("] {
            assert_eq!(parts(whole).0, whole);
            assert_eq!(parts(whole).2, None);
        }
    }

    #[test]
    fn units_come_from_names() {
        let units = [
            (
                "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m]))) > 1",
                Unit::Seconds,
            ),
            ("sum(rate(x_seconds_sum[5m])) / sum(rate(x_seconds_count[5m])) > 1", Unit::Seconds),
            ("container_memory_working_set_bytes > 1e9", Unit::Bytes),
            ("a_bytes / b_bytes > 0.9", Unit::Ratio),
            ("a_bytes / kube_pod_container_resource_limits{resource=\"memory\"} > 0.9", Unit::Ratio),
            ("1 - avg(rate(a_total[5m])) / avg(rate(b_total[5m])) < 0.9", Unit::Ratio),
            ("rate(container_cpu_usage_seconds_total[5m]) > 2", Unit::Cores),
            ("increase(restarts_total[10m]) > 3", Unit::Count),
            ("max_over_time(depth[1h]) > 100", Unit::Count),
        ];
        for (expression, unit) in units {
            assert_eq!(parts(expression).1, unit, "{expression}");
        }
    }

    #[test]
    fn the_longest_window_counts_subqueries_whole() {
        assert_eq!(longest_window(&format!("{RATIO} > 0.02")), Some(60.0));
        assert_eq!(longest_window("max_over_time(rate(a[5m])[1h:1m]) > 1"), Some(3900.0));
        assert_eq!(longest_window("up == 0"), Some(0.0));
        assert_eq!(longest_window("nonsense("), None);
    }

    fn alert(expression: &str, value: f64) -> Alert {
        Alert {
            name: "A".into(),
            severity: Severity::Critical,
            state: AlertState::Firing,
            labels: [("alertname", "A"), ("service", "pay-api"), ("severity", "critical")]
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
            annotations: Default::default(),
            active_at: None,
            starts_at: None,
            value: Some(value),
            rule: Some(AlertRule {
                expression: expression.into(),
                hold_seconds: 30.0,
                keep_firing_seconds: 0.0,
                evaluated_at: None,
                interval_seconds: 5.0,
            }),
            routed_to: Vec::new(),
            suppressed_by: Vec::new(),
            matched: None,
        }
    }

    #[test]
    fn the_headline_tells_value_and_limit() {
        assert_eq!(headline(&alert(&format!("{RATIO} > 0.02"), 0.142)), "14.2 %, limit 2.0 % for 30 s");
        assert_eq!(headline(&alert(&format!("100 * ({RATIO}) > 2"), 14.2)), "14.2 %, limit 2.0 % for 30 s");
        assert_eq!(headline(&alert("up < 1", 0.0)), "0, at least 1 for 30 s");
    }

    #[test]
    fn an_alert_finds_its_own_line() {
        let series = |service: &str| Series {
            name: "".into(),
            labels: vec![("service".into(), service.into())],
            values: vec![Some(1.0)],
        };
        let answer = RangeAnswer {
            grid: Grid { start: Timestamp::UNIX_EPOCH, step_seconds: 5.0, steps: 1 },
            series: vec![series("orders"), series("pay-api")],
            warnings: Vec::new(),
        };
        assert_eq!(series_of(&alert("up < 1", 0.0), &answer), Some(&answer.series[1]));
    }
}
