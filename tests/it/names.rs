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

const RETIRED: &[Retired] =
    &[Retired { below: "src/", files: &["hands", "passage"], types: &["Passage"], functions: &[] }];

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
    assert_eq!(faults("src/model/passage/mod.rs", ""), 1);
    assert_eq!(faults("src/a.rs", "pub(crate) struct Passage<'a>(&'a str);\n"), 1);
    assert_eq!(faults("src/a.rs", "// struct Passage\nlet passage = Passage;\n"), 0);
}
