//! What calcast is built of: licences that go together with its own, and no crate twice without a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::site::in_repository;

/// Licences that ask for no more than to be named, or (MPL) for changes to their own files.
const ALLOWED: [&str; 13] = [
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "CDLA-Permissive-2.0", "ISC",
    "MIT", "MPL-2.0", "Unicode-3.0", "Unlicense", "Zlib",
];
/// Crates of which there are several versions: small ones, of which others ask for older ones.
const SEVERAL: [&str; 7] = ["crypto-common", "digest", "getrandom", "phf", "phf_shared", "quick-xml", "syn"];

/// Name, version and licence of every crate that is built here.
fn crates() -> Vec<(String, String, String)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version", "1"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(in_repository("."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let all: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let nodes = all["resolve"]["nodes"].as_array().unwrap();
    let built: BTreeSet<&str> = nodes.iter().map(|node| node["id"].as_str().unwrap()).collect();
    let packages = all["packages"].as_array().unwrap().iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let built = packages.filter(|package| built.contains(package["id"].as_str().unwrap()));
    built
        .map(|package| (text(&package["name"]), text(&package["version"]), text(&package["license"])))
        .collect()
}

/// Whether an SPDX expression can be met with what is allowed.
fn is_allowed(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], "").replace('/', " OR ");
    plain.split(" AND ").all(|part| {
        part.split(" OR ").any(|one| {
            let name = one.split(" WITH ").next().unwrap_or_default().trim();
            ALLOWED.contains(&name)
        })
    })
}

#[test]
fn every_licence_goes_together_with_ours() {
    let crates = crates();
    assert!(crates.len() > 100, "{}", crates.len());
    let strange: Vec<_> = crates.iter().filter(|(_, _, licence)| !is_allowed(licence)).collect();
    assert!(strange.is_empty(), "{strange:?}");
    assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0") && is_allowed("GPL-3.0 OR MIT"));
    assert!(!is_allowed("GPL-3.0") && !is_allowed("MIT AND GPL-3.0") && !is_allowed(""));
}

#[test]
fn no_crate_is_there_twice_without_a_reason() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, version, _) in crates() {
        versions.entry(name).or_default().insert(version);
    }
    let several: Vec<&str> =
        versions.iter().filter(|(_, versions)| versions.len() > 1).map(|(name, _)| name.as_str()).collect();
    assert_eq!(several, SEVERAL);
}
