//! A slow and simple reader to compare with: it lists every way to give each token of a text one role, in the orders of
//! [`RULES`], and what each way means. It shares no code with the reader under test.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use calcast::dates::order::DateOrder;

use crate::date_atoms::Role;
use crate::date_meaning::add_meanings;
use crate::date_tokens::Tokens;

/// The orders of roles: each has a name and a pattern of atoms, `<rules>`, alternatives and optional parts. The atoms
/// are in [`Tokens::atom`]; `F` stands for up to three words without a meaning of their own.
const RULES: &[(&str, &str)] = &[
    ("yr", "( , | . | - | / )? F '? y"),
    (
        "named",
        "D ( - | / )? F L ( <yr> )? | L ( - | / )? F D ( <yr> )? | y4 ( , | - | / | . )? L ( - | / )? D",
    ),
    ("iso", "y4 / m / d | y4 =. m . d | y4 - m - d | y4 m d | c"),
    ("df", "O d / m ( / '? y )? | O d . m ( . '? y )? ( =. )? | O d - m ( - '? y )? | O d m y"),
    ("mf", "O m / d ( / '? y )? | O m . d ( . '? y )? ( =. )? | O m - d ( - '? y )? | O m d y"),
    ("yf", "O y2 / m / d | O y2 . m . d | O y2 - m - d | O y2 m d"),
    ("yh", "O y2 - m - d"),
    ("nth", "i W F L <yr>"),
    ("core", "<named> | <iso> | <nth> | <numeric>"),
    ("day", "F <core> ( ,? W | [ W ] )? | F W ,? F <core>"),
    ("part", "<day> | F ( W ,? F )? D ( ,? F ( ' y | y4 ) | ( / | . | - ) y4 )?"),
    ("minutes", "h =: g ( =: s ( =. f )? )? U? k? | h =. g U? | t U? | x | h U ( n min? )? | h k? | h"),
    ("spoken", "q w U? | q X | w U? v | e U? k? | e N | X v? | h U? X | h =: g U? X"),
    ("time", "@? F ( <minutes> | <spoken> ) ( ( , | : )? F p )?"),
    ("zone", "Z | [ Z ]"),
    ("clock", "from? <time> ( to <time> )? <zone>? | between <time> and <time> <zone>? | <time> open"),
    ("sep", "( , | ; | - )? F"),
    ("stamp", "<day> <sep> from? <time> <zone>? | <day> T <minutes> ( F p )? <zone>?"),
    ("days", "from? <part> ( to | and | slash ) <part>"),
    (
        "at",
        "from? <day> | from? <day> <sep> <clock> | <day> T <minutes> ( F p )? <zone>? | \
         <clock> ( , | - )? F <day> | from? <stamp> to <stamp>",
    ),
    ("moment", "( <at> | <days> | <clock> ) ( . | , | ; )?"),
    ("times", "<clock> ( . | , | ; )?"),
];

/// A part of a rule.
enum Pattern {
    Atom(&'static str),
    Maybe(Vec<Pattern>),
    Either(Vec<Vec<Pattern>>),
}

/// Parses the pattern of a rule, in which `<numeric>` is the rule of an order.
fn compile(rule: &str, numeric: &str) -> Vec<Pattern> {
    let name = if rule == "numeric" { numeric } else { rule };
    let text = RULES.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text);
    let items: Vec<&'static str> = text.split_whitespace().collect();
    alternatives(&mut items.as_slice(), numeric)
}

fn alternatives(items: &mut &[&'static str], numeric: &str) -> Vec<Pattern> {
    let (mut all, mut one) = (Vec::new(), Vec::new());
    while let Some((item, rest)) = items.split_first() {
        *items = rest;
        let (item, is_optional) = item.strip_suffix('?').map_or((*item, false), |item| (item, true));
        match item {
            ")" => {
                all.push(std::mem::take(&mut one));
                let inner = vec![Pattern::Either(all)];
                return if is_optional { vec![Pattern::Maybe(inner)] } else { inner };
            }
            "|" => all.push(std::mem::take(&mut one)),
            "(" => one.extend(alternatives(items, numeric)),
            _ => {
                let rule = item.strip_prefix('<').and_then(|item| item.strip_suffix('>'));
                let inner = rule.map_or_else(|| vec![Pattern::Atom(item)], |rule| compile(rule, numeric));
                if is_optional { one.push(Pattern::Maybe(inner)) } else { one.extend(inner) }
            }
        }
    }
    all.push(one);
    vec![Pattern::Either(all)]
}

/// The patterns of a whole cell in which numeric dates have one order.
struct Grammar {
    patterns: Vec<Pattern>,
    order: DateOrder,
}

/// The grammars of whole cells, at the number of their order; the last one has the year first only between hyphens.
static MOMENTS: LazyLock<[Grammar; 4]> = LazyLock::new(|| {
    let rules = [
        ("df", DateOrder::DayFirst),
        ("mf", DateOrder::MonthFirst),
        ("yf", DateOrder::YearFirst),
        ("yh", DateOrder::YearFirst),
    ];
    rules.map(|(numeric, order)| Grammar { patterns: compile("moment", numeric), order })
});
static TIMES: LazyLock<Grammar> =
    LazyLock::new(|| Grammar { patterns: compile("times", "df"), order: DateOrder::DayFirst });

/// Returns each list of roles in which patterns match tokens from `at`, and the index of the token after them.
fn matches(tokens: &Tokens, patterns: &[Pattern], at: usize) -> Vec<(Vec<Role>, usize)> {
    let mut states = vec![(Vec::new(), at)];
    for pattern in patterns {
        let mut next: Vec<(Vec<Role>, usize)> = Vec::new();
        for (roles, at) in states {
            let found: Vec<(Vec<Role>, usize)> = match pattern {
                Pattern::Atom(atom) => tokens
                    .atom(atom, at)
                    .into_iter()
                    .map(|(role, end)| (role.into_iter().collect(), end))
                    .collect(),
                Pattern::Maybe(inner) => {
                    [(Vec::new(), at)].into_iter().chain(matches(tokens, inner, at)).collect()
                }
                Pattern::Either(all) => all.iter().flat_map(|one| matches(tokens, one, at)).collect(),
            };
            for (more, end) in found {
                let state = (roles.iter().copied().chain(more).collect(), end);
                if !next.contains(&state) {
                    next.push(state);
                }
            }
        }
        states = next;
    }
    states
}

impl Grammar {
    /// Returns every meaning of all tokens of a text.
    fn meanings(&self, tokens: &Tokens) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (roles, end) in matches(tokens, &self.patterns, 0) {
            if end == tokens.count() {
                add_meanings(&roles, self.order, &mut found);
            }
        }
        found
    }
}

/// Returns every meaning of a cell in an order; if it has none, every meaning in all orders, with the year first only
/// between hyphens.
pub fn moments(text: &str, order: DateOrder) -> BTreeSet<String> {
    let tokens = Tokens::new(text);
    let by = |index: usize| MOMENTS[index].meanings(&tokens);
    let found = by(order as usize);
    if found.is_empty() { [0, 1, 3].into_iter().flat_map(by).collect() } else { found }
}

/// Returns every meaning of a time of day.
pub fn times(text: &str) -> BTreeSet<String> {
    TIMES.meanings(&Tokens::new(text))
}
