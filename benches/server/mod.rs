//! Servers as children of a measurement: started, asked, stopped.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

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
        let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
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

/// The middle one.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
