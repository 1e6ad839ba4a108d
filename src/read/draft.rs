//! One row to what it says, and what is wrong with it: read side by side with other rows.

use std::sync::Arc;

use jiff::civil::Date;

use super::cell::Moment;
use super::row_cache::Stood;
use super::sheet::columns::Column;
use super::sheet::row_view::RowView;
use super::time::language;
use super::time::repeat;
use super::time::timing::Timing;
use super::time::when::{self, DateContext, Timed, ZoneFrom};
use super::time::written::Written;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, nearest, quoted};
use crate::link::Link;
use crate::model::event::{Coordinates, Event, EventId, LONGEST_ID, Status};
use crate::model::placed::OffsetCache;
use crate::model::repeat::Repeat;

/// The longest title, in characters.
const LONGEST_TITLE: usize = 1_000;

/// A row read as far as it can be without the other rows.
#[derive(Debug)]
pub struct Draft {
    /// What it says; `None` when a cell refuses it.
    pub checked: Option<ParsedRow>,
    /// Who said its zone.
    pub zone: ZoneFrom,
    /// Whether nothing was wrong with it.
    pub is_clean: bool,
    /// The event it is, and its fingerprint, where it was read before.
    pub stood: Option<(Arc<Event>, u128)>,
}

impl Draft {
    /// The draft of a row that was read before.
    pub(super) fn of(stood: &Stood) -> Draft {
        let Stood { event, print, zone } = stood;
        let checked = ParsedRow {
            timing: Timing::of(&event.when),
            repeat: event.repeat.clone(),
            status: event.status,
            coordinates: event.coordinates,
            verified: event.verified,
            updated: event.updated,
        };
        Draft {
            checked: Some(checked),
            zone: *zone,
            is_clean: true,
            stood: Some((Arc::clone(event), *print)),
        }
    }
}

/// What the cells of a sound row say that is not text: the texts are good, and stay where they are until
/// somebody wants the event.
#[derive(Debug)]
pub struct ParsedRow {
    /// When it takes place (first).
    pub timing: Timing,
    /// The series, if it is one.
    pub repeat: Option<Box<Repeat>>,
    /// Whether it takes place.
    pub status: Status,
    /// Where on the earth.
    pub coordinates: Option<Coordinates>,
    /// When a human last confirmed it.
    pub verified: Option<Date>,
    /// When the row says it was last changed.
    pub updated: Option<Date>,
}

/// Reads one row, and nothing else: rows can be read side by side.
pub struct RowReader<'r> {
    /// The row.
    pub row: RowView<'r>,
    /// How its times are reckoned.
    pub reckoning: &'r DateContext<'r>,
    /// The zones of its table.
    pub zones: &'r mut OffsetCache,
    /// What was wrong.
    pub out: &'r mut Diagnostics,
}

impl RowReader<'_> {
    /// What the row says; `None` when it is not to be published or cannot be used at all, which is told.
    pub fn draft(&mut self) -> Option<Draft> {
        let faults = self.out.all();
        if !self.row.check(self.out) || self.is_left_out() {
            return None;
        }
        // Every cell is read before a fault in one of them refuses the row, so that all faults are told.
        let row = self.row;
        let texts = [self.check_id(), self.check_title()];
        let mut timed = when::read(&row, self.reckoning, self.zones, self.out);
        let series =
            timed.as_ref().and_then(|timed| repeat::read(&row, timed, &self.reckoning.order, self.out));
        if let (Some(timed), Some(Some(_))) = (&mut timed, &series) {
            self.settle(timed);
        }
        let status = self.status();
        let coordinates = self.coordinates();
        for column in [Column::Url, Column::OnlineUrl, Column::Image] {
            self.check_link(column);
        }
        let verified = self.date(Column::Verified);
        let updated = self.date(Column::Updated);
        let zone = timed.as_ref().map_or(ZoneFrom::Row, |timed| timed.zone);
        let checked = match (texts, timed, series, status) {
            ([Some(()), Some(())], Some(timed), Some(repeat), Some(status)) => {
                Some(ParsedRow { timing: timed.timing, repeat, status, coordinates, verified, updated })
            }
            _ => None,
        };
        Some(Draft { checked, zone, is_clean: self.out.all() == faults, stood: None })
    }

    /// A series is local time, which says the first of two equal hours.
    fn settle(&mut self, timed: &mut Timed) {
        let Some(first) = timed.timing.from_the_first() else { return };
        let place = self.row.place(Column::Start);
        let found = format!(
            "{}, the second of two hours that the clock shows alike",
            quoted(&self.row.start().unwrap_or_default())
        );
        self.out.push(
            Diagnostic::new(
                Code::RepeatedTime,
                place,
                found,
                "a start that happens once, since it is a series",
            )
            .help("it is taken for the first of the two; type the first date of the series that is sure"),
        );
        timed.timing = first;
    }

    /// Whether the row is not for everybody's eyes. Where that cannot be read it is not published.
    fn is_left_out(&mut self) -> bool {
        let row = self.row;
        let draft = row.get(Column::Status).filter(|text| is_one_of(text, &HIDDEN));
        for (column, text) in row
            .each(Column::Private)
            .map(|text| (Column::Private, text))
            .chain(draft.map(|text| (Column::Status, text)))
        {
            let place = row.place(column);
            let fault = match is_hidden(text) {
                Some(false) => continue,
                Some(true) => Diagnostic::new(Code::LeftOut, place, quoted(text), "a row to publish")
                    .help("the row is not published; clear the cell to publish it"),
                None => Diagnostic::new(Code::BadFlag, place, quoted(text), "yes or no")
                    .help("the row is not published until it says no, public or nothing"),
            };
            self.out.push(fault);
            return true;
        }
        false
    }

    fn check_id(&mut self) -> Option<()> {
        let text = self.row.get(Column::Id).unwrap_or("unnamed");
        if EventId::is_one(text) {
            return Some(());
        }
        let expected = format!("at most {LONGEST_ID} characters, no line breaks");
        self.out.push(Diagnostic::new(Code::BadId, self.row.place(Column::Id), quoted(text), expected));
        None
    }

    fn check_title(&mut self) -> Option<()> {
        let text = self.row.text(Column::Title).unwrap_or_default();
        let title = crate::text::line(&text);
        if title.is_empty() {
            self.out.push(Diagnostic::new(
                Code::MissingValue,
                self.row.place(Column::Title),
                "nothing",
                "a title",
            ));
            return None;
        }
        let length = if title.len() > LONGEST_TITLE { title.chars().count() } else { 0 };
        if length > LONGEST_TITLE {
            let found = format!("a title of {length} characters");
            self.out.push(
                Diagnostic::new(
                    Code::TooLarge,
                    self.row.place(Column::Title),
                    found,
                    format!("at most {LONGEST_TITLE}"),
                )
                .help("keep the title short and move the rest to `description`"),
            );
            return None;
        }
        Some(())
    }

    fn status(&mut self) -> Option<Status> {
        if let Some(text) = self.row.get(Column::Cancelled) {
            let says =
                language::flag(text).or_else(|| text.to_lowercase().starts_with("cancel").then_some(true));
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

    /// A link that is none is told, and the event is published without it.
    fn check_link(&mut self, column: Column) {
        let Some(text) = self.row.get(column).filter(|text| !Link::is_one(text)) else { return };
        let expected = "a whole address such as https://example.org/page";
        let diagnostic = Diagnostic::new(Code::BadLink, self.row.place(column), quoted(text), expected);
        let proposal = Link::parse(&format!("https://{text}"))
            .filter(|link| link.host().contains('.') && !text.contains(' '));
        self.out.push(match proposal {
            Some(link) => {
                diagnostic.help(format!("type {link}; until then the event is published without it"))
            }
            None => diagnostic.help("the event is published without it"),
        });
    }

    fn coordinates(&mut self) -> Option<Coordinates> {
        let (latitude, longitude) = (self.row.get(Column::Latitude), self.row.get(Column::Longitude));
        let degrees = |text: Option<&str>, most: f64| {
            text.and_then(|text| text.parse::<f64>().ok()).filter(|degrees| degrees.abs() <= most)
        };
        let read = degrees(latitude, 90.0).zip(degrees(longitude, 180.0));
        if read.is_none() && (latitude.is_some() || longitude.is_some()) {
            let found = format!(
                "{} and {}",
                quoted(latitude.unwrap_or_default()),
                quoted(longitude.unwrap_or_default())
            );
            let expected = "degrees with a decimal point, latitude −90 to 90 and longitude −180 to 180";
            self.out.push(
                Diagnostic::new(Code::BadCoordinate, self.row.place(Column::Latitude), found, expected).help(
                    "type both, such as 41.88 and -87.63; until then the event is published without them",
                ),
            );
        }
        read.map(|(latitude, longitude)| Coordinates { latitude, longitude })
    }

    fn date(&mut self, column: Column) -> Option<Date> {
        let text = self.row.get(column)?;
        match self.reckoning.order.read(text) {
            Ok(Written::At(Moment::Day(date))) => Some(date),
            Ok(Written::At(Moment::Local(at) | Moment::Offset(at, _))) => Some(at.date()),
            _ => {
                // It says nothing about when the event is, so the event stays.
                self.out.push(
                    Diagnostic::new(
                        Code::BadNote,
                        self.row.place(column),
                        quoted(text),
                        "a date such as 2026-05-12",
                    )
                    .help("the event is published without it"),
                );
                None
            }
        }
    }
}

/// Words for what is not for everybody's eyes.
const HIDDEN: [&str; 17] = [
    "private", "hidden", "confidential", "personal", "draft", "pending", "unpublished", "unlisted",
    "restricted", "trash", "privat", "persönlich", "vertraulich", "privé", "confidentiel", "privado",
    "confidencial",
];
/// Words for what is.
const SHOWN: [&str; 10] = [
    "public", "normal", "publish", "published", "visible", "default", "none", "everyone", "open",
    "öffentlich",
];

fn is_one_of(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// What a cell about privacy says; `None` when that is unclear.
fn is_hidden(text: &str) -> Option<bool> {
    let word = text.trim().to_lowercase();
    if is_one_of(&word, &HIDDEN) {
        return Some(true);
    }
    if is_one_of(&word, &SHOWN) { Some(false) } else { language::flag(&word) }
}
