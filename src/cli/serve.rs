//! `calcast serve`: serves a folder and reloads it when it changes.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use listenfd::ListenFd;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, mpsc};

use super::{FAULTY, ServeFlags, base_url};
use crate::diagnostic::{Code, Severity};
use crate::model::filter::Filter;
use crate::model::route::{FeedFormat, Route};
use crate::model::settings::BaseUrl;
use crate::model::tag::Facet;
use crate::publish::snapshot::Snapshot;
use crate::serve::AppState;
use crate::serve::listen::{self, Protocols, ServerConfig};
use crate::serve::patience::SHORTEST_IDLE;
use crate::serve::reload;
use crate::serve::systemd::Supervisor;
use crate::serve::tls::Tls;
use crate::source::disk::SiteFolder;
use crate::source::loader::{ErrorPolicy, LoadResult, Loader};
use crate::source::watch::Watch;
use crate::source::websub;

pub(super) fn run(folder: &Path, flags: ServeFlags) -> Result<ExitCode, Box<dyn Error>> {
    let _log = super::log::start(flags.log);
    let folder = SiteFolder::open(folder)?;
    let base = base_url(flags.base_url.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(serve(folder, base, &flags));
    // A hub or a table that does not answer is not waited for; a lock that is being written is whole either way.
    runtime.shutdown_background();
    done
}

async fn serve(
    folder: SiteFolder,
    base: Option<BaseUrl>,
    flags: &ServeFlags,
) -> Result<ExitCode, Box<dyn Error>> {
    // Before anybody knows of the server: a signal that nobody hears ends the process.
    let hangup = signal(SignalKind::hangup())?;
    let mut stop = std::pin::pin!(stop_signal()?);
    let listener = listener(&flags.listen).await?;
    let pair = flags.tls_certificate.clone().zip(flags.tls_key.clone());
    let tls = pair.map(|(certificate, key)| Tls::open(certificate, key)).transpose()?.map(Arc::new);
    let scheme = if tls.is_some() { "https" } else { "http" };
    let address = format!("{scheme}://{}", listener.local_addr()?);
    let press = Loader::new(folder, base, BaseUrl::parse(&address));
    let reading = tokio::task::spawn_blocking(move || {
        let proof = press.load(ErrorPolicy::Accept, None);
        (press, proof)
    });
    let (press, proof) = tokio::select! {
        read = reading => read?,
        () = &mut stop => return Ok(ExitCode::SUCCESS),
    };
    let proof = proof?;
    reload::log_faults(&proof.diagnostics);
    if let Some(why) = refusal(&proof, flags) {
        tracing::error!("{why}");
        return Ok(ExitCode::from(FAULTY));
    }
    // A closed stdout is no reason not to serve.
    if let Err(error) = io::stdout().lock().write_all(greeting(&proof, &address).as_bytes()) {
        tracing::warn!("cannot print the addresses: {error}");
    }
    let health = reload::health(&proof);
    let watch = Watch::new(press, proof.fingerprint);
    let office = AppState::new(proof.snapshot, health);
    let (hub, notices) = mpsc::unbounded_channel();
    tokio::spawn(websub::announce(notices));
    tokio::spawn(reload_when_asked(hangup, watch.reload_handle(), tls.clone()));
    let supervisor = Supervisor::found().inspect_err(|error| tracing::warn!("NOTIFY_SOCKET: {error}"));
    let supervisor = supervisor.unwrap_or(None).map(Arc::new);
    if let Some(supervisor) = &supervisor {
        supervisor.say("READY=1\nSTATUS=serving");
        tokio::spawn(beat(Arc::clone(supervisor)));
    }
    let reloading = tokio::spawn(reload::keep_current(watch, office.clone(), hub));
    if let Some(tls) = &tls {
        tokio::spawn(Arc::clone(tls).renew());
    }
    let terms = ServerConfig {
        protocols: if flags.h2c { Protocols::Http1AndH2c } else { Protocols::Http1 },
        idle: Duration::from_secs(flags.idle_timeout).max(SHORTEST_IDLE),
        trusted: flags.trusted_proxy.clone(),
        tls,
        hsts: flags.hsts,
    };
    let stop = async {
        (&mut stop).await;
        supervisor.iter().for_each(|supervisor| supervisor.say("STOPPING=1"));
    };
    listen::run(listener, office, terms, stop).await;
    reloading.abort();
    Ok(ExitCode::SUCCESS)
}

/// The socket that a supervisor opened for this program (`sd_listen_fds`), or one of its own.
async fn listener(address: &str) -> Result<TcpListener, Box<dyn Error>> {
    if let Some(given) = ListenFd::from_env().take_tcp_listener(0)? {
        given.set_nonblocking(true)?;
        return Ok(TcpListener::from_std(given)?);
    }
    let bound = listen::bind(address).await;
    Ok(bound.map_err(|error| format!("cannot listen on {address}: {}", why_not(&error)))?)
}

/// Why nobody can listen on an address, and what to do about it.
fn why_not(error: &io::Error) -> String {
    let help = match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there; stop it, or take another port",
        io::ErrorKind::AddrNotAvailable => "this machine has no such address; 0.0.0.0 stands for all it has",
        io::ErrorKind::InvalidInput => "expected a host and a port, such as 127.0.0.1:8080",
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 are the system's; take another, or let a .socket unit open it"
        }
        _ => return error.to_string(),
    };
    format!("{help} ({error})")
}

fn refusal(proof: &LoadResult, flags: &ServeFlags) -> Option<String> {
    if proof.diagnostics.count_of(Code::BadLock) > 0 {
        return Some(
            "calcast.lock is damaged; serving without it would make every event look new. `calcast lock --rebuild` mends it".to_owned(),
        );
    }
    let errors = proof.diagnostics.count(Severity::Error);
    (flags.strict && errors > 0).then(|| format!("{errors} errors, and --strict was given"))
}

/// What is served and where, for whoever started it.
fn greeting(proof: &LoadResult, address: &str) -> String {
    let site = proof.snapshot.site();
    let mut text = format!(
        "calcast serves “{}”: {} events, {} articles, {} left out\n\n",
        site.settings.title,
        site.events().len(),
        site.articles().len(),
        proof.left_out
    );
    for (label, route) in sights(&proof.snapshot) {
        let _ = writeln!(text, "  {label:<18} {address}{route}");
    }
    let links = site.settings.whole("");
    if links != address {
        let _ = writeln!(
            text,
            "\nLinks in feeds lead to {links} (base_url).\nTo subscribe on this machine, add --base-url {address}"
        );
    }
    text.push_str("\nCtrl-C stops.\n");
    text
}

/// Some addresses worth a look: all, and the first region and topic that have a parent or an event.
fn sights(snapshot: &Snapshot) -> Vec<(&'static str, Route)> {
    let site = snapshot.site();
    let everything = Filter::everything();
    let mut sights = vec![
        ("pages", Route::Agenda(everything.clone())),
        ("all events", Route::Calendar(everything.clone())),
    ];
    let tags = Facet::ALL.map(|facet| {
        let tags = site.tags(facet);
        tags.iter()
            .map(|(path, _)| path)
            .find(|path| path.parent().is_some())
            .or_else(|| tags.iter().next().map(|(path, _)| path))
    });
    if let [Some(region), Some(topic)] = tags {
        let region_only = everything.with(Facet::Region, region.clone());
        sights.push(("one region", Route::Calendar(region_only.clone())));
        sights.push(("one topic", Route::Calendar(Filter::tag(Facet::Topic, topic.clone()))));
        sights.push(("both together", Route::Calendar(region_only.with(Facet::Topic, topic.clone()))));
    }
    if !site.articles().is_empty() {
        sights.push(("articles", Route::ArticlesFeed(None, FeedFormat::Rss)));
    }
    sights
}

/// SIGHUP: the folder is read again, whatever it looks like, and so is the certificate.
async fn reload_when_asked(mut hangup: Signal, reload: Arc<Notify>, tls: Option<Arc<Tls>>) {
    while hangup.recv().await.is_some() {
        tls.iter().for_each(|tls| tls.look_now());
        reload.notify_one();
    }
}

/// Tells systemd that the server is alive, as often as it wants to hear that.
async fn beat(supervisor: Arc<Supervisor>) {
    let Some(beat) = supervisor.beat() else { return };
    loop {
        supervisor.say("WATCHDOG=1");
        tokio::time::sleep(beat).await;
    }
}

/// Over when the process is asked to stop: SIGTERM, or SIGINT from the keyboard.
pub(super) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
