//! `calcast serve`: serves a folder and reloads it when it changes.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use ipnet::IpNet;
use listenfd::ListenFd;
use sd_notify::NotifyState;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, mpsc};

use super::{FAULTY, base_url, editor_link, log};
use crate::diagnostic::{Code, Severity, chain};
use crate::model::filter::Filter;
use crate::model::route::{FeedFormat, Route};
use crate::model::settings::BaseUrl;
use crate::model::tag::Facet;
use crate::publish::snapshot::Snapshot;
use crate::serve::AppState;
use crate::serve::editor::{EditorPage, LastLoad};
use crate::serve::reload;
use crate::serve::server::{self, ServerConfig};
use crate::serve::timeout_io::MIN_IDLE_TIMEOUT;
use crate::serve::tls::Tls;
use crate::source::disk::SiteFolder;
use crate::source::editor_secret::EditorSecret;
use crate::source::loader::{LoadResult, Loader};
use crate::source::watch::Watch;
use crate::source::websub;

#[derive(Args, Debug)]
pub(super) struct ServeArguments {
    /// Address and port to listen on; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: String,
    /// Public address of the site, used in links instead of base_url in calcast.toml
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Accept HTTP/2 without TLS (h2c with prior knowledge), for a reverse proxy
    #[arg(long)]
    h2c: bool,
    /// PEM file with the certificate chain: serve TLS. Read again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// PEM file with the private key of the certificate
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Send Strict-Transport-Security with this max-age (seconds)
    #[arg(long, value_name = "SECONDS", requires = "tls_certificate")]
    hsts: Option<u64>,
    /// Close keep-alive connections after this many seconds without a request, at least 60
    #[arg(
        long,
        default_value_t = 75,
        value_name = "SECONDS",
        value_parser = clap::value_parser!(u64).range(MIN_IDLE_TIMEOUT..=86_400)
    )]
    idle_timeout: u64,
    /// Address (127.0.0.1) or network (10.0.0.0/8) of a reverse proxy, which may open more than 256 connections
    #[arg(long, value_name = "ADDRESS", value_parser = parse_network)]
    trusted_proxy: Vec<IpNet>,
    /// Format of the log on stderr
    #[arg(long, value_enum, default_value_t = log::LogFormat::Plain, value_name = "FORMAT")]
    log: log::LogFormat,
    /// Refuse to start if the folder has errors
    #[arg(long)]
    strict: bool,
}

/// Parses an address or a network.
fn parse_network(text: &str) -> Result<IpNet, String> {
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| "expected an address such as 127.0.0.1 or a network such as 10.0.0.0/8".to_owned())
}

/// Runs the command until SIGTERM or SIGINT.
pub(super) fn run(folder: &Path, arguments: &ServeArguments) -> Result<ExitCode, Box<dyn Error>> {
    let _log = log::start(arguments.log);
    let folder = SiteFolder::open(folder)?;
    let base = base_url(arguments.base_url.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(serve(folder, base, arguments));
    // Blocking tasks are not waited for: requests to a hub or a remote table may hang, and calcast.lock is replaced
    // atomically.
    runtime.shutdown_background();
    done
}

async fn serve(
    folder: SiteFolder,
    base: Option<BaseUrl>,
    arguments: &ServeArguments,
) -> Result<ExitCode, Box<dyn Error>> {
    // Signals are handled before the server announces itself.
    let hangup = signal(SignalKind::hangup())?;
    let mut stop = std::pin::pin!(stop_signal()?);
    let listener = listener(&arguments.listen).await?;
    let pair = arguments.tls_certificate.clone().zip(arguments.tls_key.clone());
    let tls = pair.map(|(certificate, key)| Tls::open(certificate, key)).transpose()?.map(Arc::new);
    let secret = EditorSecret::new(folder.clone())?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let address = format!("{scheme}://{}", listener.local_addr()?);
    let loader = Loader::new(folder, base, BaseUrl::parse(&address));
    let loading = tokio::task::spawn_blocking(move || {
        let result = loader.load(None);
        (loader, result)
    });
    let (loader, result) = tokio::select! {
        loaded = loading => loaded?,
        () = &mut stop => return Ok(ExitCode::SUCCESS),
    };
    let result = result?;
    reload::log_faults(&result.diagnostics);
    if let Some(reason) = refusal(&result, arguments) {
        tracing::error!("{reason}");
        return Ok(ExitCode::from(FAULTY));
    }
    let own = secret.clone();
    let editor_path = tokio::task::spawn_blocking(move || editor_path(&own)).await?;
    let greeting = greeting(&result, &address, editor_path.as_deref());
    if let Err(error) = io::stdout().lock().write_all(greeting.as_bytes()) {
        tracing::warn!("cannot print the addresses: {error}");
    }
    let health = reload::health(&result);
    let watch = Watch::new(loader, &result);
    let load = LastLoad::published(result.report, result.diagnostics);
    let page = EditorPage::new(secret, load, watch.reload_handle());
    let app = Arc::new(AppState::new(result.snapshot, health).with_editor(page));
    let (hub, notifications) = mpsc::unbounded_channel();
    tokio::spawn(websub::announce(notifications));
    tokio::spawn(reload_on_hangup(hangup, watch.reload_handle(), tls.clone()));
    let reloading = tokio::spawn(reload::keep_current(watch, Arc::clone(&app), hub));
    if let Some(tls) = &tls {
        tokio::spawn(Arc::clone(tls).keep_renewed());
    }
    let config = ServerConfig {
        h2c: arguments.h2c,
        idle_timeout: Duration::from_secs(arguments.idle_timeout),
        trusted_proxies: arguments.trusted_proxy.clone(),
        tls,
        hsts: arguments.hsts,
    };
    notify(&[NotifyState::Ready, NotifyState::Status("serving")]);
    tokio::spawn(notify_watchdog());
    let stop = async {
        (&mut stop).await;
        notify(&[NotifyState::Stopping]);
    };
    server::run(listener, app, config, stop).await;
    reloading.abort();
    Ok(ExitCode::SUCCESS)
}

/// Returns the socket that a supervisor opened (`sd_listen_fds`(3)), or else a new one.
async fn listener(address: &str) -> Result<TcpListener, Box<dyn Error>> {
    if let Some(inherited) = ListenFd::from_env().take_tcp_listener(0)? {
        inherited.set_nonblocking(true)?;
        return Ok(TcpListener::from_std(inherited)?);
    }
    let bound = server::bind(address).await;
    Ok(bound.map_err(|error| format!("cannot listen on {address}: {}", bind_error(&error)))?)
}

/// Returns the reason for which an address cannot be listened on, and advice.
fn bind_error(error: &io::Error) -> String {
    let help = match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there; stop it or use another port",
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address; 0.0.0.0 listens on all of its addresses"
        }
        io::ErrorKind::InvalidInput => "expected a host and a port, such as 127.0.0.1:8080",
        io::ErrorKind::PermissionDenied => "use a port above 1023 or grant CAP_NET_BIND_SERVICE",
        _ => return error.to_string(),
    };
    format!("{help} ({error})")
}

/// Returns why a loaded folder must not be served.
fn refusal(result: &LoadResult, arguments: &ServeArguments) -> Option<String> {
    if result.diagnostics.count_of(Code::BadLock) > 0 {
        return Some(
            "calcast.lock is damaged; without it every event would look new. Repair it with `calcast lock --rebuild`"
                .to_owned(),
        );
    }
    let errors = result.diagnostics.count(Severity::Error);
    (arguments.strict && errors > 0).then(|| format!("the folder has {errors} errors and --strict is set"))
}

/// Returns the path of the editor's page, and creates its secret at first use.
fn editor_path(secret: &EditorSecret) -> Option<String> {
    let secret = secret.get_or_create();
    let secret = secret.inspect_err(|error| tracing::warn!("no editor's page: {}", chain(error)));
    secret.ok().map(|secret| editor_link::path(&secret))
}

/// Returns the counts and addresses of the site. Only a terminal is told that of the editor's page: other output ends in
/// logs.
fn greeting(result: &LoadResult, address: &str, editor_path: Option<&str>) -> String {
    let site = result.snapshot.site();
    let mut text = format!(
        "calcast serves “{}”: {} events, {} articles, {} left out\n\n",
        site.settings.title,
        site.events().len(),
        site.articles().len(),
        result.report.left_out
    );
    for (label, route) in sample_addresses(&result.snapshot) {
        let _ = writeln!(text, "  {label:<18} {address}{route}");
    }
    if let Some(path) = editor_path.filter(|_| io::stdout().is_terminal()) {
        let _ = writeln!(text, "  {:<18} {address}{path}", "editor's page");
    }
    let links = site.settings.url("");
    if site.settings.is_local {
        text.push_str(
            "\nNo base_url is set in calcast.toml: the links to subscribe work on this machine only.\n",
        );
    } else if links != address {
        let _ = writeln!(
            text,
            "\nLinks in feeds lead to {links} (base_url).\nTo subscribe on this machine, add --base-url {address}"
        );
    }
    text.push_str("\nCtrl-C stops.\n");
    text
}

/// Returns addresses to start from: everything, and the first region and topic, preferably nested ones.
fn sample_addresses(snapshot: &Snapshot) -> Vec<(&'static str, Route)> {
    let site = snapshot.site();
    let everything = Filter::everything();
    let mut addresses = vec![
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
        addresses.push(("one region", Route::Calendar(region_only.clone())));
        addresses.push(("one topic", Route::Calendar(Filter::tag(Facet::Topic, topic.clone()))));
        addresses.push(("both together", Route::Calendar(region_only.with(Facet::Topic, topic.clone()))));
    }
    if !site.articles().is_empty() {
        addresses.push(("articles", Route::ArticlesFeed(None, FeedFormat::Rss)));
    }
    addresses
}

/// Reloads the folder and the certificate on SIGHUP.
async fn reload_on_hangup(mut hangup: Signal, reload: Arc<Notify>, tls: Option<Arc<Tls>>) {
    while hangup.recv().await.is_some() {
        tls.iter().for_each(|tls| tls.renew());
        reload.notify_one();
    }
}

/// Sends a message to systemd, if it started this process (sd_notify(3)).
fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!("NOTIFY_SOCKET: {error}");
    }
}

/// Tells systemd that the server is alive, twice per watchdog interval.
async fn notify_watchdog() {
    let Some(interval) = sd_notify::watchdog_enabled().filter(|interval| !interval.is_zero()) else { return };
    loop {
        notify(&[NotifyState::Watchdog]);
        tokio::time::sleep(interval / 2).await;
    }
}

/// Completes on SIGTERM or SIGINT.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_addresses_or_prefixes() {
        for (network, address, is_inside) in [
            ("10.0.0.0/8", "10.9.9.9", true),
            ("10.1.2.3/8", "10.9.9.9", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("0.0.0.0/0", "1.2.3.4", true),
            ("fd00::/8", "fd12::1", true),
            ("::/0", "1.2.3.4", false),
        ] {
            let contains = parse_network(network).unwrap().contains(&address.parse::<IpAddr>().unwrap());
            assert_eq!(contains, is_inside, "{network} {address}");
        }
        for wrong in ["", "10.0.0.0/33", "ten", "10.0.0.0/x"] {
            assert!(parse_network(wrong).is_err(), "{wrong}");
        }
    }
}
