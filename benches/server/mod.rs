//! Servers as children of a measurement: started, asked, weighed by the processor time they take, stopped.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A server that is stopped when dropped.
pub struct Server {
    child: Child,
    /// Host and port.
    pub address: String,
}

impl Server {
    /// Starts a program that prints its address; `core` is the processor it stays on.
    pub fn start(command: &[&str], core: Option<usize>) -> Server {
        let core = core.map(|core| core.to_string());
        let pinned: Vec<&str> = match &core {
            Some(core) => ["taskset", "-c", core].into_iter().chain(command.iter().copied()).collect(),
            None => command.to_vec(),
        };
        let mut child = Command::new(pinned[0])
            .args(&pinned[1..])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", pinned[0]));
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.map_while(Result::ok).find(|line| line.contains("http://127.0.0.1:")).unwrap();
        let at = line.find("127.0.0.1:").unwrap();
        Server { child, address: line[at..].split(['/', ' ']).next().unwrap().to_owned() }
    }

    /// Starts `calcast serve` over a folder.
    pub fn calcast(folder: &Path, flags: &[&str], core: Option<usize>) -> Server {
        let folder = folder.to_str().unwrap();
        let command = [env!("CARGO_BIN_EXE_calcast"), "serve", folder, "--listen", "127.0.0.1:0"];
        Server::start(&[&command, flags].concat(), core)
    }

    /// The answer to a GET, head and body.
    pub fn get(&self, target: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }

    /// The number of the process.
    #[allow(dead_code, reason = "not every measurement weighs")]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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

/// The middle one.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
