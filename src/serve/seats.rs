//! Who sits in the house: connections up to a number, and up to another from one address. When every seat is
//! taken, whoever has waited longest without asking anything makes room; where nobody waits, whoever has longest taken
//! nothing of an answer.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::chair::{Call, Chair};
use crate::sound;

/// The most connections.
const MOST: usize = 10_000;
/// The fewest, however few descriptors there are.
const FEWEST: u64 = 8;
/// Descriptors that are not for connections.
const OTHERS: u64 = 32;
/// The most connections from one address, or from one network of IPv6 (a /64).
const MOST_GUESTS: usize = 256;
/// How often somebody is asked while no seat is free.
const ASK: Duration = Duration::from_millis(100);

/// All seats.
#[derive(Clone)]
pub struct Seats {
    free: Arc<Semaphore>,
    all: usize,
    open: Instant,
    room: Arc<Mutex<Room>>,
    trusted: Arc<[Network]>,
}

#[derive(Default)]
struct Room {
    next: u64,
    chairs: BTreeMap<u64, Arc<Chair>>,
    guests: BTreeMap<IpAddr, usize>,
}

/// A taken seat, free again when dropped.
pub struct Seat {
    number: u64,
    address: Option<IpAddr>,
    /// What is known of it.
    pub chair: Arc<Chair>,
    room: Arc<Mutex<Room>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut room = sound::lock(&self.room);
        room.chairs.remove(&self.number);
        if let Some(address) = self.address
            && let Some(count) = room.guests.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                room.guests.remove(&address);
            }
        }
    }
}

impl Seats {
    /// As many as there are descriptors for, 10,000 at most; connections of trusted proxies are not counted by
    /// their address, which is that of everybody.
    #[must_use]
    pub fn new(trusted: Vec<Network>) -> Seats {
        let all = most();
        Seats {
            free: Arc::new(Semaphore::new(all)),
            all,
            open: Instant::now(),
            room: Arc::default(),
            trusted: trusted.into(),
        }
    }

    /// A seat for a connection from an address; waits until one is free. `None` when that address has enough.
    pub async fn take(&self, address: IpAddr) -> Option<Seat> {
        let counted = (!self.trusted.iter().any(|network| network.has(address))).then(|| network_of(address));
        if counted.is_some_and(|address| sound::lock(&self.room).guests.get(&address) >= Some(&MOST_GUESTS)) {
            return None;
        }
        if self.free.available_permits() == 0 {
            self.make_room();
        }
        let permit = loop {
            match timeout(ASK, Arc::clone(&self.free).acquire_owned()).await {
                Ok(permit) => break permit.ok()?,
                Err(_) => self.make_room(),
            }
        };
        let mut room = sound::lock(&self.room);
        let number = room.next;
        room.next += 1;
        let chair = Arc::new(Chair::new(self.open));
        room.chairs.insert(number, Arc::clone(&chair));
        if let Some(address) = counted {
            *room.guests.entry(address).or_default() += 1;
        }
        drop(room);
        Some(Seat { number, address: counted, chair, room: Arc::clone(&self.room), _permit: permit })
    }

    /// Asks whoever is missed least to give way.
    pub fn make_room(&self) {
        let now = Instant::now();
        let room = sound::lock(&self.room);
        let spare = room.chairs.values().filter_map(|chair| Some((chair.spare(now)?, chair)));
        if let Some((_, chair)) = spare.min_by_key(|(spare, _)| *spare) {
            chair.call(Call::GiveWay);
        }
    }

    /// Asks everybody to leave when answered, and waits until all have left or the time is over. Whether all have.
    pub async fn close(&self, patience: Duration) -> bool {
        sound::lock(&self.room).chairs.values().for_each(|chair| chair.call(Call::Leave));
        let all = u32::try_from(self.all).unwrap_or(u32::MAX);
        timeout(patience, self.free.acquire_many(all)).await.is_ok()
    }

    /// How many are taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.all - self.free.available_permits()
    }
}

/// The most connections that the descriptors of this process are enough for, after their number was raised as far
/// as it is needed and goes.
fn most() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let mut descriptors = limit.current.unwrap_or(u64::MAX);
    if let Some(more) = raised(limit.current, limit.maximum) {
        // Where it may not be raised there are fewer seats.
        if setrlimit(Resource::Nofile, Rlimit { current: Some(more), maximum: limit.maximum }).is_ok() {
            descriptors = more;
        }
    }
    let seats = (descriptors / 5 * 4).saturating_sub(OTHERS).max(FEWEST);
    usize::try_from(seats).unwrap_or(MOST).min(MOST)
}

/// The limit to ask for instead of the one in force, where that is too low and may be higher; none is no limit.
fn raised(current: Option<u64>, maximum: Option<u64>) -> Option<u64> {
    let needed = (MOST as u64 + OTHERS) * 5 / 4 + 5;
    let possible = maximum.map_or(needed, |maximum| maximum.min(needed));
    (current? < possible).then_some(possible)
}

/// What counts as one address: of IPv6 the network that one customer has.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let bits = address.to_bits() >> 64 << 64;
            IpAddr::V6(bits.into())
        }
        address => address,
    }
}

/// Addresses of proxies: one, or all that begin alike (`10.0.0.0/8`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u8,
}

impl std::str::FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Network, String> {
        let (first, bits) = text.split_once('/').map_or((text, None), |(first, bits)| (first, Some(bits)));
        let wrong = || format!("found \"{text}\", expected an address such as 127.0.0.1 or 10.0.0.0/8");
        let first: IpAddr = first.parse().map_err(|_| wrong())?;
        let all = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(all), |bits| bits.parse().map_err(|_| wrong()))?;
        if bits > all { Err(wrong()) } else { Ok(Network { first, bits }) }
    }
}

impl Network {
    /// Whether an address is of it.
    #[must_use]
    pub fn has(&self, address: IpAddr) -> bool {
        let rest = |all: u8| u32::from(all - self.bits);
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                (first.to_bits() ^ address.to_bits()).checked_shr(rest(32)).is_none_or(|other| other == 0)
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                (first.to_bits() ^ address.to_bits()).checked_shr(rest(128)).is_none_or(|other| other == 0)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn descriptors_are_raised_where_they_may_be() {
        let enough = raised(Some(1_024), None).unwrap();
        assert!(enough / 5 * 4 - OTHERS >= MOST as u64, "{enough}");
        assert_eq!(raised(Some(1_024), Some(u64::MAX)), Some(enough));
        assert_eq!(raised(Some(1_024), Some(4_096)), Some(4_096));
        for (current, maximum) in
            [(None, None), (Some(256), Some(256)), (Some(enough), None), (None, Some(9))]
        {
            assert_eq!(raised(current, maximum), None, "{current:?} {maximum:?}");
        }
    }

    #[test]
    fn networks_hold_their_addresses() {
        for (network, address, expected) in [
            ("10.0.0.0/8", "10.9.9.9", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "::ffff:127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("0.0.0.0/0", "1.2.3.4", true),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "fe80::1", false),
            ("::/0", "1.2.3.4", false),
        ] {
            assert_eq!(network.parse::<Network>().unwrap().has(ip(address)), expected, "{network} {address}");
        }
        for wrong in ["", "10.0.0.0/33", "ten", "10.0.0.0/x"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_address_has_so_many_seats_and_no_more() {
        let seats = Seats::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let mut taken = Vec::new();
        for host in 0..u64::try_from(MOST_GUESTS).unwrap() {
            // One customer of IPv6 has a network.
            taken.push(seats.take(ip(&format!("2001:db8::{host:x}"))).await.unwrap());
        }
        assert!(seats.take(ip("2001:db8::ffff:1")).await.is_none());
        assert!(seats.take(ip("2001:db8:0:1::1")).await.is_some());
        taken.pop();
        assert!(seats.take(ip("2001:db8::1")).await.is_some());
        for _ in 0..2 * MOST_GUESTS {
            taken.push(seats.take(ip("10.1.2.3")).await.unwrap());
        }
        drop(taken);
        assert_eq!(seats.taken(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waited_longest_gives_way() {
        let seats = Seats { free: Arc::new(Semaphore::new(2)), all: 2, ..Seats::new(Vec::new()) };
        let busy = seats.take(ip("127.0.0.1")).await.unwrap();
        busy.chair.work();
        let idle = seats.take(ip("127.0.0.1")).await.unwrap();
        let chair = Arc::clone(&idle.chair);
        let leaving = tokio::spawn(async move {
            assert_eq!(chair.called().await, Call::GiveWay);
            drop(idle);
        });
        assert!(seats.take(ip("127.0.0.1")).await.is_some());
        leaving.await.unwrap();
        // Nobody who is being answered gives way, as long as the answer is taken.
        seats.make_room();
        assert!(timeout(Duration::from_secs(1), busy.chair.called()).await.is_err());
        tokio::time::advance(Duration::from_secs(5)).await;
        seats.make_room();
        assert_eq!(busy.chair.called().await, Call::GiveWay);
    }
}
