//! Phrases about values of the model: statuses, reminders, filters, names of calendars, reasons for a 404.

mod series;
mod times;

pub(super) use times::in_zone;

use crate::i18n::language::Language;
use crate::i18n::{Localizer, fill};
use crate::model::alarm::{Alarm, AlarmUnit};
use crate::model::event::Status;
use crate::model::filter::{Filter, Online};
use crate::model::settings::Settings;
use crate::model::tag::Facet;
use crate::site::Site;

/// The kind of address that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotFoundReason {
    /// The address of no document.
    Address,
    /// A filter that does not parse.
    Filter,
    /// A region, by its path.
    Region(String),
    /// A topic, by its path.
    Topic(String),
    /// An event, by its id.
    Event(String),
    /// An event that was removed, by its title.
    Removed(String),
    /// An article by its slug, or a file beside the articles.
    Article(String),
}

impl Localizer {
    /// Returns the localizer of a site's own language and region.
    #[must_use]
    pub fn for_site(settings: &Settings) -> Localizer {
        Localizer::for_reader(settings, settings.page_language())
    }

    /// Returns the localizer of a site for readers of a language. In the site's own language it has the site's region.
    #[must_use]
    pub fn for_reader(settings: &Settings, language: Language) -> Localizer {
        let is_own = Language::from_tag(&settings.language) == Some(language);
        Localizer::new(language, if is_own { &settings.language } else { language.tag() })
    }

    /// Returns the word beside a title, empty for a confirmed event.
    #[must_use]
    pub fn status(&self, status: Status) -> &'static str {
        match status {
            Status::Confirmed => "",
            Status::Tentative => self.tentative,
            Status::Cancelled => self.cancelled,
            Status::Postponed => self.postponed,
            Status::SoldOut => self.sold_out,
        }
    }

    /// Returns the prefix of a title in calendars, for programs such as Outlook that do not show the status.
    #[must_use]
    pub fn title_prefix(&self, status: Status) -> &'static str {
        match status {
            Status::Confirmed | Status::Tentative => "",
            Status::Cancelled => self.prefix_cancelled,
            Status::Postponed => self.prefix_postponed,
            Status::SoldOut => self.prefix_sold_out,
        }
    }

    /// Returns `1 hour before`.
    #[must_use]
    pub fn alarm(&self, alarm: Alarm) -> String {
        let (number, unit) = alarm.parts();
        let message = match unit {
            AlarmUnit::Minutes => self.before_minutes,
            AlarmUnit::Hours => self.before_hours,
            AlarmUnit::Days => self.before_days,
        };
        self.plural(message, usize::try_from(number).unwrap_or(usize::MAX))
    }

    /// Returns `There is no topic “walks”.`
    #[must_use]
    pub fn not_found_reason(&self, reason: &NotFoundReason) -> String {
        let (message, name) = match reason {
            NotFoundReason::Address => (self.nothing_at_address, ""),
            NotFoundReason::Filter => (self.bad_filter, ""),
            NotFoundReason::Region(name) => (self.no_region, name.as_str()),
            NotFoundReason::Topic(name) => (self.no_topic, name.as_str()),
            NotFoundReason::Event(name) => (self.no_event, name.as_str()),
            NotFoundReason::Removed(name) => (self.event_removed, name.as_str()),
            NotFoundReason::Article(name) => (self.no_such_article, name.as_str()),
        };
        fill(message, &[("name", name)])
    }

    /// Returns `Did you mean /topics/support ?`
    #[must_use]
    pub fn suggestion(&self, address: &str) -> String {
        fill(self.did_you_mean, &[("name", address)])
    }

    /// Returns `Illinois, Ohio · Support groups · online`; empty for the filter of everything.
    #[must_use]
    pub fn filter(&self, site: &Site, filter: &Filter) -> String {
        let tags = |facet: Facet| -> Vec<&str> {
            filter.paths(facet).iter().map(|path| site.tags(facet).short_name(path)).collect()
        };
        let mut parts: Vec<String> = Facet::ALL.map(|facet| tags(facet).join(", ")).into();
        parts.extend(self.neighbourhood(filter));
        parts.extend(filter.online().map(|online| {
            let message = match online {
                Online::Include => self.or_online,
                Online::Only => self.online,
                Online::Exclude => self.in_person,
            };
            message.to_owned()
        }));
        parts.extend(filter.text().map(|text| fill(self.quoted, &[("text", text)])));
        parts.retain(|part| !part.is_empty());
        parts.join(" · ")
    }

    /// Returns `within 80 km of 41.9, -87.6`.
    #[must_use]
    pub fn neighbourhood(&self, filter: &Filter) -> Option<String> {
        let (point, within) = filter.near()?;
        let (point, n) = (point.to_string().replace(',', ", "), within.kilometres().to_string());
        Some(fill(self.within, &[("n", &n), ("point", &point)]))
    }

    /// Returns the name of the calendar of a filter: the site's title, then the filter.
    #[must_use]
    pub fn calendar_name(&self, site: &Site, filter: &Filter) -> String {
        let title = &site.settings.title;
        let filter = self.filter(site, filter);
        if filter.is_empty() { title.clone() } else { format!("{title}: {filter}") }
    }
}
