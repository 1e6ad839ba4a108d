//! Parsing of request targets.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::{FILES, FeedFormat, Route, RouteError, VIEWS};
use crate::model::event::EventId;
use crate::model::filter::{Filter, FilterError};
use crate::model::month::Month;
use crate::model::tag::{Facet, TagPath};
use crate::slug::slug;

/// The most segments of a path.
const MAX_SEGMENTS: usize = 16;
/// The most parameters of a query.
const MAX_PARAMETERS: usize = 64;
/// The longest value of a query in bytes.
const MAX_VALUE: usize = 1 << 10;

impl Route {
    /// Parses the path and the query of a request target, both percent-encoded.
    ///
    /// # Errors
    ///
    /// Returns an error if the target is not well-formed, is not the address of a document, or is not its only address.
    pub fn parse(path: &str, query: Option<&str>) -> Result<Route, RouteError> {
        let rest =
            path.strip_prefix('/').ok_or(RouteError::Malformed("the path does not begin with a slash"))?;
        if rest.bytes().filter(|byte| *byte == b'/').count() >= MAX_SEGMENTS {
            return Err(RouteError::Unknown);
        }
        let name = decode(rest)?;
        if let Some(without) = rest.strip_suffix('/') {
            let route = Route::parse(&format!("/{without}"), None)?;
            return Err(RouteError::Moved(route.to_string()));
        }
        let route = match rest.split_once('/') {
            Some((folder, below)) => parse_below(folder, below)?,
            None => parse_segment(&name, query)?,
        };
        match route {
            Route::Agenda(filter) => Ok(match month(query)? {
                Some(month) => Route::Month(filter, month),
                None => Route::Agenda(filter),
            }),
            route => Ok(route),
        }
    }
}

/// Parses a path of one segment.
fn parse_segment(name: &str, query: Option<&str>) -> Result<Route, RouteError> {
    match name {
        "" => return Ok(Route::Agenda(query_filter(query)?)),
        "calendar.ics" => return Ok(Route::Calendar(query_filter(query)?)),
        "articles" => return Ok(Route::Articles(None)),
        _ => {}
    }
    if let Some(file) = FILES.iter().find(|file| file.to_string()[1..] == *name) {
        return Ok(file.clone());
    }
    if let Some(view) = VIEWS.iter().find(|view| name.strip_prefix(view.folder) == Some(view.extension)) {
        return Ok((view.route)(query_filter(query)?));
    }
    let (name, extension) = name.split_once('.').ok_or(RouteError::Unknown)?;
    let format = feed_format(extension).ok_or(RouteError::Unknown)?;
    match name {
        "events" => Ok(Route::EventsFeed(format)),
        "articles" => Ok(Route::ArticlesFeed(None, format)),
        "changes" => Ok(Route::ChangesFeed(None, format)),
        _ => Err(RouteError::Unknown),
    }
}

/// Parses a path of several segments.
fn parse_below(folder: &str, below: &str) -> Result<Route, RouteError> {
    match folder {
        "events" => match below.strip_suffix(".ics") {
            Some(id) => Ok(Route::EventCalendar(event_id(id)?)),
            None => Ok(Route::Event(event_id(below)?)),
        },
        "articles" => {
            let below = decode(below)?.into_owned();
            let is_slug = slug(&below) == below;
            Ok(if is_slug { Route::Article(below) } else { Route::Asset(asset_path(below)?) })
        }
        "f" => match below.strip_suffix(".ics") {
            Some(filter) => Ok(Route::Calendar(path_filter(filter)?)),
            None => Ok(Route::Agenda(path_filter(below)?)),
        },
        _ => {
            if let Some(facet) = facet(folder) {
                return parse_tag(facet, below);
            }
            let view = VIEWS.iter().find(|view| view.folder == folder).ok_or(RouteError::Unknown)?;
            let below = below.strip_suffix(view.extension).ok_or(RouteError::Unknown)?;
            let tag = below.split_once('/').and_then(|(folder, path)| Some((facet(folder)?, path)));
            let filter = match tag {
                Some((facet, path)) => Filter::tag(facet, tag_path(path)?),
                None => path_filter(below)?,
            };
            Ok((view.route)(filter))
        }
    }
}

/// Parses a path below the folder of a facet.
fn parse_tag(facet: Facet, below: &str) -> Result<Route, RouteError> {
    if let Some((path, file)) = below.rsplit_once('/') {
        let (name, extension) = file.split_once('.').unwrap_or((file, ""));
        match (facet, name, feed_format(extension)) {
            (_, "changes", Some(format)) => {
                return Ok(Route::ChangesFeed(Some((facet, tag_path(path)?)), format));
            }
            (Facet::Topic, "articles", Some(format)) => {
                return Ok(Route::ArticlesFeed(Some(tag_path(path)?), format));
            }
            (Facet::Topic, _, _) if file == "articles" => {
                return Ok(Route::Articles(Some(tag_path(path)?)));
            }
            _ => {}
        }
    }
    Ok(match below.strip_suffix(".ics") {
        Some(path) => Route::Calendar(Filter::tag(facet, tag_path(path)?)),
        None => Route::Agenda(Filter::tag(facet, tag_path(below)?)),
    })
}

fn decode(text: &str) -> Result<Cow<'_, str>, RouteError> {
    let decoded = percent_decode_str(text).decode_utf8();
    let decoded = decoded.map_err(|_| RouteError::Malformed("the path is not UTF-8"))?;
    if decoded.chars().any(char::is_control) {
        return Err(RouteError::Malformed("the path holds control characters"));
    }
    Ok(decoded)
}

fn feed_format(extension: &str) -> Option<FeedFormat> {
    FeedFormat::ALL.into_iter().find(|format| format.extension() == extension)
}

fn facet(folder: &str) -> Option<Facet> {
    Facet::ALL.into_iter().find(|facet| facet.folder() == folder)
}

fn tag_path(path: &str) -> Result<TagPath, RouteError> {
    TagPath::parse(&decode(path)?).ok_or(RouteError::Unknown)
}

fn event_id(segment: &str) -> Result<EventId, RouteError> {
    if segment.contains('/') {
        return Err(RouteError::Unknown);
    }
    EventId::parse(&decode(segment)?).ok_or(RouteError::Unknown)
}

fn asset_path(path: String) -> Result<String, RouteError> {
    let good = path.split('/').all(|segment| !matches!(segment, "" | "." | "..")) && !path.contains('\\');
    if good { Ok(path) } else { Err(RouteError::Unknown) }
}

/// Parses `region=us/ny,us/nj;topic=support`. Unknown keys are errors.
fn path_filter(text: &str) -> Result<Filter, RouteError> {
    let mut filter = Filter::everything();
    for part in text.split(';').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let key = decode(key)?;
        if !filter.add(&key, &decode(value)?)? {
            return Err(FilterError::UnknownKey(key.into_owned()).into());
        }
    }
    Ok(filter.checked()?)
}

/// Parses `region=us/ny&topic=support`, as a form sends it. Unknown keys are ignored.
fn query_filter(query: Option<&str>) -> Result<Filter, RouteError> {
    let mut filter = Filter::everything();
    let all: Vec<&str> = query.unwrap_or_default().split('&').filter(|part| !part.is_empty()).collect();
    if all.len() > MAX_PARAMETERS {
        return Err(RouteError::Malformed("the query has too many parameters"));
    }
    for part in all {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        if value.len() > MAX_VALUE {
            return Err(RouteError::Malformed("a value of the query is too long"));
        }
        let value = value.replace('+', " ");
        filter.add(&decode(key)?, &decode(&value)?)?;
    }
    Ok(filter.checked()?)
}

/// Finds `month=2026-12` in a query.
fn month(query: Option<&str>) -> Result<Option<Month>, RouteError> {
    let mut values =
        query.into_iter().flat_map(|query| query.split('&')).filter_map(|part| part.strip_prefix("month="));
    let Some(value) = values.next().filter(|value| !value.is_empty()) else { return Ok(None) };
    Month::parse(value)
        .map(Some)
        .ok_or_else(|| FilterError::BadValue(decode(value).unwrap_or_default().into_owned()).into())
}
