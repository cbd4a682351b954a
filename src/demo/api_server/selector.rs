//! Label and field selectors.

use super::respond::Refusal;

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Is(String),
    IsNot(String),
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Missing,
}

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
            }
        })
    }

    pub fn labels(text: &str) -> Result<Selector, Refusal> {
        requirements(text).into_iter().map(|part| label(part.trim())).collect::<Result<_, _>>().map(Selector)
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

/// Splits at commas outside parentheses.
fn requirements(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (index, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

fn label(part: &str) -> Result<(String, Test), Refusal> {
    let values = |text: &str| -> Vec<String> {
        text.trim().trim_start_matches('(').trim_end_matches(')').split(',').map(|v| v.trim().to_owned()).collect()
    };
    let pair = |key: &str, test: Test| Ok((key.trim().to_owned(), test));
    if let Some((key, list)) = part.split_once(" notin ") {
        return pair(key, Test::NotIn(values(list)));
    }
    if let Some((key, list)) = part.split_once(" in ") {
        return pair(key, Test::In(values(list)));
    }
    if let Some((key, value)) = part.split_once("!=") {
        return pair(key, Test::IsNot(value.trim().to_owned()));
    }
    if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return pair(key, Test::Is(value.trim().to_owned()));
    }
    if part.contains([' ', '(']) {
        return Err(Refusal::bad_request(format!("unable to parse requirement: found '{part}'")));
    }
    match part.strip_prefix('!') {
        Some(key) => pair(key, Test::Missing),
        None => pair(part, Test::Exists),
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
    }
}
