//! Runs the real binary: to its end, or as a server on a free port until dropped.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::process::{Pid, Resource, Rlimit, prlimit};

/// How long a test waits for an expected event.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The time at which the processes of the tests start: a few days after the sample was last edited.
const START: &str = "2026-12-01T12:00:00Z";

/// The difference between [`START`] and the system clock, the same for all processes of a run.
static CLOCK_OFFSET: LazyLock<String> = LazyLock::new(|| clock_offset(START));

/// The value of `CALCAST_CLOCK_OFFSET` with which it is now a given time.
pub fn clock_offset(start: &str) -> String {
    start.parse::<Timestamp>().unwrap().duration_since(Timestamp::now()).as_secs().to_string()
}

/// Clears the environment except for the library that `faketime` preloads, and sets the clock.
fn in_a_clean_environment(mut command: Command) -> Command {
    let faked = std::env::vars_os().filter(|(name, _)| {
        name == "LD_PRELOAD" || name.to_str().is_some_and(|name| name.starts_with("FAKETIME"))
    });
    command.env_clear().envs(faked).env("CALCAST_CLOCK_OFFSET", CLOCK_OFFSET.as_str()).stdin(Stdio::null());
    command
}

/// Returns the command.
pub fn calcast() -> Command {
    in_a_clean_environment(Command::new(env!("CARGO_BIN_EXE_calcast")))
}

/// Returns a shell script whose `"$0" "$@"` is the command with its arguments.
pub fn through_shell(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_calcast")]);
    in_a_clean_environment(command)
}

/// The command that serves; flags may follow.
pub fn serve() -> Command {
    let mut command = calcast();
    command.arg("serve");
    command
}

/// A temporary folder below the build directory, removed when dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    /// Creates an empty folder.
    pub fn new() -> Scratch {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    /// Returns its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file in it.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    /// Reads a file in it.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Copies a folder recursively.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// A server on a free port, stopped when dropped.
pub struct Server {
    child: Child,
    log: PathBuf,
    address: String,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl Server {
    /// Serves a folder and waits until it listens.
    pub fn start(command: &mut Command, folder: &Path) -> Server {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let log = PathBuf::from(format!("{}.{number}.log", folder.display()));
        let errors = std::fs::File::create(&log).unwrap();
        let mut child = command
            .arg(folder)
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.map_while(Result::ok).find(|line| line.contains("://127.0.0.1:"));
        let line = line.unwrap_or_else(|| panic!("{}", std::fs::read_to_string(&log).unwrap()));
        let at = line.find("127.0.0.1:").unwrap();
        let address = line[at..].split('/').next().unwrap().to_owned();
        Server { child, log, address }
    }

    /// Sends a GET request with additional headers.
    pub fn ask(&self, target: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        for (name, value) in headers {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        self.send(&format!("{request}\r\n"))
    }

    /// Sends a GET request.
    pub fn get(&self, target: &str) -> Answer {
        self.ask(target, &[])
    }

    /// Sends bytes and reads until the connection closes.
    pub fn send(&self, request: &str) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        parse(&all)
    }

    /// Opens a connection.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Repeats a GET request until the answer is as wanted. Returns the time that took.
    pub fn until(&self, target: &str, wanted: impl Fn(&Answer) -> bool) -> Duration {
        let start = Instant::now();
        loop {
            let answer = self.get(target);
            if wanted(&answer) {
                return start.elapsed();
            }
            assert!(start.elapsed() < PATIENCE, "{target} stays {answer:?}\n{}", self.log());
            std::thread::yield_now();
        }
    }

    /// Removes a resource limit of the process.
    pub fn lift(&self, resource: Resource) {
        let pid = Pid::from_child(&self.child);
        prlimit(Some(pid), resource, Rlimit { current: None, maximum: None }).unwrap();
    }

    /// Returns the log so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Sends a signal by name.
    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
    }

    /// Sends a signal by name and waits for the end.
    pub fn stop(mut self, signal: &str) -> ExitStatus {
        self.signal(signal);
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.log);
    }
}

fn parse(all: &[u8]) -> Answer {
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").expect("a head of an answer");
    let head = std::str::from_utf8(&all[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.map(|line| line.split_once(": ").unwrap()).map(|(n, v)| (n.to_owned(), v.to_owned()));
    Answer { status, headers: headers.collect(), body: all[end + 4..].to_vec() }
}
