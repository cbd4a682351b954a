//! The grammar of label selectors, with the API server's words for what it did not expect.

/// What a requirement asks of the value of its key.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    Is(String),
    IsNot(String),
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Missing,
    Above(i64),
    Below(i64),
}

/// What stands there, and what may stand there.
type Unexpected<'a> = (&'a str, &'static str);

/// # Errors
/// What was found, and what was expected in its place.
pub fn parse(text: &str) -> Result<Vec<(String, Test)>, Unexpected<'_>> {
    let mut words = Words(text);
    let mut tests = Vec::new();
    if words.peek().is_empty() {
        return Ok(tests);
    }
    loop {
        match words.peek() {
            word if word == "!" || is_name(word) => tests.push(requirement(&mut words)?),
            word if tests.is_empty() => return Err((word, "!, identifier, or 'end of string'")),
            word => return Err((word, "identifier after ','")),
        }
        match words.take() {
            "" => return Ok(tests),
            "," => {}
            word => return Err((word, "',' or 'end of string'")),
        }
    }
}

fn requirement<'a>(words: &mut Words<'a>) -> Result<(String, Test), Unexpected<'a>> {
    if words.peek() == "!" {
        words.take();
        return Ok((name(words)?, Test::Missing));
    }
    let key = name(words)?;
    if matches!(words.peek(), "" | ",") {
        return Ok((key, Test::Exists));
    }
    let test = match words.take() {
        "in" => Test::In(values(words)?),
        "notin" => Test::NotIn(values(words)?),
        "=" | "==" => Test::Is(value(words)?),
        "!=" => Test::IsNot(value(words)?),
        ">" => Test::Above(number(words)?),
        "<" => Test::Below(number(words)?),
        word => return Err((word, "in, notin, =, ==, !=, gt, lt")),
    };
    Ok((key, test))
}

fn values<'a>(words: &mut Words<'a>) -> Result<Vec<String>, Unexpected<'a>> {
    match words.take() {
        "(" => {}
        word => return Err((word, "'('")),
    }
    let mut values = Vec::new();
    loop {
        match words.take() {
            ")" if values.is_empty() => return Ok(values),
            word if is_name(word) => values.push(word.to_owned()),
            word => return Err((word, "',', ')' or identifier")),
        }
        match words.take() {
            ")" => return Ok(values),
            "," => {}
            word => return Err((word, "',' or ')'")),
        }
    }
}

/// Nothing is a value too: `app=`.
fn value<'a>(words: &mut Words<'a>) -> Result<String, Unexpected<'a>> {
    if matches!(words.peek(), "" | ",") { Ok(String::new()) } else { name(words) }
}

fn number<'a>(words: &mut Words<'a>) -> Result<i64, Unexpected<'a>> {
    let word = words.take();
    word.parse().map_err(|_| (word, "identifier"))
}

fn name<'a>(words: &mut Words<'a>) -> Result<String, Unexpected<'a>> {
    match words.take() {
        word if is_name(word) => Ok(word.to_owned()),
        word => Err((word, "identifier")),
    }
}

const SYMBOLS: [char; 7] = ['=', '!', '(', ')', ',', '>', '<'];

fn is_name(word: &str) -> bool {
    !word.is_empty() && !word.starts_with(SYMBOLS)
}

/// What is still to be read; at its end the words are empty.
struct Words<'a>(&'a str);

impl<'a> Words<'a> {
    fn peek(&self) -> &'a str {
        let text = self.0.trim_start();
        let is_operator = |word: &&str| text.starts_with(*word);
        if let Some(operator) = ["==", "!=", "=", "!", "(", ")", ",", ">", "<"].iter().find(|word| is_operator(word)) {
            return &text[..operator.len()];
        }
        &text[..text.find(|c: char| c.is_whitespace() || SYMBOLS.contains(&c)).unwrap_or(text.len())]
    }

    fn take(&mut self) -> &'a str {
        let word = self.peek();
        let text = self.0.trim_start();
        self.0 = &text[word.len()..];
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_expected_is_named() {
        assert_eq!(parse("a b c"), Err(("b", "in, notin, =, ==, !=, gt, lt")));
        assert_eq!(parse("a in (b"), Err(("", "',' or ')'")));
        assert_eq!(parse("a,"), Err(("", "identifier after ','")));
        assert_eq!(parse("=a"), Err(("=", "!, identifier, or 'end of string'")));
        assert_eq!(parse("a=b c"), Err(("c", "',' or 'end of string'")));
    }

    #[test]
    fn empty_values_and_numbers_are_values() {
        assert_eq!(
            parse("a=,b>3"),
            Ok(vec![("a".to_owned(), Test::Is(String::new())), ("b".to_owned(), Test::Above(3))])
        );
        assert_eq!(parse("  "), Ok(Vec::new()));
    }
}
