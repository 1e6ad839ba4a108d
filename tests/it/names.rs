//! Names that gave way to standard terms do not come back.
//!
//! Ordinary words are retired only in the folder where they meant something of their own.

use crate::tidy::{Source, all_faults, code_lines, planted};

/// The retired names below a path: of files, types and functions.
struct Retired {
    below: &'static str,
    files: &'static [&'static str],
    types: &'static [&'static str],
    functions: &'static [&'static str],
}

const RETIRED: &[Retired] = &[
    Retired {
        below: "src/",
        files: &["hands", "passage", "glance", "house", "words"],
        types: &["Passage", "Known", "House"],
        functions: &[],
    },
    Retired {
        below: "src/serve/",
        files: &[
            "chair", "seats", "patience", "streams", "line", "house", "desk", "rounds", "gather", "quick",
        ],
        types: &[
            "Chair", "Seats", "Seat", "Spare", "Call", "Patience", "Wait", "Pace", "UnderWay", "House",
            "Desk", "Terms", "Heard", "Ended", "Taken", "Office", "Long", "Said", "Asked", "Answered",
            "Supervisor",
        ],
        functions: &[
            "make_room", "is_chatter", "owe", "give", "gather", "rounds", "usual", "hear", "farewell",
            "tell", "desks", "turn_to", "keep", "lacking", "say", "beat",
        ],
    },
    Retired {
        below: "src/publish/",
        files: &[
            "stock", "sorted", "places", "lately", "printing", "contents", "lack", "edition", "warm",
            "heads", "agendas",
        ],
        types: &["Stock", "Sorted", "OfTag", "Places", "Lately", "Shown", "Agendas", "Lack", "Edition"],
        functions: &["warm", "contents"],
    },
    Retired {
        below: "src/render/",
        files: &["paper", "choice", "outline"],
        types: &["Paper", "Choice", "Outline"],
        functions: &[],
    },
    Retired {
        below: "src/source/",
        files: &[
            "press", "proof", "draft", "standard", "look", "hub", "errand", "notice", "visit", "library",
            "news",
        ],
        types: &[
            "Press", "Proof", "Draft", "Standard", "Kept", "Look", "Errand", "Notice", "Library", "News",
            "Guard",
        ],
        functions: &["visit"],
    },
    Retired {
        below: "src/read/",
        files: &[
            "standing", "crew", "parties", "registrar", "cut", "vanished", "unnamed", "complaints",
            "assumed", "twins", "manuscript", "reckoning", "written", "rhythm", "placed", "torn", "shelf",
        ],
        types: &[
            "Stood", "Keeping", "Mark", "Sense", "Checked", "Entry", "Batch", "Held", "Roll", "Manuscript",
            "Reckoning", "ZoneBook", "Stretch", "Torn", "Room", "TagBook", "Shelf",
        ],
        functions: &["squashed"],
    },
    Retired {
        below: "src/model/",
        files: &["codec", "facts", "frame", "memory", "near", "placed", "seen", "written"],
        types: &["Facts", "Looker", "Memory", "NoRoute", "Placed", "Seen", "Touched", "Weight", "Written"],
        functions: &["of"],
    },
    Retired {
        below: "src/history/",
        files: &["codec", "facts", "memory", "seen", "written"],
        types: &["Facts", "Looker", "Seen", "Touched", "Written"],
        functions: &["of"],
    },
    Retired {
        below: "src/export/",
        files: &["manners", "pretend", "note", "turn"],
        types: &["Manners", "Pretend", "Turn", "Entry"],
        functions: &[],
    },
    Retired { below: "src/cli/", files: &["dress"], types: &["Dress", "Desk"], functions: &[] },
];

/// Returns the name that a line defines with one of these keywords.
fn defined<'a>(line: &'a str, keywords: &[&str]) -> Option<&'a str> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words.iter().position(|word| keywords.contains(word))?;
    let is_modifier = |word: &&str| {
        word.starts_with("pub") || matches!(*word, "in" | "const" | "async") || word.ends_with(')')
    };
    words[..at].iter().all(is_modifier).then_some(())?;
    words.get(at + 1)?.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

fn retired(source: &Source) -> Vec<String> {
    let mut faults = Vec::new();
    let path = source.path.trim_end_matches(".rs").trim_end_matches("/mod");
    for names in RETIRED.iter().filter(|names| source.path.starts_with(names.below)) {
        let inner = path.strip_prefix(names.below).unwrap_or_default();
        if inner.split('/').any(|part| names.files.contains(&part)) {
            faults.push(format!("{}: the name of the file is retired", source.path));
        }
        for (number, line) in code_lines(source) {
            let type_name = defined(line, &["struct", "enum", "trait", "type", "union"])
                .filter(|name| names.types.contains(name));
            let function = defined(line, &["fn"]).filter(|name| names.functions.contains(name));
            for name in type_name.into_iter().chain(function) {
                faults.push(format!("{}:{number}: {name} is retired", source.path));
            }
        }
    }
    faults
}

#[test]
fn retired_names_stay_retired() {
    assert_eq!(all_faults(retired), Vec::<String>::new());
    let faults = |path, text| retired(&planted(path, text)).len();
    assert_eq!(faults("src/hands.rs", ""), 1);
    assert_eq!(faults("src/model/hands/mod.rs", ""), 1);
    assert_eq!(faults("src/source/press.rs", "impl A {\n    pub async fn visit(&self) {}\n}\n"), 2);
    assert_eq!(faults("src/render/press.rs", "fn visit() {}\n"), 0);
    assert_eq!(faults("src/a.rs", "pub(crate) struct Known<'a>(&'a str);\n"), 1);
    assert_eq!(faults("src/a.rs", "// struct Known\nlet known = Known;\n"), 0);
}
