//! What systemd wants to hear (sd_notify(3)): that the server is ready, is alive, stops. Nothing is said where
//! nobody asked.

#![expect(clippy::disallowed_methods, reason = "systemd asks through the environment")]

use std::env;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The socket on which systemd listens.
pub struct Supervisor {
    socket: UnixDatagram,
    address: SocketAddr,
    watchdog: Option<Duration>,
}

impl Supervisor {
    /// Whoever asked to be told, in `NOTIFY_SOCKET`; and how often, in `WATCHDOG_USEC`.
    ///
    /// # Errors
    /// When there is such a name and no such socket.
    pub fn found() -> io::Result<Option<Supervisor>> {
        let Some(name) = env::var_os("NOTIFY_SOCKET") else { return Ok(None) };
        let address = match name.as_encoded_bytes().strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(&name)?,
        };
        let is_ours = env::var("WATCHDOG_PID").map_or(true, |pid| pid == std::process::id().to_string());
        let microseconds = env::var("WATCHDOG_USEC").ok().and_then(|text| text.parse().ok());
        let watchdog = microseconds.filter(|_| is_ours).map(Duration::from_micros);
        Ok(Some(Supervisor { socket: UnixDatagram::unbound()?, address, watchdog }))
    }

    /// Says something: `READY=1`.
    pub fn say(&self, text: &str) {
        // Who does not listen any more is told nothing.
        let _ = self.socket.send_to_addr(text.as_bytes(), &self.address);
    }

    /// How often it wants to hear that the server is alive: twice as often as it looks.
    #[must_use]
    pub fn beat(&self) -> Option<Duration> {
        self.watchdog.map(|watchdog| watchdog / 2).filter(|beat| !beat.is_zero())
    }
}
