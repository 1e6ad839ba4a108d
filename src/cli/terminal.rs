//! Detects whether a terminal shows colour.

use std::io::IsTerminal;

/// Returns whether to write in colour: on a terminal that is not dumb, unless `NO_COLOR` is set.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is an edge: NO_COLOR is a setting of the user"
)]
pub fn wants_colour(stream: &impl IsTerminal) -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    stream.is_terminal() && !set("NO_COLOR") && !dumb
}
