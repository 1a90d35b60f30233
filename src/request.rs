//! Create requests in their stored form, and the one shape in which they are read, part by part, wherever they come from.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::codec::{Decoded, Malformed, Reader, put_opt_str, put_str, put_varint};
use crate::digits::push_decimal;
use crate::error::{Error, Result};
use crate::limits::MAX_STRING_BYTES;
use crate::text::{blank, is_blank, too_long};

/// A create request in its stored form; what can be read from it without failing is not known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestBytes<'a>(pub(crate) &'a [u8]);

/// Where a text stands in a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The field, or the field and the place in its list.
    field: &'static str,
    index: Option<usize>,
    name: &'static str,
}

impl Place {
    /// Such as `requestedCapabilities[3].name`.
    pub(crate) fn path(self) -> String {
        let mut path = String::from(self.field);
        if let Some(index) = self.index {
            path.push('[');
            push_decimal(&mut path, index as u64);
            path.push(']');
        }
        path.push('.');
        path.push_str(self.name);
        path
    }
}

/// One part of a request, in the order in which they are stored and cross boundaries.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'a> {
    /// Which intent or profile: what follows depends on it.
    Kind(u8),
    /// A text that must be there and must not be blank.
    Name(Place, &'a str),
    /// A text that must be there.
    Text(Place, &'a str),
    /// A text that may be absent. `names`: where it is there, it must not be blank.
    Optional { place: Place, text: Option<&'a str>, names: bool },
    /// How many items a list has.
    Count(usize),
}

/// What a request is read from. What cannot be read comes out as nothing, until [`check`](Self::check) is asked.
pub(crate) trait RequestSource<'a> {
    /// A small number.
    fn kind(&mut self) -> u8;
    /// A text.
    fn text(&mut self) -> &'a str;
    /// A text, or that there is none.
    fn optional_text(&mut self) -> Option<&'a str>;
    /// How many items follow; no more than can be there.
    fn count(&mut self) -> usize;
    /// Whether everything so far could be read.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`].
    fn check(&self) -> Result<()>;
}

fn malformed(_: Malformed) -> Box<Error> {
    Error::invalid("request", "is malformed")
}

impl<'a> RequestSource<'a> for Reader<'a> {
    fn kind(&mut self) -> u8 {
        self.byte()
    }

    fn text(&mut self) -> &'a str {
        self.str()
    }

    fn optional_text(&mut self) -> Option<&'a str> {
        self.opt_str()
    }

    fn count(&mut self) -> usize {
        Reader::count(self)
    }

    fn check(&self) -> Result<()> {
        Reader::check(self).map_err(malformed)
    }
}

type Visit<'v, 'a> = &'v mut dyn FnMut(Part<'a>) -> Result<()>;

/// Reads a request.
///
/// # Errors
/// Those of the source and of `visit`, and [`Error::InvalidRequest`] for a kind that there is not.
pub(crate) fn visit_request<'a>(source: &mut dyn RequestSource<'a>, visit: Visit<'_, 'a>) -> Result<()> {
    let mut tell = |source: &mut dyn RequestSource<'a>, part| {
        source.check()?;
        visit(part)
    };
    let at = |field, name| Place { field, index: None, name };
    let intent = source.kind();
    tell(source, Part::Kind(intent))?;
    let name = match intent {
        0 => None,
        1 => Some("objective"),
        2 => Some("role"),
        _ => return Err(malformed(Malformed)),
    };
    if let Some(name) = name {
        let text = source.text();
        tell(source, Part::Name(at("intent", name), text))?;
    }
    if intent != 1 {
        let text = source.optional_text();
        tell(source, Part::Optional { place: at("intent", "purpose"), text, names: false })?;
    }
    let profile = source.kind();
    tell(source, Part::Kind(profile))?;
    match profile {
        0 => {}
        1 | 2 => {
            let text = source.text();
            tell(source, Part::Name(at("profile", "value"), text))?;
        }
        _ => return Err(malformed(Malformed)),
    }
    let text = source.optional_text();
    tell(source, Part::Optional { place: at("configBundle", "id"), text, names: true })?;
    for field in ["requestedCapabilities", "workspaceRefs", "mountRefs"] {
        let count = source.count();
        tell(source, Part::Count(count))?;
        for index in 0..count {
            let at = |name| Place { field, index: Some(index), name };
            let text = source.text();
            tell(source, Part::Name(at("name"), text))?;
            let part = if field == "requestedCapabilities" {
                Part::Optional { place: at("reason"), text: source.optional_text(), names: false }
            } else {
                Part::Text(at("reference"), source.text())
            };
            tell(source, part)?;
        }
    }
    Ok(())
}

/// Brings a request into its stored form. Refuses a text above 16 MiB of UTF-8: a malformed argument, whatever the state.
pub(crate) fn store_request<'a>(source: &mut dyn RequestSource<'a>) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(64);
    visit_request(source, &mut |part| {
        match part {
            Part::Kind(kind) => out.push(kind),
            Part::Name(place, text) | Part::Text(place, text) => {
                check_length_at(text, place)?;
                put_str(&mut out, text);
            }
            Part::Optional { place, text, .. } => {
                check_length_at(text.unwrap_or_default(), place)?;
                put_opt_str(&mut out, text);
            }
            Part::Count(count) => put_varint(&mut out, count as u64),
        }
        Ok(())
    })?;
    Ok(out)
}

impl<'a> RequestBytes<'a> {
    /// Reads the parts.
    ///
    /// # Errors
    /// Those of `visit`, and [`Error::InvalidRequest`] where this is no stored request.
    pub(crate) fn visit(self, visit: Visit<'_, 'a>) -> Result<()> {
        let mut reader = Reader::new(self.0);
        visit_request(&mut reader, visit)?;
        reader.finish().map_err(malformed)
    }

    /// Refuses what must not be blank and is.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with the field's path.
    pub(crate) fn check(self) -> Result<()> {
        self.visit(&mut |part| match part {
            Part::Name(place, text) | Part::Optional { place, text: Some(text), names: true } => {
                if is_blank(text) { Err(blank(&place.path())) } else { Ok(()) }
            }
            _ => Ok(()),
        })
    }

    /// Whether it names a bundle, and how many capabilities it asks for.
    pub(crate) fn traits(self) -> Decoded<(bool, usize)> {
        let (mut bundle, mut counts) = (false, [0; 3]);
        let mut lists = counts.iter_mut();
        self.visit(&mut |part| {
            match part {
                Part::Optional { text, names: true, .. } => bundle = text.is_some(),
                Part::Count(count) => lists.next().into_iter().for_each(|list| *list = count),
                _ => {}
            }
            Ok(())
        })
        .map_err(|_| Malformed)?;
        Ok((bundle, counts[0]))
    }
}

fn check_length_at(text: &str, place: Place) -> Result<()> {
    if text.len() > MAX_STRING_BYTES { Err(too_long(&place.path())) } else { Ok(()) }
}
