//! Rows to events.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use csv::ByteRecord;
use jiff::civil::Date;

use super::cell::{self, Moment};
use super::columns::{Column, Header};
use super::folder::Folder;
use super::table::{Row, Table};
use super::tags::TagBook;
use super::when::DefaultZone;
use super::{repeat, when};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, nearest, quoted};
use crate::link::Link;
use crate::model::event::{Coordinates, Event, EventId, LONGEST_ID, Status};
use crate::model::settings::{Settings, Source};
use crate::model::tag::{Facet, Tag};
use crate::slug::slug;

/// The longest title, in characters.
const LONGEST_TITLE: usize = 1_000;
/// The most rows of one table.
const MOST_ROWS: usize = 2_000_000;

/// Reads every table that the settings name; answers the events and how many rows there were.
pub fn read_all(
    folder: &Folder,
    settings: &Settings,
    tags: &mut TagBook,
    out: &mut Diagnostics,
) -> (Vec<Event>, usize) {
    let mut reader =
        EventReader { tags, out, events: Vec::new(), unnamed: Vec::new(), seen: BTreeMap::new(), rows: 0 };
    for source in &settings.sources {
        let file = Folder::name(&source.file);
        match folder.get(&source.file) {
            Some(bytes) => reader.read_table(bytes, &file, source, settings),
            None => reader.out.push(
                Diagnostic::new(Code::NoEvents, Place::whole(&file), "no such file", "the table of events")
                    .help("save the spreadsheet as CSV UTF-8 under this name, or name another file in calcast.toml"),
            ),
        }
    }
    let rows = reader.rows;
    (reader.finish(), rows)
}

/// A row without an id, until all ids are known.
struct Unnamed {
    index: usize,
    base: String,
    place: Place,
}

struct EventReader<'a> {
    tags: &'a mut TagBook,
    out: &'a mut Diagnostics,
    events: Vec<Event>,
    unnamed: Vec<Unnamed>,
    seen: BTreeMap<EventId, Place>,
    rows: usize,
}

impl EventReader<'_> {
    fn read_table(&mut self, bytes: &[u8], file: &Arc<str>, source: &Source, settings: &Settings) {
        let zone = match &source.zone {
            Some(zone) => DefaultZone { zone: zone.clone(), is_set: true },
            None => DefaultZone { zone: settings.zone.clone(), is_set: settings.zone_is_set },
        };
        let mut table = Table::new(bytes, file);
        let mut record = ByteRecord::new();
        let mut header: Option<Header> = None;
        let mut told_zone = false;
        let mut count = 0;
        while let Some(number) = table.next(&mut record, self.out) {
            let Some(known) = &header else {
                if record.iter().any(|cell| !cell.trim_ascii().is_empty()) {
                    header = Header::read(&record, number, file, self.out);
                    if header.is_none() {
                        return;
                    }
                }
                continue;
            };
            let row = Row::new(&record, known, file, number);
            if row.is_blank() {
                continue;
            }
            count += 1;
            if count > MOST_ROWS {
                let found = format!("more than {MOST_ROWS} rows");
                self.out.push(Diagnostic::new(
                    Code::TooLarge,
                    row.place(Column::Id),
                    found,
                    format!("at most {MOST_ROWS}"),
                ));
                return;
            }
            self.rows += 1;
            if row.is_sound(self.out)
                && let Some(event) = self.read_row(&row, source, &zone)
            {
                if !zone.is_set && !told_zone && needs_zone(&row) {
                    told_zone = true;
                    self.tell_no_zone(&row);
                }
                self.keep(event, &row);
            }
        }
        if table.is_cut() {
            self.rows += 1;
        } else if header.is_none() {
            let diagnostic = Diagnostic::new(
                Code::MissingColumn,
                Place::whole(file),
                "an empty file",
                "a header in row 1",
            );
            self.out.push(
                diagnostic.help("type the names of the columns in row 1: id,title,start,end,region,topic"),
            );
        }
    }

    fn tell_no_zone(&mut self, row: &Row<'_>) {
        let found = format!("{} without a time zone", quoted(row.get(Column::Start).unwrap_or_default()));
        self.out.push(
            Diagnostic::new(
                Code::NoZone,
                row.place(Column::Start),
                found,
                "a zone for times of day; UTC is assumed",
            )
            .help(
                "write timezone = \"America/Chicago\" (or yours) in calcast.toml, or add a column timezone",
            ),
        );
    }

    /// Keeps an event under its id; the second of two equal ids is refused, and both rows are named.
    fn keep(&mut self, event: Event, row: &Row<'_>) {
        let place = row.place(Column::Id);
        if row.get(Column::Id).is_none() {
            let region = event.regions.first().map(|tag| tag.path.as_str().replace('/', "-"));
            let title = slug(&event.title);
            let title = if title.is_empty() { "event".to_owned() } else { title };
            let base = region.map_or_else(|| title.clone(), |region| format!("{title}-{region}"));
            self.unnamed.push(Unnamed { index: self.events.len(), base, place: row.place(Column::Title) });
        } else if let Some(first) = self.seen.get(&event.id) {
            let found = format!("{}, which is the id at {first} too", quoted(event.id.as_str()));
            self.out.push(
                Diagnostic::new(Code::DuplicateId, place, found, "an id of its own")
                    .help(format!("type another id, such as {}-2; the first row is kept", event.id)),
            );
            return;
        } else {
            self.seen.insert(event.id.clone(), place);
        }
        self.events.push(event);
    }

    /// Names the rows without an id: title and first region, the earliest start first where they are equal.
    fn finish(mut self) -> Vec<Event> {
        let mut taken: BTreeSet<EventId> = self.seen.keys().cloned().collect();
        let mut counted: BTreeMap<String, u32> = BTreeMap::new();
        let events = &mut self.events;
        self.unnamed.sort_by(|a, b| {
            (&a.base, events[a.index].when.order(), &a.place).cmp(&(
                &b.base,
                events[b.index].when.order(),
                &b.place,
            ))
        });
        for Unnamed { index, base, place } in self.unnamed {
            let stem: String = base.chars().take(LONGEST_ID - 8).collect();
            // Counting goes on where it stopped: a thousand rows of one name are not a million look-ups.
            let next = counted.entry(stem.clone()).or_insert(1);
            let id = (*next..)
                .inspect(|n| *next = n + 1)
                .map(|n| if n == 1 { stem.clone() } else { format!("{stem}-{n}") })
                .filter_map(|text| EventId::parse(&text))
                .find(|id| !taken.contains(id))
                .expect("there are more numbers than rows");
            self.out.push(
                Diagnostic::new(
                    Code::MissingId,
                    place,
                    "no id",
                    "an id, so that the event stays the same when its title changes",
                )
                .help(format!("type an id; {id} is what it is published under now")),
            );
            taken.insert(id.clone());
            events[index].id = id;
        }
        self.events
    }

    fn read_row(&mut self, row: &Row<'_>, source: &Source, zone: &DefaultZone) -> Option<Event> {
        if let Some(why) = left_out(row) {
            let diagnostic = Diagnostic::new(
                Code::LeftOut,
                row.place(why),
                quoted(row.get(why).unwrap_or_default()),
                "a row to publish",
            );
            self.out.push(diagnostic.help("the row is not published; clear the cell to publish it"));
            return None;
        }
        // Every cell is read before a fault in one of them refuses the row, so that all faults are told.
        let id = self.id(row);
        let title = self.title(row);
        let when = when::read(row, zone, self.out);
        let repeat = when.as_ref().and_then(|when| repeat::read(row, when, self.out));
        let regions = self.tags_of(row, Facet::Region, &source.regions);
        let topics = self.tags_of(row, Facet::Topic, &source.topics);
        let status = self.status(row);
        let coordinates = self.coordinates(row);
        let [url, online_url, image] =
            [Column::Url, Column::OnlineUrl, Column::Image].map(|column| self.link(row, column));
        let verified = self.date(row, Column::Verified);
        let updated = self.date(row, Column::Updated);
        let line = |column| row.get(column).map(|text| crate::text::line(text).into_owned());
        let party = |column| row.get(column).map(cell::party);
        Some(Event {
            id: id?,
            title: title?,
            when: when?,
            repeat: repeat?,
            location: line(Column::Location),
            address: line(Column::Address),
            coordinates,
            url,
            online_url,
            description: row
                .get(Column::Description)
                .map(|text| crate::text::block(text).into_owned())
                .unwrap_or_default(),
            regions: regions?,
            topics: topics?,
            organizer: party(Column::Organizer),
            contact: party(Column::Contact),
            status: status?,
            image,
            cost: line(Column::Cost),
            verified,
            updated,
        })
    }

    fn id(&mut self, row: &Row<'_>) -> Option<EventId> {
        let Some(text) = row.get(Column::Id) else { return EventId::parse("unnamed") };
        let id = EventId::parse(text);
        if id.is_none() {
            let expected = format!("at most {LONGEST_ID} characters, no line breaks");
            self.out.push(Diagnostic::new(Code::BadId, row.place(Column::Id), quoted(text), expected));
        }
        id
    }

    fn title(&mut self, row: &Row<'_>) -> Option<String> {
        let title =
            row.get(Column::Title).map(|text| crate::text::line(text).into_owned()).unwrap_or_default();
        if title.is_empty() {
            self.out.push(Diagnostic::new(
                Code::MissingValue,
                row.place(Column::Title),
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
                    row.place(Column::Title),
                    found,
                    format!("at most {LONGEST_TITLE}"),
                )
                .help("keep the title short and move the rest to `description`"),
            );
            return None;
        }
        Some(title)
    }

    fn tags_of(&mut self, row: &Row<'_>, facet: Facet, default: &[Tag]) -> Option<Vec<Tag>> {
        let column = match facet {
            Facet::Region => Column::Region,
            Facet::Topic => Column::Topic,
        };
        match row.get(column) {
            Some(text) => self.tags.read(facet, text, &row.place(column), self.out),
            None => {
                let names: Vec<&str> = default.iter().map(|tag| &*tag.name).collect();
                self.tags.read_names(facet, &names, &row.place(column), self.out)
            }
        }
    }

    fn status(&mut self, row: &Row<'_>) -> Option<Status> {
        let Some(text) = row.get(Column::Status) else { return Some(Status::Confirmed) };
        let plain = text.to_lowercase().replace(['_', '-'], " ");
        let status = match plain.trim() {
            "confirmed" | "scheduled" | "published" | "active" => Some(Status::Confirmed),
            "tentative" | "provisional" | "tbc" => Some(Status::Tentative),
            "cancelled" | "canceled" => Some(Status::Cancelled),
            "postponed" => Some(Status::Postponed),
            "sold out" | "soldout" | "full" => Some(Status::SoldOut),
            _ => None,
        };
        if status.is_none() {
            let expected = "confirmed, tentative, cancelled, postponed or sold out";
            let diagnostic =
                Diagnostic::new(Code::BadStatus, row.place(Column::Status), quoted(text), expected);
            self.out.push(match nearest(&plain, Status::ALL.map(Status::word)) {
                Some(near) => diagnostic.help(format!("did you mean {near}?")),
                None => diagnostic,
            });
        }
        status
    }

    fn link(&mut self, row: &Row<'_>, column: Column) -> Option<Link> {
        let text = row.get(column)?;
        let link = Link::parse(text);
        if link.is_none() {
            let expected = "a whole address such as https://example.org/page";
            let diagnostic = Diagnostic::new(Code::BadLink, row.place(column), quoted(text), expected);
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

    fn coordinates(&mut self, row: &Row<'_>) -> Option<Coordinates> {
        let (latitude, longitude) = (row.get(Column::Latitude), row.get(Column::Longitude));
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
                Diagnostic::new(Code::BadCoordinate, row.place(Column::Latitude), found, expected).help(
                    "type both, such as 41.88 and -87.63; until then the event is published without them",
                ),
            );
        }
        read.map(|(latitude, longitude)| Coordinates { latitude, longitude })
    }

    fn date(&mut self, row: &Row<'_>, column: Column) -> Option<Date> {
        let text = row.get(column)?;
        match cell::moment(text) {
            Some(Moment::Day(date)) => Some(date),
            Some(Moment::Local(at) | Moment::Offset(at, _)) => Some(at.date()),
            _ => {
                self.out.push(Diagnostic::new(
                    Code::BadDate,
                    row.place(column),
                    quoted(text),
                    "a date such as 2026-05-12",
                ));
                None
            }
        }
    }
}

/// Whether a row has a time of day whose zone only the settings could say.
fn needs_zone(row: &Row<'_>) -> bool {
    let timed =
        |column| row.get(column).and_then(cell::moment).is_some_and(|m| matches!(m, Moment::Local(_)));
    row.get(Column::Zone).is_none() && (timed(Column::Start) || row.get(Column::StartTime).is_some())
}

/// The column that says a row is not for everybody's eyes.
fn left_out(row: &Row<'_>) -> Option<Column> {
    let says = |column: Column, words: &[&str]| {
        row.get(column).is_some_and(|text| words.contains(&text.to_lowercase().as_str()))
    };
    if says(Column::Private, &["private", "hidden", "confidential", "draft"])
        || row.get(Column::Private).and_then(cell::flag) == Some(true)
    {
        return Some(Column::Private);
    }
    says(Column::Status, &["draft", "private", "hidden"]).then_some(Column::Status)
}
