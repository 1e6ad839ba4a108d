//! No import cycles between the files of `src`.
//!
//! A file depends on the modules that it imports or names by a path. A module may use its own parent. Modules of tests
//! do not count.

use std::collections::{BTreeMap, BTreeSet};

use crate::tidy::{Source, planted, sources};

/// The cycles that remain. A listed cycle may only get smaller.
const REMAINING: &[&[&str]] = &[];

/// The modules that each module uses, by their paths below the crate.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// Returns the path of a file's module, such as `read::sheet` for `src/read/sheet/mod.rs`.
fn module(path: &str) -> Option<String> {
    let inner = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    let inner = inner.strip_suffix("/mod").unwrap_or(inner);
    (!matches!(inner, "lib" | "main")).then(|| inner.replace('/', "::"))
}

/// Returns the code of a file in one line, without comments and without its module of tests.
fn code(source: &Source) -> String {
    let mut code = String::new();
    for line in source.text.lines() {
        if line.trim() == "#[cfg(test)]" {
            break;
        }
        code.push_str(line.split("//").next().unwrap_or_default());
        code.push(' ');
    }
    code
}

/// Expands `a::{b, c::{d, e}}` into the paths it stands for.
fn expand(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((prefix, inner)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap_or(tree).to_owned()];
    };
    let inner = inner.strip_suffix('}').unwrap_or(inner);
    let (mut depth, mut start, mut paths) = (0, 0, Vec::new());
    for (at, letter) in inner.char_indices().chain([(inner.len(), ',')]) {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inner[start..at].trim().is_empty() {
                    paths.extend(expand(&format!("{prefix}{}", inner[start..at].trim())));
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    paths
}

/// Returns the paths that a file imports with `use`, and those that begin with `crate` or `super` elsewhere.
fn paths(code: &str) -> Vec<String> {
    let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
    let statements = code.split(';').filter_map(|statement| {
        let (before, tree) = statement.rsplit_once("use ")?;
        (before.is_empty() || before.ends_with([' ', '}'])).then_some(tree)
    });
    let named = ["crate::", "super::"].into_iter().flat_map(|start| code.match_indices(start));
    let named = named.map(|(at, _)| code[at..].split(|c| !is_path(c)).next().unwrap_or_default().to_owned());
    statements.flat_map(expand).chain(named).collect()
}

/// Returns a path that a file names as a path below the crate.
fn absolute(path: &str, file: &Source) -> String {
    let module = module(&file.path).unwrap_or_default();
    let mut base: Vec<&str> = module.split("::").collect();
    let mut parts: Vec<&str> = path.split("::").map(str::trim).filter(|part| !part.is_empty()).collect();
    match parts.first() {
        Some(&"crate") => return parts[1..].join("::"),
        Some(&"self") => _ = parts.remove(0),
        Some(&"super") => {
            while parts.first() == Some(&"super") {
                base.pop();
                parts.remove(0);
            }
        }
        _ if file.path.ends_with("/mod.rs") => {}
        _ => return path.to_owned(),
    }
    base.extend(parts);
    base.join("::")
}

fn graph(files: &[Source]) -> Graph {
    let modules: BTreeSet<String> = files.iter().filter_map(|file| module(&file.path)).collect();
    let mut graph = Graph::new();
    for file in files {
        let Some(module) = module(&file.path) else { continue };
        let used = graph.entry(module.clone()).or_default();
        for path in paths(&code(file)) {
            let path = absolute(&path, file);
            let mut target = path.as_str();
            while !modules.contains(target) {
                let Some((parent, _)) = target.rsplit_once("::") else { break };
                target = parent;
            }
            let is_parent = module.strip_prefix(target).is_some_and(|rest| rest.starts_with("::"));
            if modules.contains(target) && target != module && !is_parent {
                used.insert(target.to_owned());
            }
        }
    }
    graph
}

/// Returns everything that a module uses, directly or not.
fn reached<'a>(graph: &'a Graph, module: &'a str) -> BTreeSet<&'a str> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![module]);
    while let Some(module) = next.pop() {
        let used = graph.get(module).into_iter().flatten().map(String::as_str);
        next.extend(used.filter(|used| reached.insert(*used)));
    }
    reached
}

/// Returns the modules that use each other, directly or not, in groups.
fn cycles(graph: &Graph) -> BTreeSet<Vec<&str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|module| (module.as_str(), reached(graph, module))).collect();
    let mut cycles = BTreeSet::new();
    for (module, used) in reached.iter().filter(|(module, used)| used.contains(*module)) {
        cycles.insert(used.iter().copied().filter(|other| reached[other].contains(module)).collect());
    }
    cycles
}

#[test]
fn files_do_not_import_each_other() {
    let files: Vec<Source> = sources().into_iter().filter(|file| file.path.starts_with("src/")).collect();
    let graph = graph(&files);
    assert!(graph.values().map(BTreeSet::len).sum::<usize>() > 300, "the imports are not found any more");
    let is_known =
        |cycle: &Vec<&str>| REMAINING.iter().any(|known| cycle.iter().all(|file| known.contains(file)));
    let new: Vec<Vec<&str>> = cycles(&graph).into_iter().filter(|cycle| !is_known(cycle)).collect();
    assert_eq!(new, Vec::<Vec<&str>>::new());
}

#[test]
fn a_cycle_is_found() {
    let found = |files: &[(&str, &str)]| {
        let files: Vec<Source> = files.iter().map(|(path, text)| planted(path, text)).collect();
        let graph = graph(&files);
        cycles(&graph).into_iter().map(|cycle| cycle.join(" ")).collect::<Vec<String>>()
    };
    let two = [
        ("src/a/mod.rs", "mod b;\nmod c;\n"),
        ("src/a/b.rs", "pub(crate) use super::{\n    c::{D, E as F},\n    G,\n};\n"),
        ("src/a/c.rs", "fn f() -> crate::a::b::H {}\n"),
    ];
    assert_eq!(found(&two), ["a::b a::c"]);
    // A child may use its parent; tests and comments are no imports.
    assert_eq!(found(&[("src/a/mod.rs", "use b::C;\n"), ("src/a/b.rs", "use super::D;\n")]), [""; 0]);
    let tests = "// crate::a::b\n#[cfg(test)]\nmod tests {\n    use super::super::b::A;\n}\n";
    assert_eq!(found(&[("src/a/c.rs", tests), ("src/a/b.rs", "use super::c::A;\n")]), [""; 0]);
}
