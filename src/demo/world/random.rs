//! Names and choices that look random and are a pure function of the seed and of what they are for.

const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// FNV-1a: stable over builds and machines, which `std`'s hasher does not promise.
pub fn hash(seed: u64, parts: &[&str]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    // FNV's high bits are weak for short input: mix once.
    state ^= state >> 32;
    state = state.wrapping_mul(0xd6e8_feb8_6659_fd93);
    state ^ (state >> 29)
}

/// As Kubernetes writes generated names: no vowels, no look-alikes.
pub fn suffix(seed: u64, parts: &[&str], length: usize) -> String {
    let mut state = hash(seed, parts);
    let mut text = String::with_capacity(length);
    for _ in 0..length {
        text.push(char::from(ALPHABET[(state % 27) as usize]));
        state = (state / 27) ^ state.rotate_left(23);
    }
    text
}

/// A version-4 shaped uid.
pub fn uid(seed: u64, parts: &[&str]) -> String {
    let high = hash(seed, parts);
    let low = hash(high, parts);
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}

/// Uniform in 0..1.
pub fn unit(seed: u64, parts: &[&str]) -> f64 {
    (hash(seed, parts) >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_names_other_seed_other_names() {
        assert_eq!(suffix(7, &["pay-api", "1"], 5), suffix(7, &["pay-api", "1"], 5));
        assert_ne!(suffix(7, &["pay-api", "1"], 5), suffix(8, &["pay-api", "1"], 5));
        assert_ne!(hash(7, &["ab", "c"]), hash(7, &["a", "bc"]));
        assert_eq!(uid(7, &["pod"]).len(), 36);
    }

    #[test]
    fn unit_spreads() {
        let mean = (0..1000).map(|n| unit(1, &[&n.to_string()])).sum::<f64>() / 1000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
    }
}
