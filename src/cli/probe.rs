//! `calcast probe`: fetches an address as calendar programs do, and prints the problems of each.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;

use super::{FAULTY, print};
use crate::diagnostic::Severity;
use crate::render::verdict::verdict;
use crate::source::probe;

#[derive(Args, Debug)]
pub(super) struct ProbeArguments {
    /// Address of a calendar or a feed
    #[arg(value_name = "URL")]
    address: String,
    /// Send one request, print nothing, and exit with 0 if it is answered with 200 (for health checks)
    #[arg(long)]
    quick: bool,
}

pub(super) fn run(arguments: &ProbeArguments) -> Result<ExitCode, Box<dyn Error>> {
    let address = arguments.address.replacen("webcal://", "https://", 1);
    if !address.starts_with("http://") && !address.starts_with("https://") {
        return Err(format!(
            "{address}: expected an address such as https://calendar.example.org/calendar.ics"
        )
        .into());
    }
    let code = |is_good| if is_good { ExitCode::SUCCESS } else { ExitCode::from(FAULTY) };
    if arguments.quick {
        return Ok(code(probe::is_good(&address)));
    }
    let found = probe::probe(&address).map_err(|why| format!("{address}: {why}"))?;
    print(&verdict(&found.answer, found.programs, &found.findings))?;
    Ok(code(found.findings.iter().all(|finding| finding.severity == Severity::Note)))
}
