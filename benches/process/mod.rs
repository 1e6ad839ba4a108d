//! What processes take of the machine.

use std::time::Duration;

/// The processor time that a process and its children took so far.
#[allow(dead_code, reason = "not every measurement weighs")]
pub fn cpu_of(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let Some((_, fields)) = stat.rsplit_once(')') else { return Duration::ZERO };
    let fields: Vec<u64> = fields.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect();
    // A tick is a hundredth of a second on every Linux there is.
    let own = Duration::from_millis((fields[11] + fields[12]) * 10);
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    own + children.split_whitespace().filter_map(|child| child.parse().ok()).map(cpu_of).sum::<Duration>()
}

/// The processor time that all children took that have ended: of many, since a tick is long.
#[allow(dead_code, reason = "not every measurement weighs")]
pub fn cpu_of_the_ended() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields: Vec<u64> = fields.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect();
    Duration::from_millis((fields[13] + fields[14]) * 10)
}

/// The most memory that a process had so far, in bytes.
#[allow(dead_code, reason = "not every measurement weighs")]
pub fn peak_of(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() * 1024.0
}
