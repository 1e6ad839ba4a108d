//! Forms in which people write dates, times and durations, as templates in four languages.
//!
//! A placeholder is a part of the start: `{d}` is the day, `{dd}` the day in two digits, `{dth}` the day as an
//! ordinal.
//! `{H}` and `{HH}` are hours on the 24-hour clock. `{h}`, `{hw}` and `{hnw}` are hours on the 12-hour clock: in
//! digits, as a word, and the next hour as a word. With `>` before its name, a placeholder is a part of the end.

use calcast::dates::order::DateOrder;

/// The forms of one language.
pub struct Language {
    pub months: [&'static str; 12],
    pub short_months: [&'static str; 12],
    /// From Monday.
    pub weekdays: [&'static str; 7],
    pub short_weekdays: [&'static str; 7],
    /// The hours of the 12-hour clock, from one.
    pub hours: [&'static str; 12],
    /// Parts of the day: the first hour, the hour after the last, and the phrase.
    pub parts: &'static [(i8, i8, &'static str)],
    pub days: &'static [&'static str],
    pub times: &'static [&'static str],
    pub ranges: &'static [&'static str],
    pub spans: &'static [&'static str],
    /// What joins a date `D` and a time `T`.
    pub joints: &'static [&'static str],
    /// What joins two dates or two dates with times.
    pub span_joints: &'static [&'static str],
    pub durations: &'static [&'static str],
}

/// Durations without a number: the text and its minutes.
pub const FIXED_DURATIONS: &[(&str, u32)] = &[
    ("half an hour", 30),
    ("an hour and a half", 90),
    ("an hour", 60),
    ("eine halbe Stunde", 30),
    ("anderthalb Stunden", 90),
    ("eine Dreiviertelstunde", 45),
    ("une demi-heure", 30),
    ("une heure et demie", 90),
    ("un quart d'heure", 15),
    ("media hora", 30),
    ("una hora y media", 90),
    ("tres cuartos de hora", 45),
];

/// Returns the forms of numeric dates in an order.
pub fn numeric_days(order: DateOrder) -> &'static [&'static str] {
    match order {
        DateOrder::DayFirst => &[
            "{d}/{m}/{y}", "{dd}/{mm}/{y}", "{d}/{m}/{yy}", "{dd}/{mm}/{yy}", "{d}.{m}.{y}", "{dd}.{mm}.{y}",
            "{d}.{m}.{yy}", "{dd}.{mm}.{yy}", "{d}. {m}. {y}", "{dd}-{mm}-{y}", "{d}-{m}-{yy}",
            "{dd} {mm} {y}", "{wdd} {dd}/{mm}/{y}", "{wd}, {d}.{m}.{y}", "{dd}.{mm}.{y} ({wdd})",
            "{y}-{mm}-{dd}", "{y}{mm}{dd}",
        ],
        DateOrder::MonthFirst => &[
            "{m}/{d}/{y}", "{mm}/{dd}/{y}", "{m}/{d}/{yy}", "{mm}/{dd}/{yy}", "{m}-{d}-{y}",
            "{mm}-{dd}-{yy}", "{mm} {dd} {y}", "{wdd} {m}/{d}/{y}", "{wd}, {m}/{d}/{yy}",
            "{m}/{d}/{y} ({wdd})", "{y}-{mm}-{dd}", "{y}/{mm}/{dd}",
        ],
        DateOrder::YearFirst => &[
            "{y}-{mm}-{dd}", "{y}/{m}/{d}", "{y}.{mm}.{dd}", "{y}. {m}. {d}", "{y} {mm} {dd}",
            "{yy}-{mm}-{dd}", "{yy}/{mm}/{dd}", "{yy}.{mm}.{dd}", "{y}{mm}{dd}", "{wdd} {y}-{mm}-{dd}",
            "{y}-{mm}-{dd} ({wdd})",
        ],
    }
}

/// Timestamps as in ISO 8601, some with an offset, and as in workbooks.
pub const TIMESTAMPS: &[&str] = &[
    "{y}-{mm}-{dd}T{HH}:{MM}", "{y}-{mm}-{dd}T{HH}:{MM}:00", "{y}-{mm}-{dd}T{HH}:{MM}{offset}",
    "{y}-{mm}-{dd}T{HH}:{MM}:00{offset}", "{y}-{mm}-{dd} {HH}:{MM}:00", "{y}{mm}{dd}T{HH}{MM}00",
];

pub static LANGUAGES: [Language; 4] = [ENGLISH, GERMAN, FRENCH, SPANISH];

const ENGLISH: Language = Language {
    months: [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ],
    short_months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    short_weekdays: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    hours: [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    ],
    parts: &[
        (1, 12, "in the morning"),
        (12, 18, "in the afternoon"),
        (18, 22, "in the evening"),
        (22, 24, "at night"),
    ],
    days: &[
        "{d} {month} {y}", "{dth} {month} {y}", "the {dth} of {month} {y}", "{dth} of {month}, {y}",
        "{month} {d}, {y}", "{month} {dth}, {y}", "{mon} {d} {y}", "{mon}. {d}, {y}", "{d}-{mon}-{yy}",
        "{d} {mon} '{yy}", "{wd}, {month} {d}, {y}", "{wd} {d} {month} {y}", "{wdd} {d} {mon} {y}",
        "{wdd}, {mon} {dth}, {y}", "{wd} the {dth} of {month} {y}", "{y} {month} {d}",
        "{d} {month} {y} ({wd})", "on {wd}, {month} {d}, {y}", "{month} the {dth}, {y}", "{dd}{mon}{y}",
        "{wdd}. {d} {mon}. {yy}", "{dd}-{mon}-{y}", "{month} {d} {yy}",
    ],
    times: &[
        "{HH}:{MM}", "{H}:{MM}", "{h}:{MM} {am}", "{h}:{MM}{am}", "{h}{am}", "{h} {am}", "{h}.{MM}{am}",
        "{h}:{MM} {a.m.}", "{h} {a.m.}", "{h} {AM}", "{h}:{MM}{AM}", "{HH}{MM} hrs", "{h} {part}",
        "{h} o'clock {part}", "{h}:{MM} {part}", "half past {hw} {part}", "quarter past {h} {am}",
        "quarter to {hnw} {am}", "{hw} thirty {am}", "{hw} {am}", "noon", "midnight", "12 noon",
        "{HH}:{MM} {zone}", "{h}:{MM} {am} {zone}", "{h}{am} ({abbr})", "{H}:{MM} {zone}",
    ],
    ranges: &[
        "{HH}:{MM}-{>HH}:{>MM}", "{HH}:{MM} – {>HH}:{>MM}", "{h}:{MM} {am} - {>h}:{>MM} {>am}",
        "{h}-{>h}{>am}", "{h}:{MM}-{>h}:{>MM} {>am}", "{h}{am}-{>h}{>am}", "{h}{am} to {>h}",
        "from {h}{am} to {>h}{>am}", "from {H}:{MM} to {>H}:{>MM}", "between {h}{am} and {>h}{>am}",
        "{h}:{MM} {am} until {>h}:{>MM} {>am}", "{HH}:{MM} to {>HH}:{>MM} {zone}",
        "{h} {am} - {>h}:{>MM} {>am} {abbr}", "{h} to {>h} {>a.m.}", "{h}{AM} – {>h}:{>MM}{>AM}",
        "{h}:{MM}-{>h} {>am}", "noon to {>h} {>am}", "from {hw} {part} to {>hw} {>part}",
        "{HH}.{MM} - {>HH}.{>MM}",
    ],
    spans: &[
        "{d}-{>d} {>month} {>y}",
        "{month} {d}-{>d}, {>y}",
        "{month} {d} - {>month} {>d}, {>y}",
        "{d} {month} - {>d} {>month} {>y}",
        "{d} {mon} {y} – {>d} {>mon} {>y}",
        "from {d} to {>d} {>month} {>y}",
        "from {month} {d} to {>month} {>d}, {>y}",
        "{wdd} {d} - {>wdd} {>d} {>month} {>y}",
        "{dth} to {>dth} of {>month} {>y}",
        "{d} and {>d} {>month} {>y}",
        "{mon} {d} & {>d}, {>y}",
        "{month} {dth} through {>dth}, {>y}",
    ],
    joints: &["D T", "D, T", "D at T", "D - T", "D @ T", "T, D", "T on D"],
    span_joints: &["A - B", "A to B", "from A to B", "A until B"],
    durations: &[
        "{lh} h", "{lh} hours", "{lh} hrs {lm} mins", "{lh} hours and {lm} minutes", "{n} minutes",
        "{n} min", "{n}'", "{ld} days", "{lw} weeks", "{lh}.5 hours", "{lh}½ hours", "{lh} and a half hours",
        "PT{lh}H{lm}M", "{lh}:{lmm}", "{lh} hours {lmm}", "{lh} 1/2 hours", "P{ld}D",
    ],
};

const GERMAN: Language = Language {
    months: [
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
        "November", "Dezember",
    ],
    short_months: [
        "Jan.", "Feb.", "Mrz.", "Apr.", "Mai", "Jun.", "Jul.", "Aug.", "Sept.", "Okt.", "Nov.", "Dez.",
    ],
    weekdays: ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
    short_weekdays: ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"],
    hours: [
        "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf",
    ],
    parts: &[(5, 9, "morgens"), (9, 12, "vormittags"), (13, 18, "nachmittags"), (18, 24, "abends")],
    days: &[
        "{d}. {month} {y}", "{wd}, {d}. {month} {y}", "{wdd}, {d}. {mon} {y}", "am {d}. {month} {y}",
        "den {d}. {month} {y}", "am {wd}, den {d}. {month} {y}", "{d}. {mon} {y}", "{d} {month} {y}",
        "{wd}, der {d}. {month} {y}", "{wdd}. {d}. {month} {y}", "{d}. {month} {yy}", "{dd}. {mon} {y}",
        "{wd} {d}. {month} {y}", "{d}. {month} {y} ({wdd})", "{wdd}, den {d}. {mon} {yy}",
    ],
    times: &[
        "{HH}:{MM} Uhr", "{H} Uhr", "{H}.{MM} Uhr", "{H} Uhr {MM}", "{HH}:{MM}", "{H}:{MM}h",
        "{h} Uhr {part}", "{H}h", "{H}h{MM}", "um {H} Uhr", "um {HH}:{MM} Uhr", "halb {hnw} {part}",
        "viertel nach {hw} {part}", "viertel vor {hnw} {part}", "12 Uhr mittags", "Mitternacht",
        "{H}:{MM} Uhr {zone}", "{HH}.{MM} Uhr", "{h}:{MM} Uhr {part}", "{H} Uhr ({abbr})", "{H}.{MM}h",
    ],
    ranges: &[
        "{HH}:{MM}-{>HH}:{>MM} Uhr",
        "{H}-{>H} Uhr",
        "von {H} bis {>H} Uhr",
        "{H} Uhr bis {>H} Uhr",
        "{H}.{MM} bis {>H}.{>MM} Uhr",
        "zwischen {H} und {>H} Uhr",
        "von {H}:{MM} Uhr bis {>H}:{>MM} Uhr",
        "{H}:{MM} – {>H}:{>MM}",
        "{H} bis {>H}:{>MM} Uhr",
        "von {HH}:{MM} bis {>HH}:{>MM}",
        "{HH}:{MM} Uhr - {>HH}:{>MM} Uhr",
        "{H}–{>H} h",
        "{HH}:{MM}-{>HH}:{>MM} Uhr {abbr}",
        "von {h} Uhr {part} bis {>h} Uhr {>part}",
    ],
    spans: &[
        "{d}.-{>d}. {>month} {>y}",
        "{d}. bis {>d}. {>month} {>y}",
        "vom {d}. bis {>d}. {>month} {>y}",
        "{d}. {month} bis {>d}. {>month} {>y}",
        "vom {d}. {month} bis zum {>d}. {>month} {>y}",
        "{d}. und {>d}. {>month} {>y}",
        "{wd}, {d}. {month} bis {>wd}, {>d}. {>month} {>y}",
        "{wdd} {d}. – {>wdd} {>d}. {>mon} {>y}",
        "{d}. {mon} {y} – {>d}. {>mon} {>y}",
        "von {wd}, {d}. bis {>wd}, {>d}. {>month} {>y}",
        "{d}./{>d}. {>month} {>y}",
    ],
    joints: &["D T", "D, T", "D um T", "D, um T", "D ab T", "T, D"],
    span_joints: &["A - B", "A bis B", "von A bis B", "vom A bis zum B"],
    durations: &[
        "{lh} Stunden", "{lh} Std. {lm} Min.", "{lh} Stunden und {lm} Minuten", "{n} Minuten", "{n} Min.",
        "{ld} Tage", "{lw} Wochen", "{lh},5 Stunden", "{lh},5 Std.", "{lh}½ Stunden", "{lh} h {lm} min",
        "{lh}:{lmm} h", "{lh} Std.", "{lh} Stunden {lmm}",
    ],
};

const FRENCH: Language = Language {
    months: [
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
        "novembre", "décembre",
    ],
    short_months: [
        "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
    ],
    weekdays: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    short_weekdays: ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."],
    hours: ["une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"],
    parts: &[(1, 12, "du matin"), (13, 18, "de l'après-midi"), (18, 24, "du soir")],
    days: &[
        "{dth} {month} {y}", "le {dth} {month} {y}", "{wd} {dth} {month} {y}", "le {wd} {dth} {month} {y}",
        "{wdd} {d} {mon} {y}", "{d} {mon} {y}", "{d}-{mon}-{y}", "{Wd} {d} {month} {y}",
        "le {wd} {d} {month} {yy}", "{d} {month}, {y}", "{wd}, le {dth} {month} {y}",
        "{d} {month} {y} ({wd})", "{dd} {mon} {yy}",
    ],
    times: &[
        "{H}h", "{H}h{MM}", "{H} h {MM}", "{H}:{MM}", "{HH}:{MM}", "{H} heures", "{H} heures {MM}",
        "à {H}h{MM}", "à {H} h", "{h} heures {part}", "{h}h{MM} {part}", "{h} heures et demie {part}",
        "{h} heures et quart {part}", "midi", "minuit", "midi et demi", "{HH}h{MM}", "{H}h{MM} {zone}",
        "{H} h {MM} min", "{hw} heures {part}", "{h}h {part}",
    ],
    ranges: &[
        "{H}h-{>H}h", "{H}h{MM}-{>H}h{>MM}", "de {H}h à {>H}h", "de {H}h{MM} à {>H}h{>MM}",
        "{H} h {MM} – {>H} h {>MM}", "entre {H}h et {>H}h", "{H}h à {>H}h{>MM}", "de {H} à {>H} heures",
        "{HH}:{MM} - {>HH}:{>MM}", "{H}-{>H}h", "de {H} h à {>H} h {>MM}", "de {h}h {part} à {>h}h {>part}",
        "de {HH}:{MM} à {>HH}:{>MM} {abbr}",
    ],
    spans: &[
        "du {dth} au {>dth} {>month} {>y}",
        "du {d} {month} au {>d} {>month} {>y}",
        "{d}-{>d} {>month} {>y}",
        "du {wd} {d} au {>wd} {>d} {>month} {>y}",
        "les {d} et {>d} {>month} {>y}",
        "du {d} {month} {y} au {>d} {>month} {>y}",
        "du {wd} {d} {month} au {>wd} {>d} {>month} {>y}",
        "{d} au {>d} {>month} {>y}",
        "du {dth} {mon} au {>d} {>mon} {>y}",
    ],
    joints: &["D T", "D, T", "D à T", "D - T", "D, à T", "T, D"],
    span_joints: &["A - B", "du A au B", "A au B"],
    durations: &[
        "{lh} heures", "{lh}h{lmm}", "{lh} h {lm} min", "{lh} heures et {lm} minutes", "{n} minutes",
        "{n} mn", "{ld} jours", "{lw} semaines", "{lh},5 h", "{lh} heures et demie", "{lh} h", "{lh}h",
        "{lh} h {lmm}",
    ],
};

const SPANISH: Language = Language {
    months: [
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
        "noviembre", "diciembre",
    ],
    short_months: [
        "ene.", "feb.", "mar.", "abr.", "may.", "jun.", "jul.", "ago.", "sept.", "oct.", "nov.", "dic.",
    ],
    weekdays: ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
    short_weekdays: ["lun.", "mar.", "mié.", "jue.", "vie.", "sáb.", "dom."],
    hours: [
        "una", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce",
    ],
    parts: &[(1, 12, "de la mañana"), (12, 20, "de la tarde"), (20, 24, "de la noche")],
    days: &[
        "{d} de {month} de {y}", "el {d} de {month} de {y}", "{wd} {d} de {month} de {y}",
        "el {wd}, {d} de {month} del {y}", "{d} {mon} {y}", "{d}/{mon}/{y}", "{d} de {month}, {y}",
        "{dth} de {month} de {y}", "{Wd}, {d} de {month} de {y}", "{wdd} {d} {mon} {y}", "{d}-{mon}-{yy}",
        "{d} {month} {y}", "{d} de {month} {y}", "{d} de {month} de {y} ({wd})",
    ],
    times: &[
        "{HH}:{MM}", "{H}:{MM} h", "{H}h", "{H}:{MM} hs", "{H}.{MM} h", "a las {H}:{MM}", "{h} {a.m.}",
        "{h}:{MM} {a. m.}", "a las {h} {part}", "a las {h} y media {part}", "las {h} y cuarto {part}",
        "{H} horas", "mediodía", "{hw} {part}", "{h}:{MM} {part}", "{H} h", "{HH}:{MM} horas",
        "{H}:{MM} {zone}", "medianoche", "a las {hw} {part}", "{h} {am}",
    ],
    ranges: &[
        "de {H}:{MM} a {>H}:{>MM}",
        "{H}:{MM}-{>H}:{>MM} h",
        "de {H} a {>H} h",
        "desde las {H}:{MM} hasta las {>H}:{>MM}",
        "entre las {H}:{MM} y las {>H}:{>MM}",
        "{h}:{MM} {a.m.} a {>h}:{>MM} {>a.m.}",
        "{H}h-{>H}h",
        "de {H}:{MM} a {>H}:{>MM} horas",
        "{H} a {>H} horas",
        "de las {H}:{MM} a las {>H}:{>MM}",
        "{HH}:{MM} – {>HH}:{>MM}",
        "de {h} {part} a {>h} {>part}",
        "{H}.{MM} a {>H}.{>MM} h",
        "{h}-{>h} {>a. m.}",
    ],
    spans: &[
        "del {d} al {>d} de {>month} de {>y}",
        "del {d} de {month} al {>d} de {>month} de {>y}",
        "{d}-{>d} de {>month} de {>y}",
        "del {wd} {d} al {>wd} {>d} de {>month} de {>y}",
        "{d} y {>d} de {>month} de {>y}",
        "{d} al {>d} de {>month} de {>y}",
        "desde el {d} hasta el {>d} de {>month} de {>y}",
        "del {d} de {month} de {y} al {>d} de {>month} de {>y}",
        "los días {d} y {>d} de {>month} de {>y}",
    ],
    joints: &["D T", "D, T", "D a las T", "D, a las T", "D - T", "T, D"],
    span_joints: &["A - B", "del A al B", "desde A hasta B"],
    durations: &[
        "{lh} horas", "{lh} horas y {lm} minutos", "{lh} h {lm} min", "{n} minutos", "{n} min", "{ld} días",
        "{lw} semanas", "{lh},5 horas", "{lh} horas y media", "{lh}h", "{lh}:{lmm} h", "{lh} h",
    ],
};
