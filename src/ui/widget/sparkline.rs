//! The recent past of one number in a few columns of a table cell.

use ratatui::style::Style;
use ratatui::text::Span;

const STEPS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// The newest values, one column each; a gap is a space. `top` is the value that fills a column, such as 1 for a share of
/// a limit; without one the largest value does.
#[must_use]
pub fn text(values: &[Option<f64>], columns: usize, top: Option<f64>) -> String {
    let newest = &values[values.len().saturating_sub(columns)..];
    let largest = newest.iter().flatten().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    let top = top.unwrap_or(largest);
    let mut out = " ".repeat(columns - newest.len());
    for value in newest {
        out.push_str(match value {
            Some(value) if value.is_finite() && top > 0.0 => step(value / top),
            Some(_) => STEPS[0],
            None => " ",
        });
    }
    out
}

#[must_use]
pub fn span(values: &[Option<f64>], columns: usize, top: Option<f64>, style: Style) -> Span<'static> {
    Span::styled(text(values, columns, top), style)
}

fn step(share: f64) -> &'static str {
    let index = (share.clamp(0.0, 1.0) * 7.0).round();
    // Between 0 and 7 by the clamp above.
    STEPS[index as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_values_are_shown_and_gaps_stay_gaps() {
        let values = [Some(9.0), Some(0.0), Some(0.5), None, Some(1.0), Some(f64::NAN)];
        assert_eq!(text(&values, 5, Some(1.0)), "▁▅ █▁");
        assert_eq!(text(&[Some(2.0), Some(4.0)], 4, None), "  ▅█");
        assert_eq!(text(&[Some(0.0)], 1, None), "▁");
        assert_eq!(text(&[], 2, None), "  ");
    }
}
