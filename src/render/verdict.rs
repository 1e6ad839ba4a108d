//! The findings of a probe as text: a verdict for each calendar program.

use crate::diagnostic::{Severity, visible};
use crate::model::finding::{Answer, ClientProgram, Finding};

/// Formats the response, then the verdict and the findings of each program.
#[must_use]
pub fn verdict(answer: &Answer, programs: &[ClientProgram], findings: &[Finding]) -> String {
    let Answer { address, status, media_type, length, hops } = answer;
    let mut text = format!("{address}: {status}, {}, {length} bytes\n", visible(media_type));
    for (status, to) in hops {
        text.push_str(&format!("  {status} leads to {}\n", visible(to)));
    }
    for program in programs {
        let own: Vec<&Finding> =
            findings.iter().filter(|finding| finding.programs.contains(program)).collect();
        let verdict = match own.iter().map(|finding| finding.severity).min() {
            Some(Severity::Error) => "will not work, or shows wrong things",
            Some(Severity::Warning) => "works, with trouble",
            Some(Severity::Note) | None => "works",
        };
        text.push_str(&format!("\n{}: {verdict}\n", program.name()));
        for finding in own {
            text.push_str(&format!("  {}: {}\n", finding.severity, finding.text));
        }
    }
    text
}
