//! The editor's page: what it says, who sees it, and that its address is told nowhere.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::process::{Answer, Scratch, Server, calcast, serve};

const SECRET: &str = "an-address_that-nobody-guesses";
const SETTINGS: &str =
    "title = \"Sample\"\ntimezone = \"America/Chicago\"\nbase_url = \"https://calendar.example.org\"\n";
const HEAD: &str = "id,title,start,location,topic,url\n";
const GOOD: &str =
    "group,Support group,2027-06-09T18:00,Library,Webinars,\nwalk,Walk,2027-06-10,Park,Webinars,\n";

fn site() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("calcast.toml", SETTINGS);
    scratch.write("events.csv", format!("{HEAD}{GOOD}"));
    scratch
}

fn start(folder: &Scratch) -> Server {
    Server::start(serve().env("CALCAST_EDITOR", SECRET), folder.path())
}

fn page() -> String {
    format!("/editor/{SECRET}")
}

/// Waits until the page has a text, and returns it.
fn until(server: &Server, wanted: &str) -> String {
    server.until(&page(), |answer| answer.text().contains(wanted));
    server.get(&page()).text().to_owned()
}

fn calcast_in(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let done = calcast().args(arguments).arg(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (done.status.code(), text(done.stdout), text(done.stderr))
}

/// Returns the text of every file below a folder.
fn all_files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all_files(&path, found);
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn the_page_says_what_is_held_back_and_what_to_type() {
    let folder = site();
    let server = start(&folder);
    let calm = until(&server, "Nothing is held back.");
    assert!(calm.contains("<h1>Your spreadsheet, as read today at "), "{calm}");
    assert!(calm.contains("<b>2</b> of 2 rows published"), "{calm}");
    folder.write(
        "events.csv",
        format!(
            "{HEAD}group,Support group,2027-02-30T18:00,Library,Webinars,\n\
             walk,Walk,2027-06-10,New park,Webinars,nowhere\n\
             talk,A <script>alert(1)</script> talk,soon,Library,Webinars,\n\
             read,Reading,2027-06-12,Library,Webinar,\n"
        ),
    );
    let page = until(&server, "<b>2</b> rows held back");
    for wanted in [
        "<b>2</b> rows held back",
        "<b>2</b> of 4 rows published",
        "Row 2: Support group",
        "C2, column “start”",
        "2027-02-30T18:00",
        "Expected a day that exists; there is no 30 in month 2 of 2027.",
        "Type year, month and day with hyphens",
        "The event stays as it was last published.",
        "href=\"/events/group\"",
        "Row 4: A &#60;script&#62;alert(1)&#60;/script&#62; talk",
        "Not published until this is fixed.",
        "<h3 dir=\"auto\">Row 3</h3>",
        "Two spellings of one topic?",
        "“Webinars” has 2 events, “Webinar” has 1 event.",
        "Moved: Walk",
        "New: Reading",
        "read; 2 rows left out; 1 event stays as it was last published.",
    ] {
        assert!(page.contains(wanted), "no {wanted}\n{page}");
    }
    assert!(!page.contains("<script"), "{page}");
}

#[test]
fn a_table_or_settings_that_cannot_be_read_are_named() {
    let folder = site();
    let server = start(&folder);
    until(&server, "Nothing is held back.");
    folder.write("events.csv", "one,two,three\n1,2,3\n");
    let page = until(&server, "not since today at");
    assert!(page.contains("2 events stay as they were last published."), "{page}");
    assert!(page.contains("<b>2</b> rows held back"), "{page}");
    folder.write("calcast.toml", "title = ");
    let page = until(&server, "The settings cannot be read");
    assert!(page.contains("calcast.toml"), "{page}");
    folder.write("calcast.toml", SETTINGS);
    folder.write("events.csv", format!("{HEAD}{GOOD}"));
    until(&server, "Nothing is held back.");
    fs::create_dir_all(folder.path().join("articles")).unwrap();
    folder.write("articles/broken.md", "no front matter");
    let page = until(&server, "Articles with errors");
    assert!(page.contains("articles/broken.md"), "{page}");
}

#[test]
fn the_page_leads_to_the_sheets() {
    let folder = site();
    let source = |name: &str| {
        format!(
            "[[events]]\nfile = \"{name}.csv\"\nname = \"The {name}\"\nedit_url = \"https://sheets.example.org/{name}\"\n"
        )
    };
    folder.write("calcast.toml", format!("{SETTINGS}{}", source("events")));
    let server = start(&folder);
    let page = until(&server, "Open the spreadsheet");
    assert!(page.contains("href=\"https://sheets.example.org/events\" rel=\"noreferrer\""), "{page}");
    folder.write("walks.csv", format!("{HEAD}gala,Gala,soon,,,\n"));
    folder.write("calcast.toml", format!("{SETTINGS}{}{}", source("events"), source("walks")));
    let page = until(&server, "Open “The walks”");
    assert!(page.contains("Open “The events”") && page.contains("The walks, row 2: Gala"), "{page}");
}

#[test]
fn the_address_of_a_table_is_not_shown() {
    let folder = site();
    let settings = |scheme: &str| {
        format!("{SETTINGS}[[events]]\nfile = \"{scheme}://ann:pass@127.0.0.1:9/secret-sheet\"\n")
    };
    let assert_hidden = |text: &str| {
        assert!(!text.contains("secret-sheet") && !text.contains("ann:"), "{text}");
    };
    folder.write("calcast.toml", settings("https"));
    let server = start(&folder);
    let page = until(&server, "not since today at");
    assert!(page.contains("<bdi>127.0.0.1:9</bdi>"), "{page}");
    assert_hidden(&page);
    let feed = server.get(&format!("{}.rss", self::page()));
    assert!(feed.text().contains("127.0.0.1:9"), "{}", feed.text());
    assert_hidden(feed.text());
    folder.write("calcast.toml", settings("http"));
    assert_hidden(&until(&server, "an address that begins with https://"));
}

#[test]
fn the_feed_has_no_text_of_a_cell() {
    let folder = site();
    folder
        .write("events.csv", format!("{HEAD}{GOOD}talk,Hidden title,hidden start,Hidden place,Webinars,\n"));
    let server = start(&folder);
    let answer = server.get(&format!("{}.rss", page()));
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("application/rss+xml; charset=utf-8"))
    );
    assert_private(&answer);
    let feed = answer.text();
    assert!(feed.contains("events.csv, row 4 (C4): A date is one that exists, with its year."), "{feed}");
    assert!(!feed.to_lowercase().contains("hidden"), "{feed}");
}

/// Checks the headers that keep the address from others.
fn assert_private(answer: &Answer) {
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(answer.header("x-robots-tag"), Some("noindex"));
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[test]
fn only_the_secret_leads_to_the_page() {
    let folder = site();
    let server = start(&folder);
    let good = server.get(&page());
    assert_eq!(good.status, 200);
    assert_private(&good);
    assert!(good.header("content-security-policy").unwrap().contains("style-src 'self'"));
    let style = server.get(&format!("{}/style.css", page()));
    assert_eq!((style.status, style.header("content-type")), (200, Some("text/css; charset=utf-8")));
    assert_private(&style);
    let head = server.send(&format!("HEAD {} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", page()));
    assert_eq!((head.status, head.body.len()), (200, 0));
    let post = server.send(&format!(
        "POST {} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        page()
    ));
    assert_eq!(post.status, 405);
    let unknown = server.get("/no/such-address");
    let shorter = &SECRET[1..];
    for wrong in
        ["", "/", "/x", &format!("/{shorter}"), &format!("/{SECRET}x"), &format!("/{SECRET}/"), "/%61n"]
    {
        let answer = server.get(&format!("/editor{wrong}"));
        let location = answer.header("location").unwrap_or_default();
        assert!(answer.status == 404 || (answer.status == 301 && wrong.ends_with('/')), "{wrong} {answer:?}");
        assert!(location.is_empty() || location.trim_end_matches('/') == location, "{location}");
        if answer.status == 404 {
            assert_eq!(answer.text(), unknown.text(), "{wrong}");
        }
    }
    let wrong_feed = server.get("/editor/wrong-secret-of-some-length.rss");
    assert_eq!((wrong_feed.status, wrong_feed.text()), (404, server.get("/no/such.rss").text()));
}

#[test]
fn the_loader_is_woken_at_most_every_ten_seconds() {
    let folder = site();
    let server = start(&folder);
    until(&server, "Nothing is held back.");
    folder.write("events.csv", format!("{HEAD}{GOOD}talk,Talk,soon,,,\n"));
    let again = format!("{}?again", page());
    let answer = server.get(&again);
    assert_eq!((answer.status, answer.header("location")), (303, Some(page().as_str())));
    assert_private(&answer);
    assert!(server.get(&page()).text().contains("Row 4: Talk"));
    // Asked again too soon, the answer comes at once and nothing is loaded.
    let start = Instant::now();
    assert_eq!(server.get(&again).status, 303);
    assert!(start.elapsed() < Duration::from_secs(5));
    // The log is written by a thread of its own.
    let loads = || server.log().matches("loaded 2 events").count();
    server.until("/healthz", |_| loads() > 0);
    assert!(loads() <= 2, "{}", server.log());
}

#[test]
fn the_page_is_in_four_languages() {
    let folder = site();
    folder.write("events.csv", format!("{HEAD}{GOOD}talk,Talk,soon,,,\n"));
    let server = start(&folder);
    for (language, title, cell) in [
        ("en", "Your spreadsheet, as read today at ", "C4, column “start”"),
        ("de", "Ihre Tabelle, Stand: heute um ", "C4, Spalte „start“"),
        ("fr", "Votre tableau, tel qu’il a été lu aujourd’hui à ", "C4, colonne « start »"),
        ("es", "Su hoja de cálculo, leída hoy a las ", "C4, columna «start»"),
    ] {
        let answer = server.ask(&page(), &[("Accept-Language", language)]);
        let text = answer.text();
        assert_eq!(answer.header("content-language"), Some(language));
        assert!(text.contains(title) && text.contains(cell), "{language}: {text}");
        // Diagnostics are in English.
        assert_eq!(text.contains("<dd lang=\"en\">Expected"), language != "en", "{language}: {text}");
    }
}

#[test]
fn the_secret_is_told_nowhere() {
    let folder = site();
    folder.write("events.csv", format!("{HEAD}{GOOD}talk,Talk,soon,,,\n"));
    let (code, link, _) = calcast_in(folder.path(), &["editor-link"]);
    assert_eq!(code, Some(0));
    let secret = link.trim().rsplit('/').next().unwrap().to_owned();
    assert_eq!(link, format!("https://calendar.example.org/editor/{secret}\n"));
    assert_eq!(secret.len(), 26);
    let server = Server::start(&mut serve(), folder.path());
    let path = format!("/editor/{secret}");
    for target in [&path, &format!("{path}.rss"), &format!("{path}/style.css"), &format!("{path}?again")] {
        assert!(server.get(target).status < 400, "{target}");
    }
    assert_eq!(server.get(&format!("/editor/{secret}-not")).status, 404);
    folder.write("events.csv", format!("{HEAD}{GOOD}talk,Talk,later,,,\n"));
    server.until("/healthz", |answer| answer.text().contains("later"));
    let mut public = vec!["/metrics".to_owned(), "/healthz".to_owned(), "/no/such/page".to_owned()];
    for file in
        ["", "sitemap.xml", "robots.txt", "calendar.ics", "changes.rss", "events.json", "subscribe", "embed"]
    {
        public.push(format!("/{file}"));
    }
    for target in
        ["/.calcast/editor", "/.calcast", "/articles/.calcast/editor", "/articles/../.calcast/editor"]
    {
        let answer = server.get(target);
        assert!(answer.status >= 400, "{target}: {answer:?}");
        public.push(target.to_owned());
    }
    for target in public {
        let answer = server.get(&target);
        let headers = format!("{:?}", answer.headers);
        assert!(!holds(&answer.body, &secret) && !headers.contains(&secret), "{target}");
    }
    assert!(!server.log().contains(&secret), "{}", server.log());
    assert!(server.get("/metrics").text().contains("route=\"editor\",status=\"200\""));

    let out = Scratch::new();
    let place = out.path().join("site");
    let to = ["export", "--to", place.to_str().unwrap()];
    let (_, output, errors) = calcast_in(folder.path(), &to);
    assert!(!output.contains(&secret) && !errors.contains(&secret), "{output}{errors}");
    let mut files = Vec::new();
    all_files(&place, &mut files);
    assert!(files.len() > 20);
    for (name, bytes) in files {
        assert!(!name.contains(&secret) && !holds(&bytes, &secret), "{name}");
    }
    let (_, report, _) = calcast_in(folder.path(), &["check"]);
    assert!(!report.contains(&secret));
    assert!(!folder.read("calcast.lock").contains(&secret));
}

#[test]
fn an_export_has_the_page_only_when_asked() {
    let (folder, out) = (site(), Scratch::new());
    let place = out.path().join("site");
    let export = |more: &[&str]| {
        let to = ["export", "--to", place.to_str().unwrap()];
        let mut command = calcast();
        command.env("CALCAST_EDITOR", SECRET).args(to).args(more).arg(folder.path());
        assert!(command.output().unwrap().status.success());
    };
    export(&["--editor"]);
    let page = out.read(&format!("site/editor/{SECRET}/index.html"));
    assert!(page.contains("Your spreadsheet") && !page.contains("?again"), "{page}");
    assert!(page.contains("<meta name=\"robots\" content=\"noindex, nofollow\">"), "{page}");
    assert!(place.join(format!("editor/{SECRET}.rss")).exists());
    assert!(place.join(format!("editor/{SECRET}/style.css")).exists());
    for hosting in ["_headers", ".calcast/nginx.conf", "sitemap.xml", "robots.txt"] {
        assert!(!out.read(&format!("site/{hosting}")).contains(SECRET), "{hosting}");
    }
    export(&[]);
    assert!(!place.join(format!("editor/{SECRET}.rss")).exists());
    assert!(!place.join(format!("editor/{SECRET}/index.html")).exists());
}

#[test]
fn the_file_is_created_once_and_replaced_on_demand() {
    let folder = site();
    let link = |arguments: &[&str]| calcast_in(folder.path(), &[&["editor-link"], arguments].concat()).1;
    let first = link(&[]);
    assert_eq!(link(&[]), first);
    let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(".calcast"), mode(".calcast/editor")), (0o700, 0o600));
    let path = |link: &str| link.trim().replace("https://calendar.example.org", "");
    let server = Server::start(&mut serve(), folder.path());
    assert_eq!(server.get(&path(&first)).status, 200);
    let loads = server.log().matches("loaded").count();
    let second = link(&["--new"]);
    assert_ne!(first, second);
    // The server needs neither a restart nor a load.
    assert_eq!((server.get(&path(&first)).status, server.get(&path(&second)).status), (404, 200));
    assert_eq!(server.log().matches("loaded").count(), loads);
    assert_eq!(link(&["--base-url", "https://other.example.org"]), second.replace("calendar", "other"));
    folder.write(".calcast/editor", "short\n");
    let (code, _, error) = calcast_in(folder.path(), &["editor-link"]);
    assert_eq!(code, Some(2));
    assert!(error.contains("editor-link --new") && !error.contains("short"), "{error}");
}

#[test]
fn the_variable_must_be_a_secret() {
    let folder = site();
    for wrong in ["short", "with space and more", "0123456789abcde/"] {
        let mut command = serve();
        let done = command.env("CALCAST_EDITOR", wrong).arg(folder.path()).output().unwrap();
        let error = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(2), "{error}");
        assert!(error.contains("CALCAST_EDITOR is no secret") && !error.contains(wrong), "{error}");
    }
    let mut command = calcast();
    command.env("CALCAST_EDITOR", SECRET).args(["editor-link", "--new"]).arg(folder.path());
    let error = String::from_utf8(command.output().unwrap().stderr).unwrap();
    assert!(error.contains("CALCAST_EDITOR sets the secret"), "{error}");
    assert!(!folder.path().join(".calcast").exists());
}

#[test]
fn without_a_folder_to_write_there_is_no_page() {
    let folder = site();
    // As if the folder were read-only.
    folder.write(".calcast", "in the way");
    let server = Server::start(&mut serve(), folder.path());
    // The log is written by a thread of its own.
    server.until("/healthz", |_| server.log().contains("no editor's page: cannot use "));
    assert_eq!(server.get("/editor/").status, server.get("/nothing/").status);
    assert_eq!(server.get("/calendar.ics").status, 200);
}

#[test]
fn private_files_are_no_part_of_the_site() {
    let folder = site();
    let (_, link, _) = calcast_in(folder.path(), &["editor-link"]);
    let secret = link.trim().rsplit('/').next().unwrap().to_owned();
    let check = || {
        let (_, output, error) = calcast_in(folder.path(), &["check"]);
        assert!(!output.contains(&secret) && !error.contains(&secret), "{output}{error}");
        output + &error
    };
    folder.write("calcast.toml", format!("{SETTINGS}[[events]]\nfile = \".calcast/editor\"\n"));
    assert!(check().contains("no regular file inside the folder"));
    folder.write("calcast.toml", SETTINGS);
    fs::create_dir_all(folder.path().join("articles")).unwrap();
    symlink("../.calcast/editor", folder.path().join("articles/page.md")).unwrap();
    assert!(check().contains("no regular file inside the folder"));
}
