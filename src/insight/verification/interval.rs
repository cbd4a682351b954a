//! How sure a share of failures is, by Wilson's score interval: honest with few requests and with none that failed.

/// The bound is passed by chance in one of forty cases.
const Z: f64 = 1.96;
/// Fewer requests than this prove nothing, however high the limit is.
const AT_LEAST: u64 = 300;

/// Failures among requests.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Share {
    pub requests: f64,
    pub failed: f64,
}

impl Share {
    #[must_use]
    pub fn ratio(self) -> Option<f64> {
        (self.requests > 0.0).then(|| (self.failed / self.requests).clamp(0.0, 1.0))
    }

    /// The true share is hardly above this; 1 without any request.
    #[must_use]
    pub fn upper(self) -> f64 {
        self.bound(1.0).unwrap_or(1.0)
    }

    /// The true share is hardly below this; 0 without any request.
    #[must_use]
    pub fn lower(self) -> f64 {
        self.bound(-1.0).unwrap_or(0.0)
    }

    fn bound(self, sign: f64) -> Option<f64> {
        let (n, p) = (self.requests, self.ratio()?);
        let square = Z * Z;
        let middle = p + square / (2.0 * n);
        let spread = Z * (p * (1.0 - p) / n + square / (4.0 * n * n)).sqrt();
        Some(((middle + sign * spread) / (1.0 + square / n)).clamp(0.0, 1.0))
    }
}

/// So many requests without a failure prove a share below the limit.
#[must_use]
pub fn requests_needed(limit: f64) -> u64 {
    if limit <= 0.0 || limit.is_nan() {
        return u64::MAX;
    }
    let square = Z * Z;
    ((square * (1.0 - limit) / limit).floor() as u64 + 1).max(AT_LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn share(failed: f64, requests: f64) -> Share {
        Share { requests, failed }
    }

    #[test]
    fn none_of_three_hundred_proves_two_percent() {
        assert!(share(0.0, 300.0).upper() < 0.02);
        assert!(share(0.0, 100.0).upper() > 0.02);
        assert_eq!(requests_needed(0.02), 300);
        assert_eq!(requests_needed(0.002), 1917);
        assert_eq!(requests_needed(0.0), u64::MAX);
    }

    #[test]
    fn nothing_asked_is_nothing_known() {
        assert_eq!((share(0.0, 0.0).lower(), share(0.0, 0.0).upper()), (0.0, 1.0));
        assert_eq!(share(0.0, 0.0).ratio(), None);
    }

    #[test]
    fn wilson_agrees_with_the_textbook() {
        // 10 of 100: 5.5 % to 17.4 %.
        let share = share(10.0, 100.0);
        assert!((share.lower() - 0.0552).abs() < 1e-3, "{}", share.lower());
        assert!((share.upper() - 0.1744).abs() < 1e-3, "{}", share.upper());
    }

    proptest! {
        #[test]
        fn the_ratio_lies_between_its_bounds(requests in 1.0..1e7f64, part in 0.0..=1.0f64) {
            let share = share(requests * part, requests);
            let ratio = share.ratio().expect("requests");
            prop_assert!(share.lower() <= ratio + 1e-12 && ratio <= share.upper() + 1e-12);
        }

        #[test]
        fn what_is_needed_is_enough(limit in 0.0005..0.5f64) {
            prop_assert!(share(0.0, requests_needed(limit) as f64).upper() < limit);
        }
    }
}
