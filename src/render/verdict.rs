//! What a probe found, in plain l10n: a verdict for each program.

use crate::diagnostic::visible;
use crate::model::finding::{Answer, Finding, Program, Weight};

/// The verdicts.
#[must_use]
pub fn verdict(answer: &Answer, programs: &[Program], findings: &[Finding]) -> String {
    let Answer { address, status, media_type, length, hops } = answer;
    let mut text = format!("{address}: {status}, {}, {length} bytes\n", visible(media_type));
    for (status, to) in hops {
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
