//! What those who serve an export read: the recipe for nginx, and the `_headers` and `_redirects` of hosts such as
//! Netlify and Cloudflare Pages. With them the files are served as `calcast serve` would.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::model::filter::Filter;
use crate::model::route::Route;
use crate::publish::document::{CacheClass, Encoding};
use crate::publish::headers::{self, IMMUTABLE, PAGE_POLICY, REFERRER_POLICY};
use crate::publish::snapshot::Snapshot;

/// The endings of files, and what they are.
const TYPES: [(&str, &str); 21] = [
    ("html", "text/html"),
    ("ics", "text/calendar"),
    ("rss", "application/rss+xml"),
    ("atom", "application/atom+xml"),
    ("json", "application/feed+json"),
    ("txt", "text/plain"),
    ("vtt", "text/vtt"),
    ("xml", "application/xml"),
    ("css", "text/css"),
    ("js", "text/javascript"),
    ("webmanifest", "application/manifest+json"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("pdf", "application/pdf"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
];
/// Those that say in which alphabet they are.
const WITH_CHARSET: &str = "text/calendar application/rss+xml application/atom+xml application/feed+json text/plain text/vtt text/css text/javascript";
/// The folders of the views of a filter.
const VIEWS: [&str; 5] = ["", "/subscribe", "/print", "/embed", "/agenda"];

/// The recipe for nginx.
#[must_use]
pub fn nginx(snapshot: &Snapshot) -> String {
    let mut text = String::from(
        "# What nginx needs to serve this export as `calcast serve` would: the same addresses, types, tags and headers.\n\
         # Include it from the http section (/etc/nginx/conf.d/), and change the lines that end in \"yours\".\n\n",
    );
    maps(snapshot, &mut text);
    text.push_str(
        "server {\n    listen 80;                     # yours\n    server_name localhost;         # yours\n    root /var/www/calendar;        # yours\n\n",
    );
    text.push_str("    types {\n");
    for (ending, media_type) in TYPES {
        let _ = writeln!(text, "        {media_type} {ending};");
    }
    text.push_str("    }\n    default_type application/octet-stream;\n    charset utf-8;\n");
    let _ = writeln!(text, "    charset_types {WITH_CHARSET};");
    text.push_str(concat!(
        "    gzip_static on;                # packed once, by the export; with ngx_brotli also: brotli_static on;\n",
        "    gzip_vary on;\n    etag on;\n    if_modified_since before;\n    absolute_redirect off;\n    error_page 404 /404.html;\n    recursive_error_pages on;\n\n",
        "    add_header Cache-Control $calcast_cache;\n",
        "    add_header Access-Control-Allow-Origin $calcast_origin;\n",
        "    add_header Content-Disposition $calcast_download;\n",
        "    add_header Content-Language $calcast_language;\n",
        "    add_header Content-Security-Policy $calcast_policy;\n",
        "    add_header Link $calcast_link;\n",
        "    add_header Referrer-Policy $calcast_referrer;\n",
        "    add_header X-Content-Type-Options nosniff;\n\n",
    ));
    for (from, to) in renamed(snapshot) {
        let _ = writeln!(text, "    rewrite \"^{from}(?=[./]|$)(.*)$\" \"{to}$1\" permanent;");
    }
    text.push_str(concat!(
        "    rewrite \"^/(.+)/$\" \"/$1\" permanent;\n\n",
        "    location ^~ /.calcast { return 404; }\n    location = /404.html { }\n",
        "    location = /favicon.ico { types { } default_type image/svg+xml; }\n",
        "    location / {\n",
        "        if ($calcast_asks) { return 421; }\n",
        "        try_files $calcast_raw $calcast_raw/$calcast_view $uri $uri/$calcast_view @beyond;\n    }\n\n",
        "    # Searches and combinations of which there is no end. With `calcast serve` on this machine, or on another:\n",
        "    # put its address here instead of the 404, and they are answered as well.\n",
        "    error_page 421 = @beyond;\n",
        "    location @beyond {\n        return 404;\n        # proxy_pass http://127.0.0.1:8080;\n    }\n}\n",
    ));
    text
}

/// What is said of a file, by its place.
fn maps(snapshot: &Snapshot, text: &mut String) {
    let settings = &snapshot.site().settings;
    let mut map = |head: &str, lines: &[(String, String)]| {
        let _ = writeln!(text, "map {head} {{");
        for (from, to) in lines {
            let _ = writeln!(text, "    {from} {to};");
        }
        text.push_str("}\n");
    };
    let quoted = |text: &str| format!("\"{text}\"");
    let line = |from: &str, to: &str| {
        let from = if from == "default" { from.to_owned() } else { quoted(from) };
        (from, quoted(to))
    };
    map("$request_uri $calcast_raw", &[line("~^(?<calcast_path>[^?]*?)/?(?:\\?|$)", "$calcast_path")]);
    map(
        "$arg_month $calcast_view",
        &[
            line("default", "index.html"),
            line("~^(?<calcast_month>[0-9]{4}-[0-9]{2})$", "$calcast_month.html"),
        ],
    );
    map(
        "$args $calcast_asks",
        &[line("default", ""), line("~(^|&)(region|topic|q|online|near|within|alarm)=[^&]", "1")],
    );
    map(
        "$uri $calcast_kind",
        &[
            line("default", "page"),
            line("~\\.html$", "page"),
            line("~^/articles/", "file"),
            line("~^/(style\\.css|calcast\\.js|embed\\.js|favicon\\.ico|site\\.webmanifest)$", "file"),
            line("~\\.(ics|rss|atom|json)$", "feed"),
        ],
    );
    let mut cache = vec![
        line("default", headers::cache_control(CacheClass::Page)),
        line("~^file ", headers::cache_control(CacheClass::File)),
        line("~^feed ", headers::cache_control(CacheClass::Feed)),
    ];
    cache
        .extend(versions(snapshot).map(|(path, version)| line(&format!("file {path} {version}"), IMMUTABLE)));
    map("\"$calcast_kind $uri $arg_v\" $calcast_cache", &cache);
    map("$calcast_kind $calcast_origin", &[line("default", "*"), line("page", "")]);
    map("$calcast_kind $calcast_referrer", &[line("default", ""), line("page", REFERRER_POLICY)]);
    map("$uri $calcast_language", &[line("default", ""), line("~\\.html$", snapshot.language().tag())]);
    let embed = frame_policy(snapshot);
    map(
        "$uri $calcast_policy",
        &[line("default", PAGE_POLICY), line("~^/embed(/.*)?/index\\.html$", &embed), line("~\\.ics$", "")],
    );
    let hub = settings.hub.as_ref().map(|hub| {
        let own = settings.whole("$uri");
        line("~^feed /(?!events/)", &format!("<{hub}>; rel=\\\"hub\\\", <{own}>; rel=\\\"self\\\""))
    });
    let links: Vec<_> = std::iter::once(line("default", "")).chain(hub).collect();
    map("\"$calcast_kind $uri\" $calcast_link", &links);
    let name =
        line("~^1 .*/(?<calcast_name>[A-Za-z0-9._-]+\\.ics)$", "attachment; filename=\\\"$calcast_name\\\"");
    // A name that a header cannot hold as it is goes without.
    let other = line("~^1 .*\\.ics$", "attachment; filename=\\\"calendar.ics\\\"");
    map("\"$arg_download $uri\" $calcast_download", &[line("default", ""), name, other]);
    text.push('\n');
}

/// What the pages that other websites may show in a frame may do.
fn frame_policy(snapshot: &Snapshot) -> Cow<'static, str> {
    let embed = snapshot.document(&Route::Embed(Filter::everything()));
    embed.ok().and_then(|document| headers::policy(&document)).unwrap_or(Cow::Borrowed(PAGE_POLICY))
}

/// The files that pages name by their content, and its name.
fn versions(snapshot: &Snapshot) -> impl Iterator<Item = (String, String)> {
    let files = [Route::Stylesheet, Route::Script, Route::EmbedScript, Route::Favicon, Route::Manifest];
    let assets = snapshot.site().assets().keys().map(|path| Route::Asset(path.clone()));
    files.into_iter().chain(assets).filter_map(|route| {
        let document = snapshot.document(&route).ok()?;
        let version = document.tag(Encoding::Identity).get(1..=crate::digest::VERSION)?.to_owned();
        Some((route.to_string(), version))
    })
}

/// The addresses of regions and topics that have other names now, and those that they have.
fn renamed(snapshot: &Snapshot) -> Vec<(String, String)> {
    let renames = &snapshot.site().settings.renamed;
    let mut all = Vec::new();
    for (facet, from, _) in renames.iter() {
        let Some(to) = renames.now(facet, from) else { continue };
        for view in VIEWS {
            let address = |path| format!("{view}/{}/{path}", facet.folder());
            all.push((address(from.as_str()), address(to.as_str())));
        }
    }
    all
}

/// The headers, as hosts of static sites read them from `_headers`.
#[must_use]
pub fn headers(snapshot: &Snapshot) -> String {
    let mut text = String::new();
    let mut rule = |path: &str, fields: &[(&str, &str)]| {
        let _ = writeln!(text, "{path}");
        for (name, value) in fields {
            let _ = writeln!(text, "  {name}: {value}");
        }
    };
    let page = headers::cache_control(CacheClass::Page);
    let common = [("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", REFERRER_POLICY)];
    rule("/*", &common);
    let embed = frame_policy(snapshot);
    for (path, policy) in [("/embed", &*embed), ("/embed/*", &*embed)] {
        rule(path, &[("Content-Security-Policy", policy)]);
    }
    let folders = ["/", "/regions/*", "/topics/*", "/f/*", "/events/*", "/subscribe/*", "/print/*"];
    for path in folders {
        rule(path, &[("Content-Security-Policy", PAGE_POLICY)]);
    }
    rule("/", &[("Cache-Control", page)]);
    for ending in ["ics", "rss", "atom", "json"] {
        let known = TYPES.iter().find(|(known, _)| *known == ending);
        let media_type = known.map_or("text/plain", |(_, media_type)| media_type);
        let fields = [
            ("Content-Type", &*format!("{media_type}; charset=utf-8")),
            ("Cache-Control", headers::cache_control(CacheClass::Feed)),
            ("Access-Control-Allow-Origin", "*"),
        ];
        rule(&format!("/*.{ending}"), &fields);
    }
    for path in ["/style.css", "/calcast.js", "/embed.js", "/site.webmanifest"] {
        rule(
            path,
            &[
                ("Cache-Control", headers::cache_control(CacheClass::File)),
                ("Access-Control-Allow-Origin", "*"),
            ],
        );
    }
    rule(
        "/favicon.ico",
        &[("Content-Type", "image/svg+xml"), ("Cache-Control", headers::cache_control(CacheClass::File))],
    );
    text
}

/// The redirects, as the same hosts read them from `_redirects`.
#[must_use]
pub fn redirects(snapshot: &Snapshot) -> String {
    let mut text = String::new();
    for (from, to) in renamed(snapshot) {
        for (tail, splat) in [("", ""), (".ics", ".ics"), ("/*", "/:splat")] {
            let _ = writeln!(text, "{from}{tail} {to}{splat} 301");
        }
    }
    text
}
