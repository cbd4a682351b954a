//! The part of Prometheus's templates that our rules' annotations use.

use crate::demo::prometheus::labels::Labels;

/// Replaces `{{ $labels.name }}`, `{{ $value }}` and `{{ $value | humanizePercentage }}`; other actions stay as written.
pub fn expand(template: &str, labels: &Labels, value: f64) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((action, behind)) = after.split_once("}}") else { break };
        text.push_str(before);
        match action.trim() {
            "$value" => text.push_str(&value.to_string()),
            "$value | humanizePercentage" => text.push_str(&format!("{}%", four_digits(value * 100.0))),
            action => match action.strip_prefix("$labels.") {
                Some(name) => text.push_str(labels.get(name)),
                None => text.push_str(&format!("{{{{ {action} }}}}")),
            },
        }
        rest = behind;
    }
    text.push_str(rest);
    text
}

/// Go's `%.4g`: four significant digits, no trailing zeros.
fn four_digits(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = usize::try_from(3 - magnitude).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_values_are_filled_in() {
        let labels = Labels::new([("pod", "cart-1")]);
        let template = "{{ $labels.pod }} at {{ $value | humanizePercentage }} of {{ $labels.none }}x, {{ $value }}";
        assert_eq!(expand(template, &labels, 0.142_04), "cart-1 at 14.2% of x, 0.14204");
        assert_eq!(expand("plain {{ now }}", &labels, 1.0), "plain {{ now }}");
    }
}
