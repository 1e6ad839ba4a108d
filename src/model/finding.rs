//! Problems that subscribing programs have with a published address, as `calcast probe` reports them.

use crate::diagnostic::Severity;

/// A program that subscribes to calendars or feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientProgram {
    /// Google Calendar.
    Google,
    /// Outlook.com and Microsoft 365.
    Outlook,
    /// Apple Calendar.
    Apple,
    /// Thunderbird.
    Thunderbird,
    /// Any feed reader.
    Reader,
}

impl ClientProgram {
    /// The programs that read calendars.
    pub const CALENDARS: [ClientProgram; 4] =
        [ClientProgram::Google, ClientProgram::Outlook, ClientProgram::Apple, ClientProgram::Thunderbird];

    /// Returns its usual name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ClientProgram::Google => "Google Calendar",
            ClientProgram::Outlook => "Outlook",
            ClientProgram::Apple => "Apple Calendar",
            ClientProgram::Thunderbird => "Thunderbird",
            ClientProgram::Reader => "Feed readers",
        }
    }
}

/// A problem that some programs have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// An error if nothing works, a warning if something goes wrong for some users or sometimes.
    pub severity: Severity,
    /// The programs that have the problem.
    pub programs: Vec<ClientProgram>,
    /// The problem and its solution, in a sentence.
    pub text: String,
}

impl Finding {
    /// Creates a finding about some programs.
    #[must_use]
    pub fn new(severity: Severity, programs: &[ClientProgram], text: impl Into<String>) -> Finding {
        Finding { severity, programs: programs.to_vec(), text: text.into() }
    }
}

/// Summary of the response of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The address after all redirects.
    pub address: String,
    /// HTTP status code.
    pub status: u16,
    /// `Content-Type`.
    pub media_type: String,
    /// Length of the body in bytes.
    pub length: usize,
    /// Redirects in order: status and target.
    pub hops: Vec<(u16, String)>,
}

/// Merges findings with the same text, and sorts them by severity, the worst first.
#[must_use]
pub fn merge(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| finding.severity);
    let mut merged: Vec<Finding> = Vec::new();
    for finding in findings {
        let same = |known: &&mut Finding| (known.severity, &known.text) == (finding.severity, &finding.text);
        match merged.iter_mut().find(same) {
            Some(known) => known.programs.extend(finding.programs),
            None => merged.push(finding),
        }
    }
    merged
}
