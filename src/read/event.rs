//! One row to one event.

use jiff::civil::Date;

use super::cell::{self, Moment};
use super::ids::Ids;
use super::sheet::columns::Column;
use super::sheet::header::{SEMICOLON, Separators};
use super::sheet::quotes::Quote;
use super::sheet::row::Row;
use super::tags::TagBook;
use super::time::language;
use super::time::repeat;
use super::time::when;
use super::time::when::{LastZone, Reckoning, ZoneFrom};
use super::time::written::Written;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, nearest, quoted};
use crate::link::Link;
use crate::model::event::{Coordinates, Event, EventId, LONGEST_ID, Party, Status};
use crate::model::settings::{Settings, Source};
use crate::model::tag::{Facet, Tag};
use crate::slug::slug;

/// The longest title, in characters.
const LONGEST_TITLE: usize = 1_000;

/// An event and what its row said beside it.
#[derive(Debug)]
pub struct Found {
    /// The event. Without an id of its own it has a placeholder until all ids are known.
    pub event: Event,
    /// What its id is made of, where the row gives none.
    pub base: Option<String>,
    /// The place of its title.
    pub place: Place,
    /// The place of its series, if it is one.
    pub series: Option<Place>,
    /// Who said its zone.
    pub zone: ZoneFrom,
}

/// A row read as far as it can be without the other rows.
#[derive(Debug)]
pub struct Draft {
    /// The event without its tags; `None` when a cell refuses it.
    event: Option<Event>,
    /// The title as an address has it, where the row gives no id.
    word: Option<String>,
    /// Who said its zone.
    zone: ZoneFrom,
}

/// Reads one row, and nothing else: rows can be read side by side.
pub struct RowReader<'r> {
    /// The row.
    pub row: Row<'r>,
    /// How its times are reckoned.
    pub reckoning: &'r Reckoning<'r>,
    /// The zone that a row named last.
    pub last: &'r mut LastZone,
    /// What was wrong.
    pub out: &'r mut Diagnostics,
}

impl RowReader<'_> {
    /// What the row says; `None` when it is not to be published or cannot be used at all, which is told.
    pub fn draft(&mut self, stray: Option<(usize, Quote)>) -> Option<Draft> {
        if !self.row.is_sound(stray, self.out) || self.is_left_out() {
            return None;
        }
        // Every cell is read before a fault in one of them refuses the row, so that all faults are told.
        let row = self.row;
        let id = self.id();
        let title = self.title();
        let timed = when::read(&row, self.reckoning, self.last, self.out);
        let series =
            timed.as_ref().and_then(|timed| repeat::read(&row, timed, &self.reckoning.order, self.out));
        let status = self.status();
        let coordinates = self.coordinates();
        let [url, online_url, image] =
            [Column::Url, Column::OnlineUrl, Column::Image].map(|column| self.link(column));
        let verified = self.date(Column::Verified);
        let updated = self.date(Column::Updated);
        let zone = timed.as_ref().map_or(ZoneFrom::Row, |timed| timed.zone);
        let (Some(id), Some(title), Some(timed), Some(repeat), Some(status)) =
            (id, title, timed, series, status)
        else {
            return Some(Draft { event: None, word: None, zone });
        };
        let line = |column| row.joined(column).map(|text| crate::text::line(&text).into_owned());
        let word = row.get(Column::Id).is_none().then(|| slug(&title));
        let event = Event {
            id,
            title,
            when: timed.when,
            repeat,
            location: line(Column::Location),
            address: line(Column::Address),
            coordinates,
            url,
            online_url,
            description: row
                .joined(Column::Description)
                .map(|text| crate::text::block(&text).into_owned())
                .unwrap_or_default(),
            regions: Vec::new(),
            topics: Vec::new(),
            organizer: row.text(Column::Organizer).map(|text| cell::party(&text)),
            contact: self.contact(),
            status,
            image,
            cost: line(Column::Cost),
            verified,
            updated,
        };
        Some(Draft { event: Some(event), word, zone })
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

    fn id(&mut self) -> Option<EventId> {
        let Some(text) = self.row.get(Column::Id) else { return EventId::parse("unnamed") };
        let id = EventId::parse(text);
        if id.is_none() {
            let expected = format!("at most {LONGEST_ID} characters, no line breaks");
            self.out.push(Diagnostic::new(Code::BadId, self.row.place(Column::Id), quoted(text), expected));
        }
        id
    }

    fn title(&mut self) -> Option<String> {
        let title = self
            .row
            .text(Column::Title)
            .map(|text| crate::text::line(&text).into_owned())
            .unwrap_or_default();
        if title.is_empty() {
            self.out.push(Diagnostic::new(
                Code::MissingValue,
                self.row.place(Column::Title),
                "nothing",
                "a title",
            ));
            return None;
        }
        let length = title.chars().count();
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
        Some(title)
    }

    /// Name, e-mail and phone may have a column each: the first name, and the first way to reach it.
    fn contact(&self) -> Option<Party> {
        let mut parties = self.row.each(Column::Contact).map(cell::party);
        let mut contact = parties.next()?;
        for party in parties {
            if contact.name.is_empty() {
                contact.name = party.name;
            }
            contact.link = contact.link.or(party.link);
        }
        Some(contact)
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

    fn link(&mut self, column: Column) -> Option<Link> {
        let text = self.row.get(column)?;
        let link = Link::parse(text);
        if link.is_none() {
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
        link
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

/// Takes drafts in, in the order of their rows: what they share with other rows is settled here.
pub struct Registrar<'r, 'a> {
    /// The row.
    pub row: Row<'r>,
    /// Its table's settings.
    pub source: &'r Source,
    /// The site's settings.
    pub settings: &'a Settings,
    /// The day it is.
    pub today: Date,
    /// The regions and topics of all tables.
    pub tags: &'r mut TagBook,
    /// The ids of all tables.
    pub ids: &'r mut Ids,
    /// What was wrong.
    pub out: &'r mut Diagnostics,
}

impl Registrar<'_, '_> {
    /// The event of a draft; `None` when there is none, which is told.
    pub fn enter(&mut self, draft: Draft) -> Option<Found> {
        let Draft { event, word, zone } = draft;
        let regions = self.regions();
        let topics = self.topics();
        let mut event = event?;
        event.regions = regions?;
        event.topics = topics?;
        self.finish(event, word, zone)
    }

    /// Takes the id, which must be nobody else's, and asks after standing events.
    fn finish(&mut self, event: Event, word: Option<String>, zone: ZoneFrom) -> Option<Found> {
        let base = if let Some(word) = word {
            Some(self.base(&event, word))
        } else {
            let place = self.row.place(Column::Id);
            if let Some((file, first)) = self.ids.take(&event.id, &place) {
                let found =
                    format!("{}, which is the id in {file}, row {first} too", quoted(event.id.as_str()));
                self.out.push(
                    Diagnostic::new(Code::DuplicateId, place, found, "an id of its own")
                        .help(format!("type another id, such as {}-2; the first row is kept", event.id)),
                );
                return None;
            }
            None
        };
        self.tell_unverified(&event);
        let series = event.repeat.as_ref().map(|_| match self.row.get(Column::Repeat) {
            Some(_) => self.row.place(Column::Repeat),
            None => self.row.place(Column::Start),
        });
        Some(Found { base, place: self.row.place(Column::Title), series, zone, event })
    }

    /// What an id is made of: title and first region, never the date.
    fn base(&mut self, event: &Event, title: String) -> String {
        let region = event.regions.first().map(|tag| tag.path.as_str().replace('/', "-"));
        let title = if title.is_empty() { "event".to_owned() } else { title };
        let base = region.map_or_else(|| title.clone(), |region| format!("{title}-{region}"));
        let base: String = base.chars().take(LONGEST_ID - 8).collect();
        if self.row.header().has(Column::Id) {
            let expected = "an id, so that the event stays the same when its title changes";
            self.out.push(
                Diagnostic::new(Code::MissingId, self.row.place(Column::Title), "no id", expected)
                    .help(format!("type an id, such as {base}")),
            );
        }
        base
    }

    /// A standing event that nobody confirmed for long may have ended long ago.
    fn tell_unverified(&mut self, event: &Event) {
        let standing = event.repeat.as_ref().is_some_and(|repeat| repeat.is_endless());
        if !standing || !self.row.header().has(Column::Verified) || event.status == Status::Cancelled {
            return;
        }
        let since = self.settings.verify_every.since(self.today);
        let found = match event.verified {
            Some(verified) if verified >= since => return,
            Some(verified) => format!("a standing event last confirmed on {verified}"),
            None => "a standing event that nobody has confirmed".to_owned(),
        };
        self.out.push(
            Diagnostic::new(
                Code::Unverified,
                self.row.place(Column::Verified),
                found,
                format!("a confirmation since {since}"),
            )
            .help(format!("ask whether it still takes place, then type {}", self.today)),
        );
    }

    fn regions(&mut self) -> Option<Vec<Tag>> {
        let row = self.row;
        let place = row.place(Column::Region);
        let Some(text) = row.joined(Column::Region) else { return self.default_tags(Facet::Region, &place) };
        let separators = row.separated(Column::Region).next().map_or(SEMICOLON, |(_, separators)| separators);
        let names = names(&text, separators);
        self.tags.read_names(Facet::Region, &names, &place, self.out)
    }

    fn topics(&mut self) -> Option<Vec<Tag>> {
        let row = self.row;
        let place = row.place(Column::Topic);
        let mut all: Vec<&str> = Vec::new();
        for (text, separators) in row.separated(Column::Topic) {
            all.extend(names(text, separators));
        }
        if all.is_empty() {
            return self.default_tags(Facet::Topic, &place);
        }
        self.tags.read_names(Facet::Topic, &all, &place, self.out)
    }

    fn default_tags(&mut self, facet: Facet, place: &Place) -> Option<Vec<Tag>> {
        let default = match facet {
            Facet::Region => &self.source.regions,
            Facet::Topic => &self.source.topics,
        };
        let names: Vec<&str> = default.iter().map(|tag| &*tag.name).collect();
        self.tags.read_names(facet, &names, place, self.out)
    }
}

/// The names in a cell.
fn names(text: &str, separators: Separators) -> Vec<&str> {
    text.split(separators).map(str::trim).filter(|name| !name.is_empty()).collect()
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
