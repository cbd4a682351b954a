//! Values whose JSON and protobuf forms differ: times, quantities, maps and free text.

use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// A protobuf message `{seconds, nanos}`, an RFC 3339 string in JSON.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct Time {
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

impl Time {
    /// None for the zero time, which is how Go writes "not set", and for what is out of range.
    #[must_use]
    pub fn timestamp(self) -> Option<Timestamp> {
        if self.seconds == 0 { None } else { Timestamp::new(self.seconds, self.nanos).ok() }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl Visitor<'_> for Written {
            type Value = Time;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time")
            }
            // A time nobody can read is unknown; it must not cost the whole page.
            fn visit_str<E>(self, raw: &str) -> Result<Time, E> {
                let at = raw.parse::<Timestamp>().unwrap_or_default();
                Ok(Time { seconds: at.as_second(), nanos: at.subsec_nanosecond() })
            }
        }
        deserializer.deserialize_str(Written)
    }
}

/// A protobuf message around a string, a plain string in JSON.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Quantity {
    #[prost(string, tag = "1")]
    pub string: String,
}

/// An entry of a map of quantities: on the wire a protobuf map is a repeated message of key and value.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Amount {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(message, optional, tag = "2")]
    pub value: Option<Quantity>,
}

/// An entry of a map of strings.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Pair {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(string, tag = "2")]
    pub value: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct IntOrString {
    /// 0 number, 1 string.
    #[prost(int64, tag = "1")]
    pub kind: i64,
    #[prost(int32, tag = "2")]
    pub number: i32,
    #[prost(string, tag = "3")]
    pub string: String,
}

impl fmt::Display for IntOrString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind == 0 { write!(f, "{}", self.number) } else { f.write_str(&self.string) }
    }
}

impl<'de> Deserialize<'de> for IntOrString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = IntOrString;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a string")
            }
            fn visit_i64<E>(self, number: i64) -> Result<IntOrString, E> {
                Ok(IntOrString { kind: 0, number: i32::try_from(number).unwrap_or(i32::MAX), string: String::new() })
            }
            fn visit_u64<E>(self, number: u64) -> Result<IntOrString, E> {
                Ok(IntOrString { kind: 0, number: i32::try_from(number).unwrap_or(i32::MAX), string: String::new() })
            }
            fn visit_str<E>(self, raw: &str) -> Result<IntOrString, E> {
                Ok(IntOrString { kind: 1, number: 0, string: raw.to_owned() })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// A JSON map of strings as pairs; `null` is empty.
pub fn pairs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Pair>, D::Error> {
    struct Map;
    impl<'de> Visitor<'de> for Map {
        type Value = Vec<Pair>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map of strings")
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = Vec::new();
            while let Some((key, value)) = map.next_entry::<String, Option<String>>()? {
                found.push(Pair { key, value: value.unwrap_or_default() });
            }
            Ok(found)
        }
    }
    deserializer.deserialize_any(Map)
}

/// A JSON map of quantities as pairs; `null` is empty.
pub fn amounts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Amount>, D::Error> {
    let found = pairs(deserializer)?;
    Ok(found.into_iter().map(|Pair { key, value }| Amount { key, value: Some(Quantity { string: value }) }).collect())
}

/// Go writes an absent list as `null` where the field is not marked `omitempty`.
pub fn nullable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Free text is bytes on the protobuf wire: a termination message may hold anything a program wrote, and one that is
/// not UTF-8 must not cost the whole page.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| text.unwrap_or_default().into_bytes())
}

/// Free text back as a string of at most `limit` bytes, with what is not UTF-8 replaced.
#[must_use]
pub fn text_of(bytes: &[u8], limit: usize) -> std::borrow::Cow<'_, str> {
    if bytes.len() <= limit {
        return String::from_utf8_lossy(bytes);
    }
    let mut text = String::from_utf8_lossy(bytes.get(..limit).unwrap_or_default()).into_owned();
    text.truncate(text.trim_end_matches(char::REPLACEMENT_CHARACTER).len());
    text.push('…');
    text.into()
}
