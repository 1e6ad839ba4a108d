//! The program `calcast`: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    calcast::cli::run()
}
