//! What programs that subscribe trip over: which one, how badly, and why.

/// A program that subscribes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// Google Calendar.
    Google,
    /// Outlook.com and Microsoft 365.
    Outlook,
    /// Apple Calendar.
    Apple,
    /// Thunderbird.
    Thunderbird,
    /// A feed reader.
    Reader,
}

impl Program {
    /// Those that read calendars.
    pub const CALENDARS: [Program; 4] =
        [Program::Google, Program::Outlook, Program::Apple, Program::Thunderbird];

    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Program::Google => "Google Calendar",
            Program::Outlook => "Outlook",
            Program::Apple => "Apple Calendar",
            Program::Thunderbird => "Thunderbird",
            Program::Reader => "Feed readers",
        }
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It is good to know.
    Note,
    /// Something goes wrong for some, or sometimes.
    Trips,
    /// Nothing goes.
    Fails,
}

/// Something that programs trip over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub weight: Weight,
    /// For whom.
    pub programs: Vec<Program>,
    /// What it is and what to do, in a sentence.
    pub text: String,
}

impl Finding {
    /// One for some programs.
    #[must_use]
    pub fn new(weight: Weight, programs: &[Program], text: impl Into<String>) -> Finding {
        Finding { weight, programs: programs.to_vec(), text: text.into() }
    }
}

/// What an address answered, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The address that answered in the end.
    pub address: String,
    /// Its status.
    pub status: u16,
    /// `Content-Type`.
    pub media_type: String,
    /// How many bytes it has.
    pub length: usize,
    /// The addresses that led on, in order, with their status.
    pub hops: Vec<(u16, String)>,
}

/// Findings of one text once each, for all whom they concern, the worst first.
#[must_use]
pub fn once(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.weight));
    let mut once: Vec<Finding> = Vec::new();
    for finding in findings {
        match once.iter_mut().find(|known| (known.weight, &known.text) == (finding.weight, &finding.text)) {
            Some(known) => known.programs.extend(finding.programs),
            None => once.push(finding),
        }
    }
    once
}
