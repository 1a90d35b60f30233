//! JSON values as their text says them. The text is looked at where a value is asked for and nowhere else: what a reader
//! ignores may be anything that is JSON, also what no string or number of Rust can hold.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{Error, Result};
use crate::limits::MAX_INTEGER;
use crate::text::check_length;

/// A value: its text, which is known to be JSON.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a>(&'a str);

/// The text of a string; `None` where it has a lone surrogate.
fn unescaped(raw: &str) -> Option<Cow<'_, str>> {
    match raw.get(1..raw.len().saturating_sub(1)) {
        Some(plain) if !plain.contains('\\') => Some(Cow::Borrowed(plain)),
        _ => serde_json::from_str::<String>(raw).ok().map(Cow::Owned),
    }
}

impl<'a> Value<'a> {
    fn starts_with(self, first: char) -> bool {
        self.0.starts_with(first)
    }

    fn number(self) -> Option<f64> {
        // The nearest double: what readers have who know no other numbers.
        let is_number = self.0.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        is_number.then(|| self.0.parse().ok()).flatten()
    }

    /// A string without lone surrogates, of at most 16 MiB.
    pub(super) fn text(self, path: &str) -> Result<Cow<'a, str>> {
        if !self.starts_with('"') {
            return Err(Error::invalid(path, "must be a string"));
        }
        let text = unescaped(self.0).ok_or_else(|| Error::invalid(path, "contains a lone surrogate"))?;
        check_length(&text, path)?;
        Ok(text)
    }

    /// An integer from 0 to 2^53 − 1, however it is written.
    pub(super) fn integer(self, path: &str) -> Result<u64> {
        let found = self.number().map(|number| (number, number as u64));
        match found {
            Some((number, integer)) if integer <= MAX_INTEGER && integer as f64 == number => Ok(integer),
            _ => Err(Error::invalid(path, "must be an integer from 0 to 9007199254740991")),
        }
    }

    pub(super) fn object(self, path: &str) -> Result<Fields<'a>> {
        let fields = self.starts_with('{').then(|| Fields::read(self.0).ok()).flatten();
        fields.ok_or_else(|| Error::invalid(path, "must be an object"))
    }

    pub(super) fn list(self, path: &str) -> Result<Vec<Self>> {
        let items = self.starts_with('[').then(|| serde_json::from_str::<Vec<&'a RawValue>>(self.0).ok());
        let items = items.flatten().ok_or_else(|| Error::invalid(path, "must be a list"))?;
        Ok(items.into_iter().map(|item| Self(item.get())).collect())
    }

    pub(super) fn is_text(self, expected: &str) -> bool {
        self.starts_with('"') && unescaped(self.0).is_some_and(|text| text == expected)
    }

    pub(super) fn is_number(self, expected: u64) -> bool {
        self.number().is_some_and(|number| number == expected as f64)
    }

    /// As it is written.
    pub(super) fn written(self) -> &'a str {
        self.0
    }
}

/// The fields of an object in the order in which they are written. A name that is there twice has its last value.
#[derive(Debug)]
pub(super) struct Fields<'a>(Vec<(Option<Cow<'a, str>>, Value<'a>)>);

impl<'a> Fields<'a> {
    /// Reads an object; `None` in place of fields where the text is JSON but no object.
    pub(super) fn read(text: &'a str) -> Result<Self, NotAnObject> {
        match serde_json::from_str(text) {
            Ok(fields) => Ok(fields),
            Err(_) if serde_json::from_str::<&RawValue>(text).is_ok() => Err(NotAnObject::OtherJson),
            Err(_) => Err(NotAnObject::NoJson),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<Value<'a>> {
        self.0.iter().rev().find(|(known, _)| known.as_deref() == Some(name)).map(|(_, value)| *value)
    }

    /// The value of a field that must be there.
    pub(super) fn need(&self, name: &str, path: &str) -> Result<Value<'a>> {
        self.get(name).ok_or_else(|| Error::invalid(path, "is missing"))
    }

    /// Refuses a field that is not in `known`. `prefix` is the path of the object, empty for an argument itself.
    pub(super) fn refuse_others(&self, known: &[&str], prefix: &str) -> Result<()> {
        let is_known =
            |name: &Option<Cow<'_, str>>| name.as_deref().is_some_and(|name| known.contains(&name));
        match self.0.iter().find(|(name, _)| !is_known(name)) {
            None => Ok(()),
            Some((name, _)) => {
                let name = name.as_deref().unwrap_or("\u{fffd}");
                let path: String = field_path(prefix, name).chars().take(LONGEST_PATH).collect();
                Err(Error::invalid(&path, "is an unknown field"))
            }
        }
    }
}

/// A field's name comes from a stranger and ends in a message.
const LONGEST_PATH: usize = 200;

/// The path of a field; fields of an argument itself have no prefix.
pub(super) fn field_path(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { String::from(name) } else { format!("{prefix}.{name}") }
}

/// Why a text is not read as an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotAnObject {
    NoJson,
    OtherJson,
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(name) = map.next_key::<&'de RawValue>()? {
                    let value: &'de RawValue = map.next_value()?;
                    fields.push((unescaped(name.get()), Value(value.get())));
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Reader)
    }
}
