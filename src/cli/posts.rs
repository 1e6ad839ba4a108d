//! `calcast import` of a folder of posts: they become articles, with their pictures beside them.

#![expect(
    clippy::disallowed_methods,
    reason = "the command line is an edge: the folders are those that a person names"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::import::write_new;
use crate::diagnostic::visible;
use crate::read::posts::{Kind, kind, post};

/// The largest file that is taken over, in bytes.
const LARGEST: u64 = 32 << 20;
/// How deep folders may be nested.
const DEEPEST: usize = 16;

pub(super) fn run(folder: &Path, out: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let mut files = Vec::new();
    collect(folder, DEEPEST, &mut files)?;
    files.sort();
    let (mut posts, mut beside) = (0, 0);
    let mut dropped: BTreeMap<String, usize> = BTreeMap::new();
    let mut told = Vec::new();
    let mut leave = |what: String, count: usize| *dropped.entry(what).or_default() += count;
    for path in &files {
        let inner = path.strip_prefix(folder).unwrap_or(path);
        let name = inner.to_string_lossy();
        let kind = kind(&name);
        match kind {
            Kind::Section => leave("pages of sections".to_owned(), 1),
            Kind::Other => leave(format!("files .{}", name.rsplit(['.', '/']).next().unwrap_or_default()), 1),
            Kind::Post | Kind::Beside if fs::metadata(path)?.len() > LARGEST => {
                told.push(format!("{name}: larger than {LARGEST} bytes"));
            }
            Kind::Post | Kind::Beside => {
                let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
                if kind == Kind::Beside {
                    place(&out.join(inner), &bytes)?;
                    beside += 1;
                    continue;
                }
                match post(&String::from_utf8_lossy(&bytes)) {
                    Ok(taken) => {
                        taken.dropped.into_iter().for_each(|(name, count)| leave(name, count));
                        place(&out.join(inner).with_extension("md"), taken.text.as_bytes())?;
                        posts += 1;
                    }
                    Err(fault) => told.push(format!("{name}: found {}", fault.found)),
                }
            }
        }
    }
    let mut report = format!("{posts} articles, {beside} files beside them\n");
    if !dropped.is_empty() {
        report.push_str("left out:\n");
        dropped.iter().for_each(|(name, count)| report.push_str(&format!("  {count} {}\n", visible(name))));
    }
    told.iter().for_each(|line| report.push_str(&format!("not taken: {line}\n")));
    // With stderr closed there is nobody left to tell.
    let _ = io::stderr().lock().write_all(report.as_bytes());
    Ok(ExitCode::SUCCESS)
}

fn place(path: &Path, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    write_new(path, bytes)
}

/// The files below a folder; links are not followed, so that nothing comes from elsewhere.
fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    let told = |error: io::Error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(told)? {
        let entry = entry.map_err(told)?;
        let kind = entry.file_type().map_err(told)?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if kind.is_dir() && depth > 0 {
            collect(&entry.path(), depth - 1, files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}
