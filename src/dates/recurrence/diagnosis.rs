//! Why a cell is refused that no sequence of clauses can read: a word that people understand in several ways, a word that
//! is not known, or two recurrences in one cell.

use super::draft::Draft;
use super::grammar::Grammar;
use super::{RecurrenceError, help};
use crate::dates::lexicon;
use crate::dates::token::{Kind, Token, tokenize};

/// What the words for a fortnight that count 15 days mean. A weekday beside them makes them clear.
const FORTNIGHT: &str = "14 or 15 days";

/// A word that people understand in several ways.
pub(super) struct Vague {
    pub error: RecurrenceError,
    /// It is two weeks beside a weekday.
    pub is_fortnight: bool,
}

/// Words that people understand in several ways, without accents and capitals, with what they can mean and what to do.
const VAGUE: [(&[&str], &str, &str); 14] = [
    (
        &["biweekly", "bi-weekly", "bi weekly"],
        "twice a week or every two weeks",
        "type every 2 weeks; or write both weekdays",
    ),
    (
        &["bimonthly", "bi-monthly", "bi monthly"],
        "twice a month or every two months",
        "type every 2 months; or write both days of the month",
    ),
    (
        &[
            "semimonthly", "semi-monthly", "semi monthly", "bimensuel", "bimensuelle", "bimensual",
            "halbmonatlich",
        ],
        "twice a month, but not on which days",
        "name both days, as in 1st and 15th of each month",
    ),
    (
        &["semiweekly", "semi-weekly", "bihebdomadaire", "bisemanal"],
        "twice a week, but not on which days",
        "name both weekdays, as in Tuesday and Friday",
    ),
    (
        &[
            "biannual", "biannually", "bi-annual", "bi-annually", "biyearly", "bi-yearly", "semiannually",
            "semi-annually", "semiannual", "semi-annual",
        ],
        "twice a year or every two years",
        "name the months, or say every 6 months",
    ),
    (
        &[
            "werktags", "werktaglich", "werktag", "werktage", "werktagen", "wochentags", "wochentag",
            "wochentage", "wochentagen",
        ],
        "Monday to Friday or Monday to Saturday",
        "type montags bis freitags, or montags bis samstags",
    ),
    (
        &["jour ouvrable", "jours ouvrables"],
        "Monday to Friday or Monday to Saturday",
        "type du lundi au vendredi, or du lundi au samedi",
    ),
    (
        &[
            "dia laborable", "dias laborables", "cada dia laborable", "todos los dias laborables",
            "dia habil", "dias habiles", "cada dia habil", "todos los dias habiles", "laborables",
            "los dias laborables", "los dias habiles",
        ],
        "Monday to Friday or Monday to Saturday",
        "type de lunes a viernes, or de lunes a sábado",
    ),
    (
        &[
            "15 jours", "quinze jours", "quinzaine", "tous les 15 jours", "tous les quinze jours",
            "chaque quinzaine", "tous les 15 j", "tous les quinze j", "15 j",
        ],
        FORTNIGHT,
        "type toutes les deux semaines",
    ),
    (
        &[
            "15 dias", "quince dias", "quincenal", "quincenalmente", "quincena", "cada 15 dias",
            "cada quince dias", "cada 15 d", "cada quince d", "cada quincena",
        ],
        FORTNIGHT,
        "type cada dos semanas",
    ),
    (&["cada tercer dia"], "every second or every third day", "type cada dos días, or cada tres días"),
    (&["alle 8 tage", "alle acht tage"], "7 or 8 days", "type jede Woche"),
    (&["tous les 8 jours", "tous les huit jours"], "7 or 8 days", "type toutes les semaines"),
    (&["cada 8 dias", "cada ocho dias"], "7 or 8 days", "type cada semana"),
];

/// Returns the error of a text with a word that people understand in several ways.
pub(super) fn vague(text: &str) -> Option<Vague> {
    let tokens = tokenize(text)?;
    for (phrases, meanings, help) in VAGUE {
        let is_whole = |words: &Vec<Token>| {
            words.len() == tokens.len()
                && words.iter().zip(&tokens).all(|(word, token)| word.text == token.text)
        };
        let is_alone = phrases.iter().filter_map(|phrase| tokenize(phrase)).any(|words| is_whole(&words));
        for phrase in phrases {
            let words = tokenize(phrase)?;
            let is_here =
                |part: &[Token]| part.iter().zip(&words).all(|(token, word)| token.text == word.text);
            if tokens.windows(words.len()).any(is_here) {
                let found = format!("“{phrase}”, which is {meanings}");
                // A text to type has nothing of the rest of the cell.
                let is_kept = is_alone || !help.starts_with("type ");
                let help = if is_kept { help } else { "say in its place which of them it is" };
                let is_fortnight = meanings == FORTNIGHT;
                return Some(Vague { error: RecurrenceError::new(found, help), is_fortnight });
            }
        }
    }
    None
}

/// Returns whether a weekday of two letters is beside a word of another language.
pub(super) fn mixes_languages(text: &str) -> bool {
    tokenize(text).is_some_and(|tokens| lexicon::mixes_languages(&tokens))
}

/// Returns the error of a text that no clause can read.
pub(super) fn unknown(text: &str, grammar: &Grammar<'_>) -> RecurrenceError {
    let reader = grammar.reader;
    let mut known_to = 0;
    for at in 0..reader.len() {
        known_to = reader.meanings(at).iter().map(|(_, end)| *end).fold(known_to, usize::max);
        if let Some(token) = reader.token(at).filter(|token| known_to <= at && token.kind == Kind::Word) {
            return RecurrenceError::new(
                format!("the word “{}”", original(text, &token.text)),
                help::examples(grammar.start),
            );
        }
    }
    if reader.len() == 0 {
        return RecurrenceError::new("no recurrence", help::examples(grammar.start));
    }
    RecurrenceError::new(
        format!("“{}”, which is no single rhythm", text.trim()),
        help::examples(grammar.start),
    )
}

/// Returns a word as the text spells it.
fn original<'t>(text: &'t str, folded: &'t str) -> &'t str {
    let is_it =
        |word: &&str| tokenize(word).is_some_and(|tokens| tokens.len() == 1 && tokens[0].text == folded);
    text.split(|c: char| !c.is_alphabetic()).find(is_it).unwrap_or(folded)
}

/// Returns the error of a text that is two recurrences, if it is.
pub(super) fn two_rhythms(grammar: &Grammar<'_>) -> Option<RecurrenceError> {
    let reader = grammar.reader;
    let before = grammar.drafts(0);
    for (at, before) in before.iter().enumerate().filter(|(_, drafts)| !drafts.is_empty()) {
        for joint in grammar.joints(at).into_iter().filter(|joint| *joint < reader.len()) {
            let after = grammar.drafts(joint).pop().unwrap_or_default();
            let pairs = before.iter().flat_map(|first| after.iter().map(move |second| (first, second)));
            for (first, second) in pairs {
                // `every May 5 and June 6`: the second shares its rhythm with the first.
                let sharing = |draft: &Draft, other: &Draft| {
                    let alone = draft.clone().rule(grammar.start);
                    alone.or_else(|_| {
                        Draft { rhythm: other.rhythm, is_every: other.is_every, ..draft.clone() }
                            .rule(grammar.start)
                    })
                };
                if let (Ok(first), Ok(second)) = (sharing(first, second), sharing(second, first)) {
                    return Some(help::two_rhythms(&first, &second));
                }
            }
        }
    }
    None
}
