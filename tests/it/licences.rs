//! Dependencies: compatible licences, and no crate in two versions without a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::site::in_repository;

/// Licences that require attribution only, or (MPL) the publication of changes to their files.
const ALLOWED: [&str; 13] = [
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "CDLA-Permissive-2.0", "ISC",
    "MIT", "MPL-2.0", "Unicode-3.0", "Unlicense", "Zlib",
];
/// Small crates in several versions, because dependencies require older ones.
const SEVERAL: [&str; 7] = ["crypto-common", "digest", "getrandom", "phf", "phf_shared", "quick-xml", "syn"];

/// Returns name, version and licence of every crate in the build.
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

/// Returns whether an SPDX expression is satisfied by allowed licences.
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
fn licences_are_compatible() {
    let crates = crates();
    assert!(crates.len() > 100, "{}", crates.len());
    let incompatible: Vec<_> = crates.iter().filter(|(_, _, licence)| !is_allowed(licence)).collect();
    assert!(incompatible.is_empty(), "{incompatible:?}");
    assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0") && is_allowed("GPL-3.0 OR MIT"));
    assert!(!is_allowed("GPL-3.0") && !is_allowed("MIT AND GPL-3.0") && !is_allowed(""));
}

#[test]
fn no_crate_has_two_versions_without_a_reason() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, version, _) in crates() {
        versions.entry(name).or_default().insert(version);
    }
    let several: Vec<&str> =
        versions.iter().filter(|(_, versions)| versions.len() > 1).map(|(name, _)| name.as_str()).collect();
    assert_eq!(several, SEVERAL);
}
