//! Messages of one language, read from its TOML file, which is compiled in.

use std::sync::OnceLock;

use serde::Deserialize;

use super::language::Language;

/// Message in its plural forms, by CLDR category. Only ordinals have `two` and `few`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plural {
    pub(super) one: &'static str,
    pub(super) two: Option<&'static str>,
    pub(super) few: Option<&'static str>,
    pub(super) other: &'static str,
}

/// Period of a recurrence, by its interval: 1, 2 or more.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Period {
    pub(crate) every: &'static str,
    pub(crate) second: &'static str,
    pub(crate) nth: &'static str,
}

/// How to subscribe in one calendar program.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProgramSteps {
    pub(crate) name: &'static str,
    pub(crate) button: &'static str,
    pub(crate) steps: [&'static str; 2],
    /// What to do if the program refuses the address.
    pub(crate) refusal: &'static str,
}

/// Messages of the editor's page.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditorMessages {
    pub(crate) title: &'static str,
    pub(crate) private: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) rows_held: Plural,
    pub(crate) to_look_at: Plural,
    pub(crate) changes: Plural,
    pub(crate) rows_published: &'static str,
    pub(crate) open_sheet: &'static str,
    pub(crate) open_named: &'static str,
    pub(crate) read_again: &'static str,
    pub(crate) as_feed: &'static str,
    pub(crate) settings_broken: &'static str,
    pub(crate) folder_broken: &'static str,
    pub(crate) held: &'static str,
    pub(crate) held_lead: &'static str,
    pub(crate) nothing_held: &'static str,
    pub(crate) row: &'static str,
    pub(crate) row_titled: &'static str,
    pub(crate) row_of: &'static str,
    pub(crate) cell: &'static str,
    pub(crate) in_column: &'static str,
    pub(crate) line: &'static str,
    pub(crate) it_says: &'static str,
    pub(crate) why: &'static str,
    pub(crate) what_to_do: &'static str,
    pub(crate) stays: &'static str,
    pub(crate) show_published: &'static str,
    pub(crate) not_yet: &'static str,
    pub(crate) events_stay: Plural,
    pub(crate) more: &'static str,
    pub(crate) look: &'static str,
    pub(crate) nothing_to_look_at: &'static str,
    pub(crate) two_regions: &'static str,
    pub(crate) two_topics: &'static str,
    pub(crate) spellings: &'static str,
    pub(crate) spelled_in: &'static str,
    pub(crate) changed: &'static str,
    pub(crate) changed_lead: &'static str,
    pub(crate) nothing_changed: &'static str,
    pub(crate) live: &'static str,
    pub(crate) series: &'static str,
    pub(crate) single: &'static str,
    pub(crate) to_come: &'static str,
    pub(crate) is_off: &'static str,
    pub(crate) without_point: &'static str,
    pub(crate) left_out: &'static str,
    pub(crate) none: &'static str,
    pub(crate) articles_with_errors: &'static str,
    pub(crate) sources: &'static str,
    pub(crate) last_read: &'static str,
    pub(crate) rows: &'static str,
    pub(crate) result: &'static str,
    pub(crate) was_read: &'static str,
    pub(crate) was_left_out: Plural,
    pub(crate) unreadable: &'static str,
    pub(crate) shrunk: &'static str,
    pub(crate) cannot_be_read: &'static str,
}

/// All messages of one language.
///
/// A field is a key of each TOML file. The compiler reports a message that nothing reads; reading a file fails
/// where it lacks a key or has an unknown one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    // Header and footer of every page.
    pub(crate) skip: &'static str,
    pub(crate) site: &'static str,
    pub(crate) events: &'static str,
    pub(crate) articles: &'static str,
    pub(crate) subscribe: &'static str,
    pub(crate) feeds: &'static str,
    pub(crate) calendar_feed: &'static str,
    pub(crate) feed_events: &'static str,
    pub(crate) feed_changes: &'static str,
    pub(crate) feed_changes_here: &'static str,
    pub(crate) feed_articles: &'static str,
    pub(crate) feed_articles_here: &'static str,
    pub(crate) last_read: &'static str,
    pub(crate) no_tracking: &'static str,
    // Titles of feeds, after the title of the site.
    pub(crate) title_events: &'static str,
    pub(crate) title_changes: &'static str,
    pub(crate) title_articles: &'static str,
    // Dates and recurrences.
    pub(crate) and: &'static str,
    pub(crate) all_day: &'static str,
    pub(crate) until: &'static str,
    pub(crate) today: &'static str,
    pub(crate) tomorrow: &'static str,
    pub(crate) today_at: &'static str,
    pub(crate) yesterday_at: &'static str,
    pub(crate) day_at: &'static str,
    pub(crate) in_days: Plural,
    pub(crate) days: Period,
    pub(crate) weeks: Period,
    pub(crate) months: Period,
    pub(crate) years: Period,
    pub(crate) several_dates: &'static str,
    pub(crate) on_weekdays: &'static str,
    pub(crate) on_nth_weekdays: &'static str,
    pub(crate) nth_weekday: &'static str,
    pub(crate) on_nth_of: &'static str,
    pub(crate) on_month_days: &'static str,
    pub(crate) on_date: &'static str,
    pub(crate) last_day: &'static str,
    pub(crate) in_months: &'static str,
    pub(crate) times: &'static str,
    pub(crate) until_date: &'static str,
    pub(crate) first_on: &'static str,
    pub(crate) ordinal: Plural,
    pub(crate) last: &'static str,
    pub(crate) last_but_one: &'static str,
    pub(crate) nth_from_end: &'static str,
    // Filters.
    pub(crate) online: &'static str,
    pub(crate) in_person: &'static str,
    pub(crate) within: &'static str,
    pub(crate) or_online: &'static str,
    pub(crate) quoted: &'static str,
    // Status of an event.
    pub(crate) tentative: &'static str,
    pub(crate) cancelled: &'static str,
    pub(crate) postponed: &'static str,
    pub(crate) sold_out: &'static str,
    pub(crate) is_tentative: &'static str,
    pub(crate) is_cancelled: &'static str,
    pub(crate) is_postponed: &'static str,
    pub(crate) is_sold_out: &'static str,
    pub(crate) not_on: &'static str,
    // Prefixes of titles in calendars, for programs that ignore STATUS.
    pub(crate) prefix_cancelled: &'static str,
    pub(crate) prefix_postponed: &'static str,
    pub(crate) prefix_sold_out: &'static str,
    // Labels in the description of an event in calendars.
    pub(crate) fact_join: &'static str,
    pub(crate) fact_more: &'static str,
    // Agenda.
    pub(crate) upcoming: &'static str,
    pub(crate) shown_only: &'static str,
    pub(crate) take_away: &'static str,
    pub(crate) next: &'static str,
    pub(crate) count: Plural,
    pub(crate) later: &'static str,
    pub(crate) more_here: &'static str,
    pub(crate) past_events: &'static str,
    pub(crate) month_view: &'static str,
    pub(crate) previous_month: &'static str,
    pub(crate) next_month: &'static str,
    pub(crate) all_upcoming: &'static str,
    pub(crate) nothing_planned: &'static str,
    pub(crate) nothing_this_month: &'static str,
    pub(crate) nothing_fits: &'static str,
    pub(crate) without: &'static str,
    pub(crate) show_all: &'static str,
    pub(crate) show_only: &'static str,
    pub(crate) search_words: &'static str,
    pub(crate) where_label: &'static str,
    pub(crate) everywhere: &'static str,
    pub(crate) online_only: &'static str,
    pub(crate) in_person_only: &'static str,
    pub(crate) show: &'static str,
    pub(crate) near_me: &'static str,
    pub(crate) near_failed: &'static str,
    pub(crate) regions: &'static str,
    pub(crate) topics: &'static str,
    pub(crate) and_more: &'static str,
    pub(crate) as_text: &'static str,
    pub(crate) as_poster: &'static str,
    // Subscribe.
    pub(crate) subscribe_to: &'static str,
    pub(crate) subscribe_lead: &'static str,
    pub(crate) should_see: &'static str,
    pub(crate) should_see_one: &'static str,
    pub(crate) apple: ProgramSteps,
    pub(crate) google: ProgramSteps,
    pub(crate) outlook: ProgramSteps,
    pub(crate) office: ProgramSteps,
    pub(crate) others: ProgramSteps,
    pub(crate) refresh_hourly: &'static str,
    pub(crate) refresh_daily: &'static str,
    pub(crate) how: &'static str,
    pub(crate) if_refused: &'static str,
    pub(crate) google_by_hand: &'static str,
    pub(crate) address: &'static str,
    pub(crate) copy: &'static str,
    pub(crate) copied: &'static str,
    pub(crate) copy_by_hand: &'static str,
    pub(crate) reminder: &'static str,
    pub(crate) reminder_none: &'static str,
    pub(crate) before_minutes: Plural,
    pub(crate) before_hours: Plural,
    pub(crate) before_days: Plural,
    pub(crate) with_reminder: &'static str,
    pub(crate) qr: &'static str,
    pub(crate) qr_hint: &'static str,
    pub(crate) all_steps: &'static str,
    pub(crate) download: &'static str,
    pub(crate) download_note: &'static str,
    pub(crate) no_base: &'static str,
    pub(crate) back_to_events: &'static str,
    pub(crate) other_ways: &'static str,
    pub(crate) embed_title: &'static str,
    pub(crate) embed_lead: &'static str,
    // Page of an event.
    pub(crate) when: &'static str,
    pub(crate) that_is: &'static str,
    pub(crate) your_clock: &'static str,
    pub(crate) repeats: &'static str,
    pub(crate) next_dates: &'static str,
    pub(crate) place: &'static str,
    pub(crate) map: &'static str,
    pub(crate) near_here: &'static str,
    pub(crate) join: &'static str,
    pub(crate) cost: &'static str,
    pub(crate) description: &'static str,
    pub(crate) picture: &'static str,
    pub(crate) organizer: &'static str,
    pub(crate) contact: &'static str,
    pub(crate) more: &'static str,
    pub(crate) last_confirmed: &'static str,
    pub(crate) region: &'static str,
    pub(crate) topic: &'static str,
    pub(crate) add_to_calendar: &'static str,
    pub(crate) add_note: &'static str,
    pub(crate) previous_event: &'static str,
    pub(crate) next_event: &'static str,
    pub(crate) neighbours: &'static str,
    // Articles.
    pub(crate) articles_about: &'static str,
    pub(crate) in_reader: &'static str,
    pub(crate) no_article: &'static str,
    pub(crate) elsewhere: &'static str,
    pub(crate) read_at: &'static str,
    pub(crate) first_published: &'static str,
    pub(crate) all_articles: &'static str,
    pub(crate) events_of_topic: &'static str,
    // Poster.
    pub(crate) poster_lead: &'static str,
    pub(crate) poster_more: Plural,
    pub(crate) poster_address: &'static str,
    // Not found.
    pub(crate) not_found: &'static str,
    pub(crate) nothing_at_address: &'static str,
    pub(crate) no_region: &'static str,
    pub(crate) no_topic: &'static str,
    pub(crate) no_event: &'static str,
    pub(crate) no_such_article: &'static str,
    pub(crate) event_removed: &'static str,
    pub(crate) did_you_mean: &'static str,
    pub(crate) bad_filter: &'static str,
    // Changes.
    pub(crate) added: &'static str,
    pub(crate) reinstated: &'static str,
    pub(crate) confirmed: &'static str,
    pub(crate) unsure: &'static str,
    pub(crate) renamed: &'static str,
    pub(crate) moved: &'static str,
    pub(crate) other_dates: &'static str,
    pub(crate) changed: &'static str,
    pub(crate) removed: &'static str,
    pub(crate) until_now: &'static str,
    pub(crate) from_to: &'static str,
    pub(crate) no_place: &'static str,
    pub(crate) more_dates: &'static str,
    pub(crate) date_off: &'static str,
    pub(crate) date_on_again: &'static str,
    pub(crate) date_also: &'static str,
    pub(crate) date_is_cancelled: &'static str,
    pub(crate) date_is_postponed: &'static str,
    pub(crate) date_is_sold_out: &'static str,
    pub(crate) date_moved: &'static str,
    pub(crate) date_at: &'static str,
    pub(crate) date_without_place: &'static str,
    pub(crate) date_different: &'static str,
    pub(crate) date_as_always: &'static str,
    pub(crate) editor: EditorMessages,
}

impl Messages {
    /// Returns the messages of a language, parsed at first use.
    pub(super) fn in_language(language: Language) -> &'static Messages {
        static PARSED: [OnceLock<Messages>; Language::ALL.len()] =
            [const { OnceLock::new() }; Language::ALL.len()];
        PARSED[language as usize].get_or_init(|| {
            toml::from_str(source(language)).expect("a test parses the file of each language")
        })
    }
}

fn source(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("en.toml"),
        Language::Spanish => include_str!("es.toml"),
        Language::French => include_str!("fr.toml"),
        Language::German => include_str!("de.toml"),
    }
}

/// Replaces the placeholders of a message by values. A `{` in a value has no meaning.
#[must_use]
pub(crate) fn fill(message: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(message.len() + 32);
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Returns a message with its first letter in lower case, for use within a sentence.
#[must_use]
pub(crate) fn lower_first(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use toml::{Table, Value};

    use super::*;

    /// The placeholders of each message, by its dotted key.
    fn placeholders(language: Language) -> BTreeMap<String, Vec<String>> {
        fn collect(key: &str, value: &Value, found: &mut BTreeMap<String, Vec<String>>) {
            match value {
                Value::Table(table) => {
                    table.iter().for_each(|(name, value)| collect(&format!("{key}.{name}"), value, found));
                }
                Value::Array(list) => {
                    list.iter()
                        .enumerate()
                        .for_each(|(n, value)| collect(&format!("{key}.{n}"), value, found));
                }
                Value::String(message) => {
                    assert!(!message.is_empty(), "{key} is empty");
                    let names = message.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
                    let mut names: Vec<String> = names.map(|(name, _)| name.to_owned()).collect();
                    names.sort();
                    found.insert(key.to_owned(), names);
                }
                other => panic!("{key} is {other:?}"),
            }
        }
        let mut found = BTreeMap::new();
        let table: Table = source(language).parse().unwrap();
        table.iter().for_each(|(key, value)| collect(key, value, &mut found));
        // Only English has ordinals of these categories.
        found.retain(|key, _| !["ordinal.two", "ordinal.few"].contains(&key.as_str()));
        found
    }

    #[test]
    fn every_language_has_the_keys_and_placeholders_of_english() {
        let english = placeholders(Language::English);
        assert!(english.len() > 200);
        for language in Language::ALL {
            let own = placeholders(language);
            let missing: Vec<&String> = english.keys().filter(|key| !own.contains_key(*key)).collect();
            let unused: Vec<&String> = own.keys().filter(|key| !english.contains_key(*key)).collect();
            let differ: Vec<_> = own
                .iter()
                .filter(|(key, names)| english.get(*key).is_some_and(|known| known != *names))
                .collect();
            assert!(
                missing.is_empty() && unused.is_empty() && differ.is_empty(),
                "{}.toml: missing {missing:?}, unused {unused:?}, other placeholders {differ:?}",
                language.tag()
            );
            // Each is a field, and each field is there.
            toml::from_str::<Messages>(source(language)).unwrap();
        }
    }

    #[test]
    fn a_value_is_not_searched_for_placeholders() {
        assert_eq!(fill("a {x} b {y}{z", &[("x", "{y}"), ("y", "1")]), "a {y} b 1");
    }
}
