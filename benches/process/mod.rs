//! What processes take of the machine.

use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use nix::time::clock_getcpuclockid;
use nix::unistd::Pid;

/// The processor time that a process and its children took so far; of all threads, also of those that have ended.
#[allow(dead_code, reason = "not every measurement weighs")]
pub fn cpu_of(pid: u32) -> Duration {
    let clock = clock_getcpuclockid(Pid::from_raw(pid.cast_signed()));
    // One that has ended has no clock.
    let own = clock.and_then(|clock| clock.now()).map(Duration::from).unwrap_or_default();
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    own + children.split_whitespace().filter_map(|child| child.parse().ok()).map(cpu_of).sum::<Duration>()
}

/// The processor time that all children took that have ended.
#[allow(dead_code, reason = "not every measurement weighs")]
pub fn cpu_of_the_ended() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let microseconds = (usage.user_time() + usage.system_time()).num_microseconds();
    Duration::from_micros(microseconds.unsigned_abs())
}

/// The most memory that a process had so far, in bytes.
#[allow(dead_code, reason = "not every measurement weighs")]
pub fn peak_of(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() * 1024.0
}
