//! Words that dates, rhythms and headers are written with, one table for each language. A further language is one
//! further table.

use jiff::civil::Weekday;

use crate::ical::rule::Frequency;

/// The words of one language, in lower case. A month or weekday may be cut after three letters or more
/// where no other begins alike.
#[derive(Debug)]
pub struct Language {
    /// January to December.
    pub months: [&'static str; 12],
    /// Monday to Sunday.
    pub weekdays: [&'static str; 7],
    /// Short names that are not the beginning of the long one.
    pub short: &'static [(&'static str, &'static str)],
    /// 12:00.
    pub noon: &'static [&'static str],
    /// 00:00.
    pub midnight: &'static [&'static str],
    /// Words between the parts of a date: `12th of May at 6 pm`.
    pub fillers: &'static [&'static str],
    /// Words between the first and the last day.
    pub until: &'static [&'static str],
    /// Yes in a cell that says yes or no.
    pub yes: &'static [&'static str],
    /// No.
    pub no: &'static [&'static str],
    /// Names of columns, by their letters and digits, with the column that each is.
    pub headers: &'static [(&'static str, &'static str)],
    /// Words for how often something comes.
    pub rhythm: Rhythm,
}

/// The words of one language for how often something comes. A language that has none yet reads none.
#[derive(Debug)]
pub struct Rhythm {
    /// Every.
    pub every: &'static [&'static str],
    /// Every second: `other`.
    pub other: &'static [&'static str],
    /// Day, week, month, year, with their plurals.
    pub units: &'static [(&'static str, Frequency)],
    /// Words that say unit and number at once: `fortnightly`.
    pub adverbs: &'static [(&'static str, Frequency, u16)],
    /// Monday to Friday.
    pub working_days: &'static [&'static str],
    /// Saturday and Sunday.
    pub weekend: &'static [&'static str],
    /// First, second …; the last is −1.
    pub ordinals: &'static [(&'static str, i8)],
    /// What a number ends in when it is an ordinal: `2nd`.
    pub ordinal_endings: &'static [&'static str],
    /// Two, three …
    pub numbers: &'static [(&'static str, u16)],
    /// What stands before the last date.
    pub until: &'static [&'static str],
    /// What stands after the number of dates.
    pub times: &'static [&'static str],
    /// What stands before how long it goes on.
    pub spans: &'static [&'static str],
    /// What stands between the first and the last of a run of weekdays.
    pub through: &'static [&'static str],
    /// Words that say nothing here.
    pub fillers: &'static [&'static str],
}

const NO_RHYTHM: Rhythm = Rhythm {
    every: &[],
    other: &[],
    units: &[],
    adverbs: &[],
    working_days: &[],
    weekend: &[],
    ordinals: &[],
    ordinal_endings: &[],
    numbers: &[],
    until: &[],
    times: &[],
    spans: &[],
    through: &[],
    fillers: &[],
};

const ENGLISH: Language = Language {
    months: [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
        "november", "december",
    ],
    weekdays: ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
    short: &[("thurs", "thursday"), ("tues", "tuesday")],
    noon: &["noon", "midday"],
    midnight: &["midnight"],
    fillers: &["of", "the", "at", "on", "from"],
    until: &["to", "until", "through", "till"],
    yes: &["yes", "y", "true", "1", "on", "x"],
    no: &["no", "n", "false", "0", "off", "-"],
    headers: &[],
    rhythm: Rhythm {
        every: &["every", "each", "any"],
        other: &["other", "alternate", "alternating"],
        units: &[
            ("day", Frequency::Daily),
            ("days", Frequency::Daily),
            ("week", Frequency::Weekly),
            ("weeks", Frequency::Weekly),
            ("month", Frequency::Monthly),
            ("months", Frequency::Monthly),
            ("year", Frequency::Yearly),
            ("years", Frequency::Yearly),
        ],
        adverbs: &[
            ("daily", Frequency::Daily, 1),
            ("weekly", Frequency::Weekly, 1),
            ("biweekly", Frequency::Weekly, 2),
            ("fortnightly", Frequency::Weekly, 2),
            ("fortnight", Frequency::Weekly, 2),
            ("monthly", Frequency::Monthly, 1),
            ("bimonthly", Frequency::Monthly, 2),
            ("quarterly", Frequency::Monthly, 3),
            ("quarter", Frequency::Monthly, 3),
            ("yearly", Frequency::Yearly, 1),
            ("annually", Frequency::Yearly, 1),
            ("annual", Frequency::Yearly, 1),
        ],
        working_days: &["weekday", "weekdays", "workday", "workdays"],
        weekend: &["weekend", "weekends"],
        ordinals: &[("first", 1), ("second", 2), ("third", 3), ("fourth", 4), ("fifth", 5), ("last", -1)],
        ordinal_endings: &["st", "nd", "rd", "th"],
        numbers: &[
            ("one", 1),
            ("two", 2),
            ("three", 3),
            ("four", 4),
            ("five", 5),
            ("six", 6),
            ("seven", 7),
            ("eight", 8),
            ("nine", 9),
            ("ten", 10),
            ("eleven", 11),
            ("twelve", 12),
        ],
        until: &["until", "till", "through", "thru", "ending"],
        times: &["times", "time", "occurrences", "sessions", "meetings", "dates"],
        spans: &["for"],
        through: &["to", "through", "thru"],
        fillers: &["on", "the", "of", "in", "a", "and", "at", "per", "repeats", "occurs"],
    },
};

const GERMAN: Language = Language {
    months: [
        "januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober",
        "november", "dezember",
    ],
    weekdays: ["montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"],
    short: &[
        ("jänner", "januar"),
        ("maerz", "märz"),
        ("mrz", "märz"),
        ("mo", "montag"),
        ("di", "dienstag"),
        ("mi", "mittwoch"),
        ("do", "donnerstag"),
        ("fr", "freitag"),
        ("sa", "samstag"),
        ("so", "sonntag"),
        ("sonnabend", "samstag"),
    ],
    noon: &["mittag", "mittags"],
    midnight: &["mitternacht"],
    fillers: &["den", "der", "am", "um", "ab", "vom", "von"],
    until: &["bis"],
    yes: &["ja", "j", "wahr"],
    no: &["nein", "falsch"],
    headers: &[
        ("betreff", "title"),
        ("titel", "title"),
        ("veranstaltung", "title"),
        ("beginntam", "start"),
        ("beginndatum", "start"),
        ("beginn", "start"),
        ("datum", "start"),
        ("startdatum", "start"),
        ("datumvon", "start"),
        ("beginntum", "start_time"),
        ("uhrzeit", "start_time"),
        ("zeit", "start_time"),
        ("endetam", "end"),
        ("ende", "end"),
        ("enddatum", "end"),
        ("datumbis", "end"),
        ("endetum", "end_time"),
        ("dauer", "duration"),
        ("ganztägigesereignis", "all_day"),
        ("ganztägig", "all_day"),
        ("zeitzone", "timezone"),
        ("ort", "location"),
        ("veranstaltungsort", "location"),
        ("raum", "location"),
        ("adresse", "address"),
        ("beschreibung", "description"),
        ("kategorien", "topic"),
        ("kategorie", "topic"),
        ("thema", "topic"),
        ("veranstalter", "organizer"),
        ("besprechungsplanung", "organizer"),
        ("kontakt", "contact"),
        ("privat", "private"),
        ("vertraulichkeit", "private"),
        ("kosten", "cost"),
        ("preis", "cost"),
        ("bild", "image"),
    ],
    rhythm: Rhythm {
        every: &["jeden", "jede", "jedes", "jeder", "alle"],
        other: &[],
        units: &[
            ("tag", Frequency::Daily),
            ("tage", Frequency::Daily),
            ("woche", Frequency::Weekly),
            ("wochen", Frequency::Weekly),
            ("monat", Frequency::Monthly),
            ("monats", Frequency::Monthly),
            ("monate", Frequency::Monthly),
            ("jahr", Frequency::Yearly),
            ("jahre", Frequency::Yearly),
        ],
        adverbs: &[
            ("täglich", Frequency::Daily, 1),
            ("wöchentlich", Frequency::Weekly, 1),
            ("zweiwöchentlich", Frequency::Weekly, 2),
            ("monatlich", Frequency::Monthly, 1),
            ("vierteljährlich", Frequency::Monthly, 3),
            ("jährlich", Frequency::Yearly, 1),
        ],
        working_days: &["werktag", "werktags"],
        weekend: &["wochenende"],
        ordinals: &[
            ("ersten", 1),
            ("zweiten", 2),
            ("dritten", 3),
            ("vierten", 4),
            ("fünften", 5),
            ("letzten", -1),
        ],
        ordinal_endings: &["."],
        numbers: &[("zwei", 2), ("drei", 3), ("vier", 4), ("fünf", 5), ("sechs", 6), ("zehn", 10)],
        until: &["bis"],
        times: &["mal"],
        spans: &["für"],
        through: &[],
        fillers: &["am", "im", "des", "der", "den", "und"],
    },
};

const FRENCH: Language = Language {
    months: [
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
        "novembre", "décembre",
    ],
    weekdays: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    short: &[("fevrier", "février"), ("aout", "août"), ("decembre", "décembre")],
    noon: &["midi"],
    midnight: &["minuit"],
    fillers: &["le", "du", "à"],
    until: &["au"],
    yes: &["oui", "o", "vrai"],
    no: &["non", "faux"],
    headers: &[
        ("objet", "title"),
        ("titre", "title"),
        ("datededébut", "start"),
        ("début", "start"),
        ("heurededébut", "start_time"),
        ("heure", "start_time"),
        ("datedefin", "end"),
        ("fin", "end"),
        ("heuredefin", "end_time"),
        ("durée", "duration"),
        ("journéeentière", "all_day"),
        ("fuseauhoraire", "timezone"),
        ("lieu", "location"),
        ("emplacement", "location"),
        ("adresse", "address"),
        ("catégories", "topic"),
        ("catégorie", "topic"),
        ("privé", "private"),
        ("organisateur", "organizer"),
        ("prix", "cost"),
    ],
    rhythm: NO_RHYTHM,
};

const SPANISH: Language = Language {
    months: [
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
        "noviembre", "diciembre",
    ],
    weekdays: ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
    short: &[("setiembre", "septiembre"), ("miercoles", "miércoles"), ("sabado", "sábado")],
    noon: &["mediodía", "mediodia"],
    midnight: &["medianoche"],
    fillers: &["de", "del", "el", "a", "las"],
    until: &["hasta", "al"],
    yes: &["sí", "si", "verdadero"],
    no: &["falso"],
    headers: &[
        ("asunto", "title"),
        ("título", "title"),
        ("titulo", "title"),
        ("evento", "title"),
        ("fecha", "start"),
        ("fechadeinicio", "start"),
        ("fechainicio", "start"),
        ("hora", "start_time"),
        ("horadeinicio", "start_time"),
        ("fechadefin", "end"),
        ("fechafin", "end"),
        ("fechadefinalización", "end"),
        ("horadefin", "end_time"),
        ("duración", "duration"),
        ("lugar", "location"),
        ("ubicación", "location"),
        ("dirección", "address"),
        ("descripción", "description"),
        ("categorías", "topic"),
        ("categoría", "topic"),
        ("privado", "private"),
        ("organizador", "organizer"),
        ("precio", "cost"),
        ("imagen", "image"),
    ],
    rhythm: NO_RHYTHM,
};

/// All languages; where two share a word, the first one decides.
pub const LANGUAGES: [&Language; 4] = [&ENGLISH, &GERMAN, &FRENCH, &SPANISH];

/// The month of a word, 1 to 12.
#[must_use]
pub fn month(word: &str) -> Option<i8> {
    let found = LANGUAGES.iter().find_map(|language| language.find(&language.months, word))?;
    i8::try_from(found + 1).ok()
}

/// The weekday of a word.
#[must_use]
pub fn weekday(word: &str) -> Option<Weekday> {
    let found = LANGUAGES.iter().find_map(|language| language.find(&language.weekdays, word))?;
    Weekday::from_monday_zero_offset(i8::try_from(found).ok()?).ok()
}

/// The column that a header in one of the languages is, by its letters and digits.
#[must_use]
pub fn header(squashed: &str) -> Option<&'static str> {
    LANGUAGES
        .iter()
        .flat_map(|language| language.headers)
        .find_map(|(header, column)| (*header == squashed).then_some(*column))
}

/// Yes or no, as spreadsheets and people spell them.
#[must_use]
pub fn flag(text: &str) -> Option<bool> {
    let word = text.trim().to_lowercase();
    if says(&word, |language| language.yes) {
        return Some(true);
    }
    says(&word, |language| language.no).then_some(false)
}

/// Whether a word is in one of the lists that `list` picks of each language.
#[must_use]
pub fn says(word: &str, list: fn(&Language) -> &'static [&'static str]) -> bool {
    LANGUAGES.iter().any(|language| list(language).contains(&word))
}

impl Language {
    /// The weekday of a word, also of several such days: `tuesdays`.
    #[must_use]
    pub fn weekday_or_plural(&self, word: &str) -> Option<Weekday> {
        let single = || self.find(&self.weekdays, word.strip_suffix('s')?);
        let found = self.find(&self.weekdays, word).or_else(single)?;
        Weekday::from_monday_zero_offset(i8::try_from(found).ok()?).ok()
    }

    /// The month of a word, 1 to 12.
    #[must_use]
    pub fn month(&self, word: &str) -> Option<i8> {
        i8::try_from(self.find(&self.months, word)? + 1).ok()
    }

    fn find(&self, names: &[&'static str], word: &str) -> Option<usize> {
        let word = self.short.iter().find(|(short, _)| *short == word).map_or(word, |(_, long)| long);
        if let Some(exact) = names.iter().position(|name| *name == word) {
            return Some(exact);
        }
        if word.chars().count() < 3 {
            return None;
        }
        let mut alike = names.iter().enumerate().filter(|(_, name)| name.starts_with(word));
        let (found, _) = alike.next()?;
        alike.next().is_none().then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_and_weekdays_in_four_languages() {
        for (word, number) in [
            ("may", 5),
            ("sept", 9),
            ("mrz", 3),
            ("dez", 12),
            ("févr", 2),
            ("août", 8),
            ("dic", 12),
            ("mai", 5),
        ] {
            assert_eq!(month(word), Some(number), "{word}");
        }
        for word in ["ma", "jui", "x", ""] {
            assert_eq!(month(word), None, "{word}");
        }
        for (word, day) in [
            ("tue", Weekday::Tuesday),
            ("sa", Weekday::Saturday),
            ("jeudi", Weekday::Thursday),
            ("dom", Weekday::Sunday),
        ] {
            assert_eq!(weekday(word), Some(day), "{word}");
        }
    }
}
