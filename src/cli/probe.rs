//! `calcast probe`: fetches a calendar as calendar programs do, and says what each would trip over.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;

use super::{FAULTY, print};
use crate::diagnostic::visible;
use crate::read::lint::{self, Finding, Program, Weight};
use crate::source::visit::{Condition, NoAnswer, Visit, visit};

#[derive(Args, Debug)]
pub(super) struct ProbeArguments {
    /// The address of a calendar or a feed
    #[arg(value_name = "URL")]
    address: String,
    /// Ask once, print nothing, and say by the exit code whether there is a good answer (for health checks)
    #[arg(long)]
    quick: bool,
}

pub(super) fn run(arguments: &ProbeArguments) -> Result<ExitCode, Box<dyn Error>> {
    let address = arguments.address.replacen("webcal://", "https://", 1);
    if !address.starts_with("http://") && !address.starts_with("https://") {
        return Err(format!(
            "{}: expected an address such as https://calendar.example.org/calendar.ics",
            arguments.address
        )
        .into());
    }
    if arguments.quick {
        let is_good = visit(&address, None, &Condition::default()).is_ok_and(|visit| visit.status == 200);
        return Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::from(FAULTY) });
    }
    let mut findings = Vec::new();
    let first = visit(&address, None, &Condition::default()).map_err(|why| format!("{address}: {why}"))?;
    let programs: &[Program] = if is_feed(&first) { &[Program::Reader] } else { &Program::CALENDARS };
    for program in programs {
        findings.extend(as_program(&address, *program));
    }
    findings.extend(of_address(&first, programs));
    findings.extend(again(&first, programs));
    findings.extend(robots(&first, programs));
    if programs.contains(&Program::Google) && first.status == 200 {
        findings.extend(lint::calendar(&first.bytes));
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.weight));
    let mut once: Vec<Finding> = Vec::new();
    for finding in findings {
        match once.iter_mut().find(|known| known.text == finding.text) {
            Some(known) => known.programs.extend(finding.programs),
            None => once.push(finding),
        }
    }
    print(&report(&first, programs, &once))?;
    let worst = once.iter().map(|finding| finding.weight).max();
    Ok(if worst >= Some(Weight::Trips) { ExitCode::from(FAULTY) } else { ExitCode::SUCCESS })
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
            let got = status.map_or_else(|why: NoAnswer| why.to_string(), |status| status.to_string());
            say(
                Weight::Trips,
                format!("{name} is answered with {got} and not with 304: everything is sent at every look"),
            );
        }
    }
    found
}

/// Whether robots.txt keeps Google out: it obeys that for calendars as well (RFC 9309).
fn robots(first: &Visit, programs: &[Program]) -> Vec<Finding> {
    if !programs.contains(&Program::Google) {
        return Vec::new();
    }
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
        answer.status == 200 && !allows(&String::from_utf8_lossy(&answer.bytes), &format!("/{path}"));
    let text = "robots.txt forbids the address, and that is obeyed for calendars: allow it";
    is_kept_out.then(|| Finding::new(Weight::Fails, &[Program::Google], text)).into_iter().collect()
}

/// Whether a robots.txt lets Google's importer at a path: the longest rule of its group counts (RFC 9309 §2.2.2).
fn allows(text: &str, path: &str) -> bool {
    let (mut is_named, mut is_head) = (false, false);
    // The group of its own name, if there is one, or that of everybody.
    let mut groups: [Option<(usize, bool)>; 2] = [None, None];
    let mut at = None;
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let Some((key, value)) = line.split_once(':') else { continue };
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        if key == "user-agent" {
            if !is_head {
                at = None;
            }
            is_head = true;
            let name = value.to_ascii_lowercase();
            match name.as_str() {
                "*" => at = at.or(Some(1)),
                name if name.starts_with("google") => (at, is_named) = (Some(0), true),
                _ => {}
            }
        } else if let ("allow" | "disallow", Some(group)) = (key.as_str(), at) {
            is_head = false;
            let rule = value.trim_end_matches('*');
            let is_longer = groups[group].is_none_or(|(length, _)| rule.len() >= length);
            if !value.is_empty() && path.starts_with(rule) && is_longer {
                groups[group] = Some((rule.len(), key == "allow"));
            }
        } else {
            is_head = false;
        }
    }
    let group = if is_named { groups[0] } else { groups[1] };
    group.is_none_or(|(_, is_allowed)| is_allowed)
}

fn report(first: &Visit, programs: &[Program], findings: &[Finding]) -> String {
    let mut text = format!(
        "{}: {}, {}, {} bytes\n",
        first.address,
        first.status,
        visible(first.header("content-type").unwrap_or("no type")),
        first.bytes.len()
    );
    for (status, to) in &first.hops {
        text.push_str(&format!("  {status} leads to {}\n", visible(to)));
    }
    for program in programs {
        let own: Vec<&Finding> =
            findings.iter().filter(|finding| finding.programs.contains(program)).collect();
        let verdict = match own.iter().map(|finding| finding.weight).max() {
            Some(Weight::Fails) => "will not work, or shows wrong things",
            Some(Weight::Trips) => "works, with trouble",
            Some(Weight::Note) | None => "works",
        };
        text.push_str(&format!("\n{}: {verdict}\n", program.name()));
        for finding in own {
            let mark = match finding.weight {
                Weight::Fails => "error",
                Weight::Trips => "warning",
                Weight::Note => "note",
            };
            text.push_str(&format!("  {mark}: {}\n", finding.text));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::allows;

    #[test]
    fn robots_are_let_in_as_they_read_it() {
        let path = "/calendar.ics";
        assert!(allows("", path) && allows("User-agent: *\nDisallow:\n", path));
        assert!(!allows("User-agent: *\nDisallow: /\n", path));
        assert!(allows("User-agent: *\nDisallow: /\nAllow: /calendar\n", path));
        assert!(!allows(
            "User-agent: Googlebot\nUser-agent: Bing\nDisallow: /cal*\n\nUser-agent: *\nAllow: /\n",
            path
        ));
        assert!(allows("User-agent: Bing\nDisallow: /\n", path));
    }
}
