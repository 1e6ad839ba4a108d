//! Looks at an address as each program that subscribes does, and says what they trip over.

use super::http_client::{Condition, FetchError, Visit, visit};
use crate::diagnostic::visible;
use crate::model::finding::{Answer, Finding, Program, Weight, once};
use crate::read::{lint, robots};

/// What was found at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What it answered.
    pub answer: Answer,
    /// The programs that would subscribe to it.
    pub programs: &'static [Program],
    /// What they trip over, the worst first.
    pub findings: Vec<Finding>,
}

/// Looks at an address.
///
/// # Errors
/// When it does not answer at all.
pub fn probe(address: &str) -> Result<Probe, FetchError> {
    let first = visit(address, None, &Condition::default())?;
    let programs: &[Program] = if is_feed(&first) { &[Program::Reader] } else { &Program::CALENDARS };
    let mut findings: Vec<Finding> =
        programs.iter().flat_map(|program| as_program(address, *program)).collect();
    findings.extend(of_address(&first, programs));
    findings.extend(again(&first, programs));
    if programs.contains(&Program::Google) {
        findings.extend(kept_out(&first));
        if first.status == 200 {
            findings.extend(lint::calendar(&first.bytes));
        }
    }
    let answer = Answer {
        address: first.address.clone(),
        status: first.status,
        media_type: first.header("content-type").unwrap_or("no type").to_owned(),
        length: first.bytes.len(),
        hops: first.hops,
    };
    Ok(Probe { answer, programs, findings: once(findings) })
}

/// Whether an address has a good answer.
#[must_use]
pub fn is_good(address: &str) -> bool {
    visit(address, None, &Condition::default()).is_ok_and(|visit| visit.status == 200)
}

/// Whether the answer is a feed of articles rather than a calendar, by its type.
fn is_feed(visit: &Visit) -> bool {
    let media_type = visit.header("content-type").unwrap_or_default();
    ["rss", "atom", "feed+json", "text/xml", "application/xml"].iter().any(|part| media_type.contains(part))
}

/// What happens to one program that comes for the first time.
fn as_program(address: &str, program: Program) -> Vec<Finding> {
    let mine = [program];
    let visit = match visit(address, Some(program), &Condition::default()) {
        Ok(visit) => visit,
        Err(why) => return vec![Finding::new(Weight::Fails, &mine, format!("no answer: {why}"))],
    };
    let mut found = Vec::new();
    let mut say = |weight, text: String| found.push(Finding::new(weight, &mine, text));
    match visit.status {
        200 => {}
        401 | 403 => say(
            Weight::Fails,
            format!(
                "the answer is {}: programs cannot log in, and a wall against robots keeps them out as well",
                visit.status
            ),
        ),
        404 | 410 => say(Weight::Fails, format!("the answer is {}: nothing is there", visit.status)),
        other => say(Weight::Fails, format!("the answer is {other}")),
    }
    let media_type = visit.header("content-type").unwrap_or_default().to_ascii_lowercase();
    if visit.status == 200 && program != Program::Reader && !media_type.starts_with("text/calendar") {
        let weight = if program == Program::Outlook { Weight::Fails } else { Weight::Trips };
        say(
            weight,
            format!("the type is \"{}\", and should be text/calendar; charset=utf-8", visible(&media_type)),
        );
    }
    if visit.hops.iter().any(|(_, to)| to.starts_with("http://")) && address.starts_with("https://") {
        say(Weight::Fails, "a redirect leads from https to http".to_owned());
    }
    if visit.hops.len() > 3 {
        say(Weight::Trips, format!("{} redirects, one after the other", visit.hops.len()));
    }
    found
}

/// What the address and its headers say to everybody.
fn of_address(visit: &Visit, programs: &[Program]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut say = |is_so: bool, weight, programs: &[Program], text: &str| {
        if is_so {
            found.push(Finding::new(weight, programs, text));
        }
    };
    let has = |name: &str| visit.header(name).is_some();
    let is_plain = visit.address.starts_with("http://") && !visit.address.starts_with("http://127.");
    say(
        is_plain,
        Weight::Trips,
        programs,
        "the address is http: some programs refuse it, and anybody on the way can change it",
    );
    say(
        visit.address.contains('&'),
        Weight::Trips,
        &[Program::Google],
        "the address has an & in it, where links to calendars are cut off: use a path",
    );
    let is_asked = visit.header("content-encoding").is_some_and(|encoding| encoding != "identity");
    say(is_asked, Weight::Fails, &[Program::Outlook], "the answer is packed for who did not ask for that");
    let charset = visit.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let is_told = charset.contains("charset=utf-8") || visit.bytes.is_ascii();
    say(
        !is_told,
        Weight::Trips,
        &[Program::Outlook],
        "the type names no charset=utf-8, and letters such as é may come out wrong",
    );
    let is_attached = visit.header("content-disposition").is_some_and(|how| how.starts_with("attachment"));
    say(
        is_attached,
        Weight::Trips,
        &[Program::Apple],
        "Content-Disposition: attachment makes browsers download a copy instead of subscribing",
    );
    say(has("set-cookie"), Weight::Note, programs, "it sets a cookie, which no program keeps");
    say(
        !has("etag") && !has("last-modified"),
        Weight::Trips,
        programs,
        "neither ETag nor Last-Modified: everything is sent at every look",
    );
    say(
        has("etag") && !has("last-modified"),
        Weight::Trips,
        &[Program::Apple],
        "no Last-Modified, by which it asks for what is new",
    );
    found.retain(|finding| finding.programs.iter().any(|program| programs.contains(program)));
    found
}

/// What happens at the second look: the same bytes, and 304 to whoever has them.
fn again(first: &Visit, programs: &[Program]) -> Vec<Finding> {
    let mut found = Vec::new();
    if first.status != 200 {
        return found;
    }
    let mut say = |weight, text: String| found.push(Finding::new(weight, programs, text));
    match visit(&first.address, None, &Condition::default()) {
        Ok(second) if second.bytes != first.bytes => {
            let lines = |visit: &Visit| {
                String::from_utf8_lossy(&visit.bytes).lines().map(str::to_owned).collect::<Vec<_>>()
            };
            let (one, other) = (lines(first), lines(&second));
            let odd =
                one.iter().zip(&other).find(|(one, other)| one != other).map(|(_, other)| visible(other));
            let odd = odd.unwrap_or_else(|| format!("{} lines, then {}", one.len(), other.len()));
            say(
                Weight::Trips,
                format!("two answers in a row are not the same ({odd}): each look seems to bring changes"),
            );
        }
        Ok(_) => {}
        Err(why) => say(Weight::Trips, format!("the second request had no answer: {why}")),
    }
    let header = |name: &str| first.header(name).map(str::to_owned);
    let conditions = [
        ("If-None-Match", Condition { tag: header("etag"), modified: None }),
        ("If-Modified-Since", Condition { tag: None, modified: header("last-modified") }),
    ];
    for (name, condition) in conditions {
        if condition.tag.is_none() && condition.modified.is_none() {
            continue;
        }
        let status = visit(&first.address, None, &condition).map(|visit| visit.status);
        if status != Ok(304) {
            let got = status.map_or_else(|why: FetchError| why.to_string(), |status| status.to_string());
            say(
                Weight::Trips,
                format!("{name} is answered with {got} and not with 304: everything is sent at every look"),
            );
        }
    }
    found
}

/// Whether robots.txt keeps Google out: it obeys that for calendars as well (RFC 9309).
fn kept_out(first: &Visit) -> Vec<Finding> {
    let (scheme, rest) = first.address.split_once("://").unwrap_or(("https", ""));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let Ok(answer) =
        visit(&format!("{scheme}://{host}/robots.txt"), Some(Program::Google), &Condition::default())
    else {
        return vec![Finding::new(
            Weight::Trips,
            &[Program::Google],
            "robots.txt has no answer, and nothing is fetched until it has one",
        )];
    };
    if answer.status >= 500 {
        let text = format!("robots.txt answers {}, and nothing is fetched until it does not", answer.status);
        return vec![Finding::new(Weight::Fails, &[Program::Google], text)];
    }
    let is_kept_out =
        answer.status == 200 && !robots::allows(&String::from_utf8_lossy(&answer.bytes), &format!("/{path}"));
    let text = "robots.txt forbids the address, and that is obeyed for calendars: allow it";
    is_kept_out.then(|| Finding::new(Weight::Fails, &[Program::Google], text)).into_iter().collect()
}
