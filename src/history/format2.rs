//! Locks of format 2, whose events have a fingerprint instead of all of their properties. They are read as those of the
//! [current format](super::lock), which has the same keys.

use crate::digest::Digest;
use crate::link::Link;
use crate::model::event::{Contact, Event};
use crate::model::repeat::Repeat;
use crate::model::when::When;

/// Start of the file.
const START: &[u8] = b"{\"calcast_lock\":2,";

/// Name under which a lock of this format is kept when a later one takes its place.
pub const FILE: &str = "calcast.lock.2";

/// Returns whether a lock has this format.
#[must_use]
pub fn is_format(lock: &[u8]) -> bool {
    lock.starts_with(START)
}

/// Hashes every property of an event. It is what calcast wrote in this format; a property that came later has no part.
#[must_use]
pub fn fingerprint(event: &Event) -> u128 {
    let Event {
        id,
        title,
        when,
        repeat,
        overrides,
        location,
        address,
        coordinates,
        url,
        online_url,
        description,
        regions,
        topics,
        organizer,
        contact,
        status,
        image,
        cost,
        verified,
        updated,
    } = event;
    let mut digest = Digest::new();
    digest.text(id.as_str());
    digest.text(title);
    digest_when(&mut digest, when, repeat.as_deref());
    digest.optional(location.as_deref());
    digest.optional(address.as_deref());
    digest.optional(coordinates.map(|point| point.to_string()).as_deref());
    for link in [url, online_url, image] {
        digest.optional(link.as_ref().map(Link::as_str));
    }
    digest.text(description);
    for tags in [regions, topics] {
        tags.iter().for_each(|tag| digest.text(&tag.name));
        digest.text("");
    }
    for contact in [organizer, contact] {
        digest.optional(contact.as_deref().map(Contact::in_words).as_deref());
    }
    digest.text(status.word());
    digest.optional(cost.as_deref());
    for date in [verified, updated] {
        digest.optional(date.map(|date| date.to_string()).as_deref());
    }
    for (start, other) in overrides {
        digest.text(&format!("{start} {:032x}", fingerprint(other)));
    }
    digest.finish()
}

fn digest_when(digest: &mut Digest, when: &When, repeat: Option<&Repeat>) {
    match when {
        When::Days { first, last } => {
            digest.text("days");
            for day in [first, last] {
                digest.number(i64::from(day.year()) * 400 + i64::from(day.day_of_year()));
            }
        }
        When::Hours { start, end } => {
            digest.text(start.time_zone().iana_name().unwrap_or("UTC"));
            for at in [start, end] {
                digest.number(at.timestamp().as_second());
                digest.number(i64::from(at.timestamp().subsec_nanosecond()));
            }
        }
    }
    let series = repeat.map(|Repeat { clock, rule, except, also }| {
        let skipped = if *clock == when.local_start().time() { String::new() } else { format!("{clock} ") };
        format!("{skipped}{rule} {except:?} {also:?}")
    });
    digest.optional(series.as_deref());
}
