//! A bucket of objects as the target of an export: Amazon S3 and what speaks like it, Google Cloud Storage, Azure
//! Blob Storage. The credentials are those of the environment, as each of their own tools takes them.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{
    Attribute, AttributeValue, Attributes, Error, ObjectStore, ObjectStoreExt as _, PutOptions, PutPayload,
    RetryConfig,
};

use super::layout::Layout;
use super::manifest::Entry;
use super::transport::Connector;
use super::{Refusal, Target};
use crate::diagnostic::chain;
use crate::publish::document::{Document, Encoding};
use crate::publish::headers;
use crate::text::line;

/// How many requests are under way at a time.
const HANDS: usize = 16;
/// How often a request is made again that the bucket could not answer, later each time.
const RETRIES: usize = 6;
/// For how long.
const LONGEST: Duration = Duration::from_secs(120);
/// How many names are enough to say that there are some.
const SOME: usize = 1_000;

/// A bucket, and what all keys in it begin with.
pub struct Bucket {
    store: Arc<dyn ObjectStore>,
    name: String,
    prefix: String,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bucket {}", self.name)
    }
}

impl Bucket {
    /// The bucket of an address: `s3://bucket/folder`, `gs://bucket`, `az://container`.
    ///
    /// # Errors
    /// When the address is none, or the environment has no credentials for it.
    pub fn open(address: &str) -> Result<Bucket, Refusal> {
        let (scheme, rest) = address.split_once("://").unwrap_or((address, ""));
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if name.is_empty() {
            return Err(
                format!("{address} names no bucket: expected such as {scheme}://my-bucket/folder").into()
            );
        }
        let retry = RetryConfig { max_retries: RETRIES, retry_timeout: LONGEST, ..RetryConfig::default() };
        let opened = match scheme {
            "s3" => AmazonS3Builder::from_env()
                .with_bucket_name(name)
                .with_retry(retry)
                .with_http_connector(Connector)
                .build()
                .map(shared),
            "gs" => GoogleCloudStorageBuilder::from_env()
                .with_bucket_name(name)
                .with_retry(retry)
                .with_http_connector(Connector)
                .build()
                .map(shared),
            "az" => MicrosoftAzureBuilder::from_env()
                .with_container_name(name)
                .with_retry(retry)
                .with_http_connector(Connector)
                .build()
                .map(shared),
            _ => return Err(format!("{address}: expected a folder, s3://…, gs://… or az://…").into()),
        };
        let store = opened.map_err(|error| {
            format!("{scheme}:// takes {} from the environment: {}", variables(scheme), said(&error))
        })?;
        let prefix = match prefix.trim_matches('/') {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        Ok(Bucket { store, name: address.to_owned(), prefix })
    }

    fn key(&self, path: &str) -> Result<Path, Refusal> {
        Ok(Path::parse(format!("{}{path}", self.prefix))?)
    }

    /// Waits for something that the bucket does.
    fn wait<T>(&self, doing: impl Future<Output = object_store::Result<T>>) -> Result<T, Refusal> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let scheme = self.name.split(':').next().unwrap_or_default();
        runtime.block_on(doing).map_err(|error| told(scheme, &error))
    }

    fn send(&self, path: &str, bytes: Bytes, attributes: Attributes) -> Result<(), Refusal> {
        let key = self.key(path)?;
        let options = PutOptions { attributes, ..PutOptions::default() };
        self.wait(self.store.put_opts(&key, PutPayload::from_bytes(bytes), options)).map(drop)
    }
}

fn shared(store: impl ObjectStore) -> Arc<dyn ObjectStore> {
    Arc::new(store)
}

/// Where the environment names no credentials, a store asks the machine that it runs on for some: these answer in the
/// clouds, and nowhere else.
const MACHINES: [&str; 2] = ["//169.254.169.254/", "//metadata.google.internal/"];

/// The variables from which credentials are taken.
fn variables(scheme: &str) -> &'static str {
    match scheme {
        "gs" => "GOOGLE_APPLICATION_CREDENTIALS (the file of a service account)",
        "az" => "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
        _ => "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION",
    }
}

/// A refusal with what to do about it.
fn told(scheme: &str, error: &Error) -> Refusal {
    let (said, variables) = (said(error), variables(scheme));
    let help = match error {
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            format!(
                "the bucket does not let these credentials in: look at {variables}, and at what they may do"
            )
        }
        // Amazon's code, Google's and Microsoft's; the store says it of objects alone.
        _ if ["NoSuchBucket", "ContainerNotFound"].iter().any(|code| said.contains(code)) => {
            "there is no such bucket".to_owned()
        }
        Error::NotFound { .. } => "there is no such bucket".to_owned(),
        _ if MACHINES.iter().any(|machine| said.contains(machine)) => {
            format!("no credentials: set {variables}, or let the machine have a role that may write")
        }
        _ => return said.into(),
    };
    format!("{help} ({said})").into()
}

/// What there is to say of an error: the code and the message of a bucket that gave both, or all.
fn said(error: &Error) -> String {
    let all = chain(error);
    let element = |name: &str| {
        let (_, rest) = all.split_once(&format!("<{name}>"))?;
        rest.split(['<', '\n']).next().map(str::trim)
    };
    let short = element("Code").zip(element("Message")).map(|(code, message)| format!("{code}: {message}"));
    line(short.as_deref().unwrap_or(&all)).into_owned()
}

/// What is said of a document, as a bucket keeps it beside the object.
fn attributes(document: &Document, encoding: Encoding) -> Attributes {
    let mut attributes = Attributes::new();
    let mut say = |attribute, value: String| drop(attributes.insert(attribute, AttributeValue::from(value)));
    say(Attribute::ContentType, document.media_type.to_owned());
    say(Attribute::CacheControl, headers::cache_control(document.cache_class).to_owned());
    if let Some(language) = document.language {
        say(Attribute::ContentLanguage, language.to_owned());
    }
    if let Some(name) = encoding.name() {
        say(Attribute::ContentEncoding, name.to_owned());
    }
    let tag = document.tag(encoding).trim_matches('"').to_owned();
    say(Attribute::Metadata("tag".into()), tag);
    attributes
}

impl Target for Bucket {
    fn layout(&self) -> Layout {
        Layout::Keys
    }

    fn hands(&self) -> usize {
        HANDS
    }

    fn put(&self, path: &str, document: &Document, encoding: Encoding) -> Result<(), Refusal> {
        self.send(path, document.body(encoding).clone(), attributes(document, encoding))
    }

    fn keep(&self, path: &str, bytes: Bytes) -> Result<(), Refusal> {
        let mut attributes = Attributes::new();
        attributes.insert(Attribute::ContentType, AttributeValue::from("text/plain; charset=utf-8"));
        attributes.insert(Attribute::CacheControl, AttributeValue::from("no-store"));
        self.send(path, bytes, attributes)
    }

    fn read(&self, path: &str) -> Result<Option<Bytes>, Refusal> {
        let key = self.key(path)?;
        self.wait(async {
            match self.store.get(&key).await {
                // A bucket that is not there, and an object in it that is not, are told apart by the list.
                Err(Error::NotFound { .. }) => Ok(None),
                got => Ok(Some(got?.bytes().await?)),
            }
        })
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>, Refusal> {
        let whole = format!("{}{prefix}", self.prefix);
        let folder = whole.rsplit_once('/').map(|(folder, _)| Path::parse(folder)).transpose()?;
        let mut stream = self.store.list(folder.as_ref());
        let mut names = Vec::new();
        self.wait(async {
            use futures_util::StreamExt as _;
            while let Some(object) = stream.next().await {
                let location = object?.location;
                if let Some(path) =
                    location.as_ref().strip_prefix(&self.prefix).filter(|path| path.starts_with(prefix))
                {
                    names.push(path.to_owned());
                }
                if prefix.is_empty() && names.len() >= SOME {
                    break;
                }
            }
            Ok(())
        })?;
        Ok(names)
    }

    fn delete(&self, path: &str) -> Result<(), Refusal> {
        let key = self.key(path)?;
        self.wait(async {
            match self.store.delete(&key).await {
                Err(Error::NotFound { .. }) => Ok(()),
                gone => gone,
            }
        })
    }

    fn has(&self, _: &str, _: &Entry) -> bool {
        true
    }

    fn settle(&self) -> Result<(), Refusal> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(scheme: &str, text: &'static str) -> String {
        told(scheme, &Error::Generic { store: "Store", source: text.into() }).to_string()
    }

    #[test]
    fn a_refusal_is_told_once_and_says_what_to_do() {
        let source = r#"Server returned 403: <?xml version="1.0"?>
<Error>
  <Code>AuthorizationFailure</Code>
  <Message>Server failed to authenticate the request.
Time:2026-11-27</Message></Error>"#;
        let refused = Error::PermissionDenied { path: "a".to_owned(), source: source.into() };
        assert_eq!(
            told("az", &refused).to_string(),
            "the bucket does not let these credentials in: look at AZURE_STORAGE_ACCOUNT_NAME and \
             AZURE_STORAGE_ACCOUNT_KEY, and at what they may do (AuthorizationFailure: Server failed to \
             authenticate the request.)"
        );
        assert_eq!(
            generic("gs", "<Error><Code>NoSuchBucket</Code><Message>It is not there</Message></Error>"),
            "there is no such bucket (NoSuchBucket: It is not there)"
        );
        assert_eq!(
            generic("s3", "io: Connection\n  refused\u{1b}[31m"),
            "Generic Store error: io: Connection refused[31m"
        );
    }

    #[test]
    fn where_there_are_no_credentials_it_is_said_which_are_taken() {
        for (scheme, text, variable) in [
            ("s3", "Error performing PUT http://169.254.169.254/latest/api/token", "AWS_ACCESS_KEY_ID"),
            ("gs", "http://metadata.google.internal/computeMetadata", "GOOGLE_APPLICATION_CREDENTIALS"),
            ("az", "http://169.254.169.254/metadata/identity", "AZURE_STORAGE_ACCOUNT_KEY"),
        ] {
            let told = generic(scheme, text);
            assert!(told.starts_with("no credentials: set ") && told.contains(variable), "{told}");
        }
    }
}
