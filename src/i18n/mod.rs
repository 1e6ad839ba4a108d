//! Localization of what calcast publishes: messages from one TOML file per language, dates and times by CLDR.

pub mod language;
mod localizer;
mod messages;

pub use localizer::Localizer;
pub(crate) use messages::{Period, ProgramSteps, fill, lower_first};
