//! The world to bytes: the disk, the clock, and changes of a folder.

pub mod clock;
pub mod disk;
pub mod fetch;
pub mod hub;
pub mod press;
pub mod probe;
pub mod visit;
pub mod watch;
pub mod zoneinfo;
