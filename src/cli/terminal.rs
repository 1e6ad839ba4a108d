//! What the terminal is and what its user wants of it.

use std::io::IsTerminal;

/// Whether to write in colour: a terminal that is not dumb, and nobody said `NO_COLOR`.
#[expect(clippy::disallowed_methods, reason = "the command line is an edge: NO_COLOR is the user's word")]
pub fn wants_colour(stream: &impl IsTerminal) -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    stream.is_terminal() && !set("NO_COLOR") && !dumb
}
