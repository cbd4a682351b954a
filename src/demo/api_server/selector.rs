//! Label and field selectors: what they select. The grammar of labels stands in `label_selector`.

use super::label_selector::{self, Test};
use super::refusal::Refusal;

/// A conjunction; empty selects everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selector(Vec<(String, Test)>);

impl Selector {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }

    pub fn matches<'a>(&self, value_of: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.0.iter().all(|(key, test)| {
            let value = value_of(key);
            match test {
                Test::Is(wanted) => value == Some(wanted),
                Test::IsNot(unwanted) => value != Some(unwanted),
                Test::In(wanted) => value.is_some_and(|v| wanted.iter().any(|w| w == v)),
                Test::NotIn(unwanted) => !value.is_some_and(|v| unwanted.iter().any(|u| u == v)),
                Test::Exists => value.is_some(),
                Test::Missing => value.is_none(),
                Test::Above(bound) => value.and_then(|v| v.parse().ok()).is_some_and(|v: i64| v > *bound),
                Test::Below(bound) => value.and_then(|v| v.parse().ok()).is_some_and(|v: i64| v < *bound),
            }
        })
    }

    pub fn labels(text: &str) -> Result<Selector, Refusal> {
        label_selector::parse(text).map(Selector).map_err(|(found, expected)| {
            Refusal::bad_request(format!("unable to parse requirement: found '{found}', expected: {expected}"))
        })
    }

    pub fn fields(text: &str) -> Result<Selector, Refusal> {
        let parts = text.split(',').filter(|part| !part.is_empty());
        parts
            .map(|part| {
                let pair = part.split_once("!=").map(|(k, v)| (k, Test::IsNot(v.to_owned())));
                pair.or_else(|| part.split_once("==").map(|(k, v)| (k, Test::Is(v.to_owned()))))
                    .or_else(|| part.split_once('=').map(|(k, v)| (k, Test::Is(v.to_owned()))))
                    .map(|(key, test)| (key.to_owned(), test))
                    .ok_or_else(|| {
                        Refusal::bad_request(format!("invalid selector: '{text}'; can't understand '{part}'"))
                    })
            })
            .collect::<Result<_, _>>()
            .map(Selector)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(text: &str, labels: &[(&'static str, &'static str)]) -> bool {
        let selector = Selector::labels(text).expect("a selector");
        selector.matches(|key| labels.iter().find(|(name, _)| *name == key).map(|(_, value)| *value))
    }

    #[test]
    fn labels_are_matched_as_kubernetes_does() {
        let labels = [("app", "pay"), ("tier", "back")];
        assert!(selects("app=pay,tier in (front, back)", &labels));
        assert!(!selects("app!=pay", &labels));
        assert!(selects("owner!=helm,!owner,app", &labels));
        assert!(selects("tier notin (front)", &labels));
        assert!(!selects("owner in (helm)", &labels));
        assert!(selects(" tier in(back) , app == pay", &labels));
    }
}
