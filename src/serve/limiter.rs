//! Connection limits: a global cap, a per-address cap, and eviction of the longest-idle connection.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ipnet::IpNet;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::connection::ConnectionState;
use crate::mutex;

/// The most connections, and the fewest, however low the limit on file descriptors is.
const MAX_CONNECTIONS: u64 = 10_000;
const MIN_CONNECTIONS: u64 = 8;
/// File descriptors for everything but connections.
const OTHER_DESCRIPTORS: u64 = 32;
/// The most connections from one IPv4 address or one IPv6 /64.
const MAX_PER_ADDRESS: usize = 256;
/// The pause between two evictions while the limit is reached.
const EVICTION_INTERVAL: Duration = Duration::from_millis(100);

/// Limits the number of connections, in all and per address.
#[derive(Clone)]
pub struct ConnectionLimiter {
    permits: Arc<Semaphore>,
    max: u32,
    open: Arc<Mutex<OpenConnections>>,
    trusted: Arc<[IpNet]>,
}

/// The address that a connection counts for, if any, and a number.
type ConnectionKey = (Option<IpAddr>, u64);

#[derive(Default)]
struct OpenConnections {
    next_number: u64,
    states: BTreeMap<ConnectionKey, Arc<ConnectionState>>,
}

impl OpenConnections {
    fn count_for(&self, address: IpAddr) -> usize {
        self.states.range((Some(address), 0)..=(Some(address), u64::MAX)).count()
    }
}

/// Permission for one connection, returned when dropped.
pub struct ConnectionPermit {
    key: ConnectionKey,
    /// The state of the connection.
    pub state: Arc<ConnectionState>,
    open: Arc<Mutex<OpenConnections>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        mutex::lock(&self.open).states.remove(&self.key);
    }
}

impl ConnectionLimiter {
    /// Allows up to 10,000 connections, limited by `RLIMIT_NOFILE`. Connections from trusted networks do not count
    /// towards the limit per address.
    #[must_use]
    pub fn new(trusted: &[IpNet]) -> ConnectionLimiter {
        ConnectionLimiter::with_max(max_connections(), trusted)
    }

    fn with_max(max: u32, trusted: &[IpNet]) -> ConnectionLimiter {
        let permits = Arc::new(Semaphore::new(max as usize));
        ConnectionLimiter { permits, max, open: Arc::default(), trusted: trusted.into() }
    }

    /// Waits for a permit, evicting other connections while there is none. Returns `None` if the address has too many
    /// connections.
    pub async fn acquire(&self, address: IpAddr) -> Option<ConnectionPermit> {
        let address = address.to_canonical();
        let is_trusted = self.trusted.iter().any(|network| network.contains(&address));
        let counted_address = (!is_trusted).then(|| subscriber_network(address));
        let connections = counted_address.map_or(0, |address| mutex::lock(&self.open).count_for(address));
        if connections >= MAX_PER_ADDRESS {
            return None;
        }
        if self.permits.available_permits() == 0 {
            self.evict_one();
        }
        let permit = loop {
            match timeout(EVICTION_INTERVAL, Arc::clone(&self.permits).acquire_owned()).await {
                Ok(permit) => break permit.ok()?,
                Err(_) => self.evict_one(),
            }
        };
        let state = Arc::new(ConnectionState::new(Instant::now()));
        let mut open = mutex::lock(&self.open);
        let key = (counted_address, open.next_number);
        open.next_number += 1;
        open.states.insert(key, Arc::clone(&state));
        drop(open);
        Some(ConnectionPermit { key, state, open: Arc::clone(&self.open), _permit: permit })
    }

    /// Evicts the longest-idle connection, or else the one that has been stalled for longest.
    pub fn evict_one(&self) {
        let now = Instant::now();
        let open = mutex::lock(&self.open);
        let candidates =
            open.states.values().filter_map(|state| Some((state.eviction_priority(now)?, state)));
        if let Some((_, state)) = candidates.min_by_key(|(priority, _)| *priority) {
            state.eviction.notify_one();
        }
    }

    /// Shuts down all connections gracefully. Returns whether all closed in time.
    pub async fn close(&self, drain_timeout: Duration) -> bool {
        mutex::lock(&self.open).states.values().for_each(|state| state.shutdown.notify_one());
        timeout(drain_timeout, self.permits.acquire_many(self.max)).await.is_ok()
    }
}

/// Raises the soft limit on file descriptors as far as needed and returns how many connections it allows.
fn max_connections() -> u32 {
    let limit = getrlimit(Resource::Nofile);
    let mut descriptors = limit.current.unwrap_or(u64::MAX);
    let needed = (MAX_CONNECTIONS + OTHER_DESCRIPTORS) * 5 / 4 + 5;
    let raised = limit.maximum.map_or(needed, |maximum| maximum.min(needed));
    let new = Rlimit { current: Some(raised), maximum: limit.maximum };
    if raised > descriptors && setrlimit(Resource::Nofile, new).is_ok() {
        descriptors = raised;
    }
    connections_for(descriptors)
}

/// Returns how many connections a limit on file descriptors allows.
fn connections_for(descriptors: u64) -> u32 {
    let connections = (descriptors / 5 * 4).saturating_sub(OTHER_DESCRIPTORS);
    connections.clamp(MIN_CONNECTIONS, MAX_CONNECTIONS) as u32
}

/// Returns the address that the limit per address counts: an IPv4 address, or the /64 of an IPv6 subscriber.
fn subscriber_network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn descriptors_limit_connections() {
        for (descriptors, connections) in [(0, 8), (256, 172), (12_545, 10_000), (u64::MAX, 10_000)] {
            assert_eq!(connections_for(descriptors), connections, "{descriptors}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn connections_of_one_address_are_limited() {
        let trusted: IpNet = "10.0.0.0/8".parse().unwrap();
        let limiter = ConnectionLimiter::new(&[trusted]);
        let mut permits = Vec::new();
        for host in 0..MAX_PER_ADDRESS {
            // Addresses of one /64.
            permits.push(limiter.acquire(ip(&format!("2001:db8::{host:x}"))).await.unwrap());
        }
        assert!(limiter.acquire(ip("2001:db8::ffff:1")).await.is_none());
        assert!(limiter.acquire(ip("2001:db8:0:1::1")).await.is_some());
        permits.pop();
        assert!(limiter.acquire(ip("2001:db8::1")).await.is_some());
        for _ in 0..MAX_PER_ADDRESS {
            permits.push(limiter.acquire(ip("10.1.2.3")).await.unwrap());
            permits.push(limiter.acquire(ip("::ffff:10.1.2.3")).await.unwrap());
        }
        drop(permits);
        assert!(mutex::lock(&limiter.open).states.is_empty());
        assert!(limiter.close(Duration::ZERO).await);
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_idle_connection_is_evicted_then_a_stalled_one() {
        let limiter = ConnectionLimiter::with_max(2, &[]);
        let busy = limiter.acquire(ip("127.0.0.1")).await.unwrap();
        let request = busy.state.begin_request();
        let idle = limiter.acquire(ip("127.0.0.1")).await.unwrap();
        let evicted = tokio::spawn(async move { idle.state.eviction.notified().await });
        assert!(limiter.acquire(ip("127.0.0.1")).await.is_some());
        evicted.await.unwrap();
        // A busy connection is evicted only without progress.
        request.progress(1);
        limiter.evict_one();
        assert!(timeout(Duration::from_secs(1), busy.state.eviction.notified()).await.is_err());
        tokio::time::advance(Duration::from_secs(5)).await;
        limiter.evict_one();
        busy.state.eviction.notified().await;
    }
}
