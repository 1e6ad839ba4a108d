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
use crate::read;
use crate::read::posts::post;

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
    for path in &files {
        let inner = path.strip_prefix(folder).unwrap_or(path);
        let name = inner.to_string_lossy();
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        let is_post = matches!(ending.as_deref(), Some("md" | "markdown"));
        if !is_post && read::media_type(&name).is_none() {
            *dropped.entry(format!("files .{}", ending.unwrap_or_default())).or_default() += 1;
            continue;
        }
        if fs::metadata(path)?.len() > LARGEST {
            told.push(format!("{name}: larger than {LARGEST} bytes"));
            continue;
        }
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        if !is_post {
            place(&out.join(inner), &bytes)?;
            beside += 1;
            continue;
        }
        // Of a section Hugo and Zola have a page that is no post.
        if inner.file_stem().is_some_and(|stem| stem == "_index") {
            *dropped.entry("pages of sections".to_owned()).or_default() += 1;
            continue;
        }
        let text = String::from_utf8_lossy(&bytes);
        match post(&text) {
            Ok(taken) => {
                taken
                    .dropped
                    .into_iter()
                    .for_each(|(name, count)| *dropped.entry(name).or_default() += count);
                place(&out.join(inner).with_extension("md"), taken.text.as_bytes())?;
                posts += 1;
            }
            Err(fault) => told.push(format!("{name}: found {}", fault.found)),
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
