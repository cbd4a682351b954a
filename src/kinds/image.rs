//! The version in the name of an image.

use crate::domain::text::CleanText;

/// The tag of an image, or the start of its digest; empty when it has neither.
#[must_use]
pub fn version(image: &str) -> CleanText {
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    // A colon before a slash belongs to the registry's port.
    match name.rsplit_once(':') {
        Some((_, tag)) if !tag.contains('/') => CleanText::new(tag),
        _ => digest.map_or_else(CleanText::default, |digest| {
            let hash = digest.strip_prefix("sha256:").unwrap_or(digest);
            CleanText::new(&hash.chars().take(12).collect::<String>())
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_is_the_version() {
        assert_eq!(version("shop/pay:1.8.4"), "1.8.4");
        assert_eq!(version("registry:5000/shop/pay:1.8.4@sha256:abcdef0123456789"), "1.8.4");
        assert_eq!(version("registry:5000/shop/pay"), "");
        assert_eq!(version("shop/pay@sha256:abcdef0123456789"), "abcdef012345");
    }
}
