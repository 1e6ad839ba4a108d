//! `calcast import` of a folder of Markdown posts: they become articles, with the pictures beside them.

#![expect(clippy::disallowed_methods, reason = "the command line is an edge: the user names the folders")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{print_to_stderr, write_new_file};
use crate::diagnostic::visible;
use crate::read::posts::{self, PostFile};

/// Largest imported file, in bytes.
const MAX_FILE: u64 = 32 << 20;
/// The deepest nesting of folders.
const MAX_DEPTH: usize = 16;

pub(super) fn run(folder: &Path, out: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let mut files = Vec::new();
    collect(folder, MAX_DEPTH, &mut files)?;
    files.sort();
    let (mut articles, mut pictures) = (0, 0);
    let mut dropped: BTreeMap<String, usize> = BTreeMap::new();
    let mut failed = Vec::new();
    let mut drop_some = |what: String, count: usize| *dropped.entry(what).or_default() += count;
    for path in &files {
        let inner = path.strip_prefix(folder).unwrap_or(path);
        let name = inner.to_string_lossy();
        let kind = posts::kind(&name);
        match kind {
            PostFile::Section => drop_some("pages of sections".to_owned(), 1),
            PostFile::Other => {
                let extension = name.rsplit(['.', '/']).next().unwrap_or_default();
                drop_some(format!("files .{extension}"), 1);
            }
            PostFile::Post | PostFile::Beside if fs::metadata(path)?.len() > MAX_FILE => {
                failed.push(format!("{name}: larger than {MAX_FILE} bytes"));
            }
            PostFile::Post | PostFile::Beside => {
                let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
                if kind == PostFile::Beside {
                    write_new_file(&out.join(inner), &bytes)?;
                    pictures += 1;
                    continue;
                }
                match posts::post(&String::from_utf8_lossy(&bytes)) {
                    Ok(post) => {
                        post.dropped.into_iter().for_each(|(name, count)| drop_some(name, count));
                        write_new_file(&out.join(inner).with_extension("md"), post.text.as_bytes())?;
                        articles += 1;
                    }
                    Err(fault) => failed.push(format!("{name}: found {}", fault.found)),
                }
            }
        }
    }
    let mut report = format!("{articles} articles, {pictures} files beside them\n");
    if !dropped.is_empty() {
        report.push_str("left out:\n");
        dropped.iter().for_each(|(name, count)| report.push_str(&format!("  {count} {}\n", visible(name))));
    }
    failed.iter().for_each(|line| report.push_str(&format!("not taken: {line}\n")));
    print_to_stderr(&report);
    Ok(ExitCode::SUCCESS)
}

/// Collects the files below a folder. Links are not followed, so that no file comes from elsewhere.
fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    let failed = |error: io::Error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
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
