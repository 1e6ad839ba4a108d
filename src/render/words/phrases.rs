//! Phrases about what a site has and lacks: statuses, reminders, filters.

use super::table::Table;
use super::{Localizer, fill};
use crate::model::alarm::{Alarm, AlarmUnit};
use crate::model::event::Status;
use crate::model::filter::{Filter, Online};
use crate::model::tag::Facet;
use crate::site::Site;

/// What stands between the parts of a filter.
const GAP: &str = " · ";
/// How many bytes a filter in words usually has.
const USUAL: usize = 128;

impl Localizer {
    /// The word beside a title; nothing for what takes place as planned.
    #[must_use]
    pub fn status(&self, status: Status) -> &'static str {
        match status {
            Status::Confirmed => "",
            Status::Tentative => self.table.tentative,
            Status::Cancelled => self.table.cancelled,
            Status::Postponed => self.table.postponed,
            Status::SoldOut => self.table.sold_out,
        }
    }

    /// `1 hour before`.
    #[must_use]
    pub fn before(&self, alarm: Alarm) -> String {
        let (number, unit) = alarm.parts();
        let counted = match unit {
            AlarmUnit::Minutes => self.before_minutes,
            AlarmUnit::Hours => self.before_hours,
            AlarmUnit::Days => self.before_days,
        };
        self.counted(counted, usize::try_from(number).unwrap_or(usize::MAX))
    }
}

/// What somebody asked for that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotFoundReason {
    /// No document has such an address.
    Address,
    /// A filter that cannot be understood.
    Filter,
    /// A region, by its path.
    Region(String),
    /// A topic, by its path.
    Topic(String),
    /// An event, by its id.
    Event(String),
    /// An event that is gone, by its title.
    Removed(String),
    /// An article, by its slug, or a file beside the articles.
    Article(String),
}

impl Localizer {
    /// That something is not there, in a sentence.
    #[must_use]
    pub fn not_found(&self, reason: &NotFoundReason) -> String {
        let (phrase, name) = match reason {
            NotFoundReason::Address => (self.nothing_at_address, ""),
            NotFoundReason::Filter => (self.bad_filter, ""),
            NotFoundReason::Region(name) => (self.no_region, name.as_str()),
            NotFoundReason::Topic(name) => (self.no_topic, name.as_str()),
            NotFoundReason::Event(name) => (self.no_event, name.as_str()),
            NotFoundReason::Removed(name) => (self.event_removed, name.as_str()),
            NotFoundReason::Article(name) => (self.no_such_article, name.as_str()),
        };
        fill(phrase, &[("name", name)])
    }

    /// `Did you mean /topics/support ?`
    #[must_use]
    pub fn did_you_mean(&self, near: &str) -> String {
        fill(self.table.did_you_mean, &[("name", near)])
    }
}

impl Table {
    /// A filter in words: `Illinois, Ohio · Support groups · online`; empty for everything.
    #[must_use]
    pub fn filter(&self, site: &Site, filter: &Filter) -> String {
        let mut said = String::with_capacity(USUAL);
        self.say(site, filter, "", &mut said);
        said
    }

    /// Appends a filter in words, if there are any, after what is to stand before them.
    fn say(&self, site: &Site, filter: &Filter, before: &str, said: &mut String) {
        let mut gap = before;
        for facet in Facet::ALL {
            for (number, path) in filter.paths(facet).iter().enumerate() {
                said.push_str(if number == 0 { gap } else { ", " });
                said.push_str(site.tags(facet).short_name(path));
                gap = GAP;
            }
        }
        let online = self.online_choice(filter).map(str::to_owned);
        let text = filter.text().map(|text| fill(self.quoted, &[("text", text)]));
        for part in [self.around(filter), online, text].into_iter().flatten() {
            said.push_str(gap);
            said.push_str(&part);
            gap = GAP;
        }
    }

    /// `within 80 km of 41.9,-87.6`.
    #[must_use]
    pub fn around(&self, filter: &Filter) -> Option<String> {
        let (point, within) = filter.near()?;
        let (point, n) = (point.to_string().replace(',', ", "), within.kilometres().to_string());
        Some(fill(self.within, &[("n", &n), ("point", &point)]))
    }

    /// `online`.
    #[must_use]
    pub fn online_choice(&self, filter: &Filter) -> Option<&'static str> {
        filter.online().map(|online| match online {
            Online::Include => self.or_online,
            Online::Only => self.online,
            Online::Exclude => self.in_person,
        })
    }

    /// The name of the calendar that a filter gives: the site's title, then the filter in words.
    #[must_use]
    pub fn calendar_name(&self, site: &Site, filter: &Filter) -> String {
        let mut name = String::with_capacity(USUAL);
        name.push_str(&site.settings.title);
        self.say(site, filter, ": ", &mut name);
        name
    }

    /// What is written before a title where a program may not show the status (Outlook ignores it).
    #[must_use]
    pub fn prefix(&self, status: Status) -> &'static str {
        match status {
            Status::Confirmed | Status::Tentative => "",
            Status::Cancelled => self.prefix_cancelled,
            Status::Postponed => self.prefix_postponed,
            Status::SoldOut => self.prefix_sold_out,
        }
    }
}
