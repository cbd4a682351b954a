//! Kubernetes quantities: `250m`, `512Mi`, `1e3`.

/// The value of a quantity, None when it is not one.
#[must_use]
pub fn parse(raw: &str) -> Option<f64> {
    let raw = raw.trim();
    let split = raw.find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-')).unwrap_or(raw.len());
    let (number, suffix) = raw.split_at_checked(split)?;
    let factor = match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024f64.powi(2),
        "Gi" => 1024f64.powi(3),
        "Ti" => 1024f64.powi(4),
        "Pi" => 1024f64.powi(5),
        "Ei" => 1024f64.powi(6),
        // An exponent: the whole is a number as Rust reads it.
        _ if suffix.starts_with(['e', 'E']) => return raw.parse().ok().filter(|value: &f64| value.is_finite()),
        _ => return None,
    };
    number.parse::<f64>().ok().map(|value| value * factor).filter(|value| value.is_finite())
}

/// Cores as whole millicores.
#[must_use]
pub fn millicores(raw: &str) -> Option<u32> {
    parse(raw).map(|cores| (cores * 1000.0).round().clamp(0.0, f64::from(u32::MAX)) as u32)
}

/// Bytes, never negative.
#[must_use]
pub fn bytes(raw: &str) -> Option<u64> {
    parse(raw).map(|bytes| bytes.max(0.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn suffixes_are_read_as_kubernetes_does() {
        assert_eq!(millicores("250m"), Some(250));
        assert_eq!(millicores("2"), Some(2000));
        assert_eq!(millicores("0.5"), Some(500));
        assert_eq!(bytes("512Mi"), Some(512 << 20));
        assert_eq!(bytes("1e3"), Some(1000));
        assert_eq!(bytes("128974848000m"), Some(128_974_848));
        assert_eq!(bytes("5E"), Some(5_000_000_000_000_000_000));
        assert_eq!(bytes("plenty"), None);
        assert_eq!(bytes(""), None);
    }

    proptest! {
        #[test]
        fn never_panics(raw in any::<String>()) {
            let _ = (parse(&raw), millicores(&raw), bytes(&raw));
        }
    }
}
