//! The world to bytes: the disk, the clock, and changes of a folder.

pub mod clock;
pub mod disk;
pub mod fetch;
pub mod http_client;
pub mod loader;
pub mod probe;
pub mod watch;
pub mod websub;
pub mod zoneinfo;
