//! Parses one row into an event, without regard to other rows. Of a row that is not published, what identifies its event
//! is parsed as far as possible: the event may be published already.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::sheet::columns::Column;
use super::sheet::row_view::RowView;
use super::time::context::DateContext;
use super::time::repeat;
use super::time::when::{self, Timed};
use crate::dates::lexicon;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, nearest, quoted};
use crate::history::record::start_text;
use crate::link::Link;
use crate::model::event::{Coordinates, Event, EventId, LONGEST_ID, Status};

/// Longest title, in characters.
const LONGEST_TITLE: usize = 1_000;

/// What the cells of a row say by themselves.
#[derive(Debug)]
pub(super) struct ParsedRow {
    /// The event without regions, topics, contacts and overrides, and with a placeholder for a missing id. An error if
    /// the row is not published, which is reported.
    pub event: Result<Event, UnpublishedRow>,
    /// Whether it has a time of day without a zone.
    pub needs_zone: bool,
}

/// What can be read of a row that is not published.
#[derive(Debug)]
pub(super) struct UnpublishedRow {
    /// Its id; `None` if there is none, or none that can be read.
    pub id: Option<EventId>,
    pub title: Option<Box<str>>,
    /// The [text of its start](start_text).
    pub start: Option<String>,
    pub status: Option<Status>,
    /// Whether it says that it is not to be published, and has no error.
    pub is_withdrawn: bool,
}

impl From<Event> for UnpublishedRow {
    fn from(event: Event) -> UnpublishedRow {
        UnpublishedRow {
            start: Some(start_text(&event.when, event.repeat.as_deref())),
            id: Some(event.id),
            title: Some(event.title),
            status: Some(event.status),
            is_withdrawn: false,
        }
    }
}

/// Whether a row is to be published, as its cells say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Visibility {
    Public,
    Withdrawn,
    Unclear,
}

/// Parses one row and reports its faults.
pub(super) struct RowParser<'r> {
    pub row: RowView<'r>,
    pub dates: &'r DateContext<'r>,
    pub out: &'r mut Diagnostics,
}

impl RowParser<'_> {
    /// Parses the row.
    pub fn parse(&mut self) -> ParsedRow {
        let is_usable = self.row.check(self.out);
        let visibility = self.visibility();
        if is_usable && visibility == Visibility::Public {
            return self.parse_cells();
        }
        // One fault is enough: the others matter once the row is published.
        let mut out = Diagnostics::default();
        let parsed = RowParser { row: self.row, dates: self.dates, out: &mut out }.parse_cells();
        let row = parsed.event.map_or_else(|row| row, UnpublishedRow::from);
        let is_withdrawn = visibility == Visibility::Withdrawn;
        ParsedRow { event: Err(UnpublishedRow { is_withdrawn, ..row }), needs_zone: false }
    }

    fn parse_cells(&mut self) -> ParsedRow {
        // Every cell is read before a fault in one of them refuses the row, so that all faults are reported.
        let row = self.row;
        let (id, title) = (self.id(), self.title());
        let mut timed = when::read(&row, self.dates, self.out);
        let series = timed.as_ref().and_then(|timed| repeat::read(&row, timed, &self.dates.order, self.out));
        if let (Some(timed), Some(Some(_))) = (&mut timed, &series) {
            self.settle(timed);
        }
        let status = self.status();
        let coordinates = self.coordinates();
        let [url, online_url, image] =
            [Column::Url, Column::OnlineUrl, Column::Image].map(|column| self.link(column));
        let verified = self.date(Column::Verified);
        let updated = self.date(Column::Updated);
        let needs_zone = timed.as_ref().is_some_and(|timed| timed.needs_zone);
        let (id, title, timed, repeat, status) = match (id, title, timed, series, status) {
            (Some(id), Some(title), Some(timed), Some(repeat), Some(status)) => {
                (id, title, timed, repeat, status)
            }
            (id, title, timed, series, status) => {
                let repeat = series.flatten();
                let start = timed.map(|timed| start_text(&timed.when, repeat.as_deref()));
                let row = UnpublishedRow { id, title, start, status, is_withdrawn: false };
                return ParsedRow { event: Err(row), needs_zone };
            }
        };
        let line = |column| row.joined(column).map(|text| row.line(text));
        let event = Event {
            id,
            title,
            when: timed.when,
            repeat,
            overrides: BTreeMap::new(),
            location: line(Column::Location),
            address: line(Column::Address),
            coordinates,
            url,
            online_url,
            description: row.joined(Column::Description).map(|text| row.block(text)).unwrap_or_default(),
            regions: Vec::new(),
            topics: Vec::new(),
            organizer: None,
            contact: None,
            status,
            image,
            cost: line(Column::Cost),
            verified,
            updated,
        };
        ParsedRow { event: Ok(event), needs_zone }
    }

    /// Moves the start of a series to the first of two equal hours: a series is local time, which means the first.
    fn settle(&mut self, timed: &mut Timed) {
        let Some(first) = when::from_first_of_equal_times(&timed.when) else { return };
        let place = self.row.place(Column::Start);
        let start = quoted(&self.row.start().unwrap_or_default());
        let found = format!("{start}, the second of two hours that the clock shows alike");
        let expected = "a start that happens once, since it is a series";
        let fault = Diagnostic::new(Code::RepeatedTime, place, found, expected);
        self.out
            .push(fault.help(
                "it is taken for the first of the two; type the first date of the series that is sure",
            ));
        timed.when = first;
    }

    /// Returns whether the row is to be published, and reports it otherwise.
    fn visibility(&mut self) -> Visibility {
        let row = self.row;
        if row.header().has(Column::Approved) {
            let text = row.get(Column::Approved).unwrap_or_default();
            if !is_approved(text) {
                let found = if text.is_empty() { "nothing".to_owned() } else { quoted(text) };
                let place = row.place(Column::Approved);
                let fault =
                    Diagnostic::new(Code::LeftOut, place, found, "approved, or yes, to publish the row");
                self.out.push(fault.help("the row is not published; type approved to publish it"));
                return Visibility::Withdrawn;
            }
        }
        let draft = row.get(Column::Status).filter(|text| is_one_of(text, &HIDDEN));
        for (column, text) in row
            .each(Column::Private)
            .map(|text| (Column::Private, text))
            .chain(draft.map(|text| (Column::Status, text)))
        {
            let place = row.place(column);
            let (visibility, fault) = match is_hidden(text) {
                Some(false) => continue,
                Some(true) => {
                    let fault = Diagnostic::new(Code::LeftOut, place, quoted(text), "a row to publish");
                    let fault = fault.help("the row is not published; clear the cell to publish it");
                    (Visibility::Withdrawn, fault)
                }
                None => {
                    let fault = Diagnostic::new(Code::BadFlag, place, quoted(text), "yes or no");
                    let fault = fault.help("the row is not published until it says no, public or nothing");
                    (Visibility::Unclear, fault)
                }
            };
            self.out.push(fault);
            return visibility;
        }
        Visibility::Public
    }

    fn id(&mut self) -> Option<EventId> {
        let text = self.row.get(Column::Id).unwrap_or("unnamed");
        let id = EventId::parse(text);
        if id.is_none() {
            let expected = format!("at most {LONGEST_ID} characters, no line breaks");
            self.out.push(Diagnostic::new(Code::BadId, self.row.place(Column::Id), quoted(text), expected));
        }
        id
    }

    fn title(&mut self) -> Option<Box<str>> {
        let title = self.row.line(self.row.text(Column::Title).unwrap_or_default());
        let place = || self.row.place(Column::Title);
        if title.is_empty() {
            self.out.push(Diagnostic::new(Code::MissingValue, place(), "nothing", "a title"));
            return None;
        }
        let length = if title.len() > LONGEST_TITLE { title.chars().count() } else { 0 };
        if length > LONGEST_TITLE {
            let found = format!("a title of {length} characters");
            let fault = Diagnostic::new(Code::TooLarge, place(), found, format!("at most {LONGEST_TITLE}"));
            self.out.push(fault.help("keep the title short and move the rest to `description`"));
            return None;
        }
        Some(title)
    }

    fn status(&mut self) -> Option<Status> {
        if let Some(text) = self.row.get(Column::Cancelled) {
            let says =
                lexicon::flag(text).or_else(|| text.to_lowercase().starts_with("cancel").then_some(true));
            match says {
                Some(true) => return Some(Status::Cancelled),
                Some(false) => {}
                None => {
                    let place = self.row.place(Column::Cancelled);
                    self.out.push(Diagnostic::new(Code::BadFlag, place, quoted(text), "yes or no"));
                    return None;
                }
            }
        }
        let Some(text) = self.row.get(Column::Status) else { return Some(Status::Confirmed) };
        if let Some(status) = Status::ALL.into_iter().find(|status| status.word().eq_ignore_ascii_case(text))
        {
            return Some(status);
        }
        let plain = text.to_lowercase().replace(['_', '-'], " ");
        let status = match plain.trim() {
            "confirmed" | "scheduled" | "published" | "active" => Some(Status::Confirmed),
            "tentative" | "provisional" | "tbc" => Some(Status::Tentative),
            "cancelled" | "canceled" | "abgesagt" | "annulé" | "cancelado" => Some(Status::Cancelled),
            "postponed" => Some(Status::Postponed),
            "sold out" | "soldout" | "full" => Some(Status::SoldOut),
            _ => None,
        };
        if status.is_none() {
            let expected = "confirmed, tentative, cancelled, postponed or sold out";
            let diagnostic =
                Diagnostic::new(Code::BadStatus, self.row.place(Column::Status), quoted(text), expected);
            self.out.push(match nearest(&plain, Status::ALL.map(Status::word)) {
                Some(near) => diagnostic.help(format!("did you mean {near}?")),
                None => diagnostic,
            });
        }
        status
    }

    /// Parses a link. The event is published without a bad one, which is reported.
    fn link(&mut self, column: Column) -> Option<Link> {
        let text = self.row.get(column)?;
        let link = Link::parse(text);
        if link.is_none() {
            let expected = "a whole address such as https://example.org/page";
            let fault = Diagnostic::new(Code::BadLink, self.row.place(column), quoted(text), expected);
            let proposal = Link::parse(&format!("https://{text}"))
                .filter(|link| link.host().contains('.') && !text.contains(' '));
            self.out.push(match proposal {
                Some(link) => {
                    fault.help(format!("type {link}; until then the event is published without it"))
                }
                None => fault.help("the event is published without it"),
            });
        }
        link
    }

    fn coordinates(&mut self) -> Option<Coordinates> {
        let (latitude, longitude) = (self.row.get(Column::Latitude), self.row.get(Column::Longitude));
        let degrees = |text: Option<&str>, most: f64| {
            text.and_then(|text| text.parse::<f64>().ok()).filter(|degrees| degrees.abs() <= most)
        };
        let read = degrees(latitude, 90.0).zip(degrees(longitude, 180.0));
        if read.is_none() && (latitude.is_some() || longitude.is_some()) {
            let [latitude, longitude] = [latitude, longitude].map(|text| quoted(text.unwrap_or_default()));
            let found = format!("{latitude} and {longitude}");
            let expected = "degrees with a decimal point, latitude −90 to 90 and longitude −180 to 180";
            let place = self.row.place(Column::Latitude);
            self.out.push(
                Diagnostic::new(Code::BadCoordinate, place, found, expected).help(
                    "type both, such as 41.88 and -87.63; until then the event is published without them",
                ),
            );
        }
        read.map(|(latitude, longitude)| Coordinates { latitude, longitude })
    }

    fn date(&mut self, column: Column) -> Option<Date> {
        let text = self.row.get(column)?;
        let date = self.dates.order.date(text);
        if date.is_none() {
            // Not about when the event takes place, so the event stays.
            let expected = "a date such as 2026-05-12";
            let fault = Diagnostic::new(Code::BadNote, self.row.place(column), quoted(text), expected);
            self.out.push(fault.help("the event is published without it"));
        }
        date
    }
}

/// Words that approve a row. Anything else leaves it out.
const APPROVED: [&str; 24] = [
    "yes", "y", "true", "x", "✓", "✔", "1", "ok", "approved", "accepted", "published", "ja", "wahr",
    "freigegeben", "genehmigt", "oui", "vrai", "approuvé", "validé", "sí", "si", "verdadero", "aprobado",
    "aprobada",
];

fn is_approved(text: &str) -> bool {
    APPROVED.contains(&text.trim().to_lowercase().as_str())
}

/// Words that keep a row private.
const HIDDEN: [&str; 18] = [
    "rejected", "private", "hidden", "confidential", "personal", "draft", "pending", "unpublished",
    "unlisted", "restricted", "trash", "privat", "persönlich", "vertraulich", "privé", "confidentiel",
    "privado", "confidencial",
];
/// Words that publish a row.
const SHOWN: [&str; 10] = [
    "public", "normal", "publish", "published", "visible", "default", "none", "everyone", "open",
    "öffentlich",
];

fn is_one_of(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Parses a cell of the column `private`. Returns `None` if it is unclear.
fn is_hidden(text: &str) -> Option<bool> {
    let word = text.trim().to_lowercase();
    if is_one_of(&word, &HIDDEN) {
        return Some(true);
    }
    if is_one_of(&word, &SHOWN) { Some(false) } else { lexicon::flag(&word) }
}
