//! Matchers of silences, routes and filters.

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::demo::prometheus::Labels;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Matcher {
    #[serde(default = "yes")]
    pub is_equal: bool,
    pub is_regex: bool,
    pub name: String,
    pub value: String,
}

fn yes() -> bool {
    true
}

impl Matcher {
    pub fn equal(name: &str, value: &str) -> Self {
        Self { is_equal: true, is_regex: false, name: name.to_owned(), value: value.to_owned() }
    }

    /// Like `name="value"`, `name!=value`, `name=~"expression"` or `name!~"expression"`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || format!("bad matcher format: {text}");
        let at = text.find(['=', '!']).ok_or_else(bad)?;
        let (name, rest) = text.split_at(at);
        let operators = [("=~", true, true), ("!~", false, true), ("!=", false, false), ("=", true, false)];
        let (value, is_equal, is_regex) = operators
            .into_iter()
            .find_map(|(operator, equal, regex)| Some((rest.strip_prefix(operator)?, equal, regex)))
            .ok_or_else(bad)?;
        let value = value.trim();
        let value = match value.strip_prefix('"') {
            Some(_) => serde_json::from_str(value).map_err(|_| bad())?,
            None => value.to_owned(),
        };
        let matcher = Self { is_equal, is_regex, name: name.trim().to_owned(), value };
        matcher.check()?;
        Ok(matcher)
    }

    pub fn check(&self) -> Result<(), String> {
        if self.name.is_empty() {
            return Err("invalid label name \"\"".to_owned());
        }
        match self.is_regex {
            true => self.expression().map(|_| ()),
            false => Ok(()),
        }
    }

    pub fn matches(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.name);
        let equal = if self.is_regex {
            self.expression().is_ok_and(|expression| expression.is_match(value))
        } else {
            self.value == value
        };
        equal == self.is_equal
    }

    fn expression(&self) -> Result<Regex, String> {
        Regex::new(&format!("^(?:{})$", self.value)).map_err(|_| format!("invalid regular expression {:?}", self.value))
    }
}

pub fn all_match(matchers: &[Matcher], labels: &Labels) -> bool {
    matchers.iter().all(|matcher| matcher.matches(labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_read_in_all_four_kinds() {
        let labels = Labels::new([("alertname", "PayErrorRatio"), ("severity", "critical")]);
        let holds = |text: &str| Matcher::parse(text).unwrap().matches(&labels);
        assert!(holds("alertname=\"PayErrorRatio\"") && holds("alertname=PayErrorRatio"));
        assert!(holds("alertname=~\"Pay.*\"") && !holds("alertname=~\"Pay\""));
        assert!(holds("severity!=\"warning\"") && !holds("severity!~\"crit.*\""));
        assert!(holds("absent=\"\""));
        assert!(Matcher::parse("nothing").is_err() && Matcher::parse("a=~\"(\"").is_err());
    }
}
