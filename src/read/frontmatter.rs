//! Parses front matter: TOML between `+++` or YAML between `---` at the beginning of an article.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::dates::lexicon;
use crate::dates::moment::{Moment, parse_moment};
use crate::dates::zone::CertainZone;
use crate::ical;
use crate::model::when::place;

/// Longest front matter, in bytes.
pub const LONGEST: usize = 64 << 10;

/// Keys of a front matter and the text below it.
#[derive(Debug)]
pub struct FrontMatter<'a> {
    keys: Map<String, Value>,
    /// Text below the front matter.
    pub body: &'a str,
    /// First key that is there twice. The last value counts.
    pub repeated: Option<FrontMatterError>,
}

/// Why a front matter cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub struct FrontMatterError {
    /// Byte offset of the fault in the file.
    pub offset: usize,
    /// What was found, in words.
    pub found: String,
}

fn error(offset: usize, found: impl Into<String>) -> FrontMatterError {
    FrontMatterError { offset, found: found.into() }
}

impl<'a> FrontMatter<'a> {
    /// Parses the beginning of a file.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no front matter, it is not closed, it is longer than [`LONGEST`], or it is not valid
    /// TOML or YAML.
    pub fn parse(text: &'a str) -> Result<FrontMatter<'a>, FrontMatterError> {
        let start = text.len() - text.trim_start_matches(['\u{feff}', ' ', '\n', '\r']).len();
        let rest = &text[start..];
        let fence = ["+++", "---"].into_iter().find(|fence| rest.starts_with(fence));
        let fence = fence.ok_or_else(|| error(start, "an article without front matter"))?;
        let head_start = start + rest.find('\n').map_or(rest.len(), |end| end + 1);
        let mut at = head_start;
        let end = loop {
            let line = text.get(at..).and_then(|rest| rest.split_inclusive('\n').next());
            let Some(line) = line else { return Err(error(start, format!("{fence} that is never closed"))) };
            if line.trim_end() == fence {
                break at;
            }
            at += line.len();
        };
        let head = &text[head_start..end];
        if head.len() > LONGEST {
            return Err(error(start, format!("front matter of {} bytes", head.len())));
        }
        let (keys, repeated) =
            if fence == "+++" { (toml_keys(head, head_start)?, None) } else { yaml_keys(head, head_start)? };
        let body = text[end..].split_once('\n').map_or("", |(_, body)| body);
        Ok(FrontMatter { keys, body, repeated })
    }

    /// Returns the text of the first of these keys that has one. `extra.image` is the key `image` of the table `extra`.
    #[must_use]
    pub fn text(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| match self.value(key)? {
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    }

    /// Returns a list of texts. A single text is a list of one.
    #[must_use]
    pub fn list(&self, keys: &[&str]) -> Vec<String> {
        let text =
            |value: &Value| value.as_str().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let list = keys.iter().find_map(|key| match self.value(key)? {
            Value::Array(items) => Some(items.iter().filter_map(text).collect()),
            value @ Value::String(_) => Some(text(value).into_iter().collect()),
            _ => None,
        });
        list.unwrap_or_default()
    }

    /// Returns whether a key is true.
    #[must_use]
    pub fn flag(&self, key: &str) -> bool {
        match self.value(key) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => lexicon::flag(text) == Some(true),
            _ => false,
        }
    }

    /// Returns whether a key is false.
    #[must_use]
    pub fn denies(&self, key: &str) -> bool {
        self.value(key) == Some(&Value::Bool(false))
    }

    /// Returns the top-level keys.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// Parses an instant. A date alone is midnight in the zone.
    #[must_use]
    pub fn instant(&self, keys: &[&str], zone: &TimeZone) -> Option<Timestamp> {
        instant(&self.text(keys)?, zone)
    }

    fn value(&self, key: &str) -> Option<&Value> {
        let (first, rest) = key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
        let value = self.keys.get(first)?;
        rest.map_or(Some(value), |rest| value.get(rest))
    }
}

/// Parses an instant of a front matter or a file name. A date alone is midnight in the zone.
#[must_use]
pub fn instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    match parse_moment(text, None).ok()? {
        Moment::Days { first, last } if first == last => {
            place(first.at(0, 0, 0, 0), zone).map(|at| at.timestamp())
        }
        Moment::At { start, end: None, zone: None, .. } => place(start, zone).map(|at| at.timestamp()),
        Moment::At { start, end: None, zone: Some(text), .. } => {
            match text.at(start, zone, &ical::zone::named).ok()? {
                CertainZone::Offset(offset) => offset.to_timestamp(start).ok(),
                CertainZone::Zone(other) => other.to_timestamp(start).ok(),
            }
        }
        _ => None,
    }
}

fn toml_keys(head: &str, start: usize) -> Result<Map<String, Value>, FrontMatterError> {
    let table: toml::Table = toml::from_str(head).map_err(|fault| {
        let offset = start + fault.span().map_or(0, |span| span.start);
        error(offset, format!("what is no TOML: {}", crate::diagnostic::visible(fault.message())))
    })?;
    Ok(table.into_iter().map(|(key, value)| (key, plain(value))).collect())
}

fn plain(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::Datetime(at) => Value::String(at.to_string()),
        toml::Value::Array(items) => Value::Array(items.into_iter().map(plain).collect()),
        toml::Value::Table(table) => {
            Value::Object(table.into_iter().map(|(key, value)| (key, plain(value))).collect())
        }
    }
}

type Keys = Map<String, Value>;

/// Parses YAML. A repeated key is an error in YAML; the last value is taken, as most programs do, and the key reported.
fn yaml_keys(head: &str, start: usize) -> Result<(Keys, Option<FrontMatterError>), FrontMatterError> {
    let strict = serde_saphyr::options! { alias_limits: aliases() };
    let first = match serde_saphyr::from_str_with_options::<Value>(head, strict) {
        Ok(value) => return Ok((mapping(value, start)?, None)),
        Err(fault) => yaml_error(&fault, head, start),
    };
    let lenient = serde_saphyr::options! {
        alias_limits: aliases(),
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins
    };
    match serde_saphyr::from_str_with_options::<Value>(head, lenient) {
        Ok(value) => Ok((mapping(value, start)?, Some(first))),
        Err(_) => Err(first),
    }
}

/// Limits of aliases, which can expand exponentially.
fn aliases() -> serde_saphyr::options::AliasLimits {
    serde_saphyr::alias_limits! { max_total_replayed_events: 10_000 }
}

fn yaml_error(fault: &serde_saphyr::Error, head: &str, start: usize) -> FrontMatterError {
    let line = fault.location().map_or(1, |location| location.line()).max(1);
    let before = usize::try_from(line - 1).unwrap_or(0);
    let offset: usize = head.split_inclusive('\n').take(before).map(str::len).sum();
    let fault = fault.without_snippet();
    if let serde_saphyr::Error::DuplicateMappingKey { key, .. } = fault {
        let key = key.as_deref().unwrap_or("a key");
        return error(start + offset, format!("{} twice", crate::diagnostic::visible(key)));
    }
    // The diagnostic has the place.
    let said = fault.to_string();
    let said = said.lines().next().unwrap_or_default();
    let said = said.split(" at line ").next().unwrap_or(said);
    error(start + offset, format!("what is no YAML: {}", crate::diagnostic::visible(said)))
}

fn mapping(value: Value, start: usize) -> Result<Keys, FrontMatterError> {
    match value {
        Value::Object(keys) => Ok(keys),
        Value::Null => Ok(Map::new()),
        _ => Err(error(start, "YAML that is no list of keys and values")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_and_yaml_are_equal() {
        let toml = FrontMatter::parse("+++\ntitle = \"A\"\ndate = 2026-05-12\ntopics = [\"x\"]\n+++\nBody\n")
            .unwrap();
        let yaml =
            FrontMatter::parse("---\r\ntitle: A\r\ndate: 2026-05-12\r\ntopics:\r\n  - x\r\n---\r\nBody\n")
                .unwrap();
        for matter in [toml, yaml] {
            assert_eq!(matter.text(&["title"]).as_deref(), Some("A"));
            assert_eq!(matter.list(&["topics"]), ["x"]);
            assert!(matter.instant(&["date"], &TimeZone::UTC).is_some());
            assert_eq!(matter.body, "Body\n");
        }
    }

    #[test]
    fn errors_have_an_offset() {
        let found = |text: &str| FrontMatter::parse(text).unwrap_err();
        assert_eq!(found("# Title\n").offset, 0);
        assert!(found("---\ntitle: A\n").found.contains("never closed"));
        assert!(found("+++\ntitle = \n+++\n").offset >= 4);
        assert!(found("---\na: [\n---\n").found.contains("YAML"));
    }
}
