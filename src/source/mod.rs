//! Input from outside: the site folder, the clock, HTTP, and the loader that turns a folder into a snapshot.

pub mod clock;
pub mod disk;
pub mod editor_secret;
pub mod fetch;
pub mod http_client;
pub mod loader;
pub mod probe;
pub mod random;
pub mod watch;
pub mod websub;
pub mod zoneinfo;
