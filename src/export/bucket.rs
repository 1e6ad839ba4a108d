//! Object stores as targets of an export: Amazon S3 and compatible ones, Google Cloud Storage, Azure Blob Storage.
//!
//! Credentials come from the environment variables that each provider's own tools read.

use std::future::Future;
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
use super::transport::UreqTransport;
use super::{Target, TargetError};
use crate::diagnostic::chain;
use crate::publish::document::{Document, Encoding};
use crate::publish::headers;
use crate::text::line;

/// Requests under way at once.
const CONCURRENCY: usize = 16;
/// Retries of a request that the store could not answer, with exponential backoff.
const MAX_RETRIES: usize = 6;
/// Longest time for all retries of a request.
const RETRY_TIMEOUT: Duration = Duration::from_secs(120);
/// Listing a whole bucket stops after this many objects.
const MAX_LISTED: usize = 1_000;

/// A bucket, or the keys of a bucket that begin with a prefix.
#[derive(Debug)]
pub struct Bucket {
    store: Box<dyn ObjectStore>,
    scheme: &'static str,
    /// Empty, or ends with `/`.
    prefix: String,
}

impl Bucket {
    /// Opens a bucket by its address: `s3://bucket/folder`, `gs://bucket`, `az://container`.
    ///
    /// # Errors
    ///
    /// Returns an error if the address is malformed or the environment lacks credentials.
    pub fn open(address: &str) -> Result<Bucket, TargetError> {
        let (scheme, rest) = address.split_once("://").unwrap_or((address, ""));
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if name.is_empty() {
            let help = format!("{address} names no bucket: expected such as {scheme}://my-bucket/folder");
            return Err(help.into());
        }
        let retry =
            RetryConfig { max_retries: MAX_RETRIES, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() };
        let transport = UreqTransport::new();
        let (scheme, opened): (_, object_store::Result<Box<dyn ObjectStore>>) = match scheme {
            "s3" => {
                let builder = AmazonS3Builder::from_env().with_bucket_name(name).with_retry(retry);
                ("s3", builder.with_http_connector(transport).build().map(|store| Box::new(store) as _))
            }
            "gs" => {
                let builder = GoogleCloudStorageBuilder::from_env().with_bucket_name(name).with_retry(retry);
                ("gs", builder.with_http_connector(transport).build().map(|store| Box::new(store) as _))
            }
            "az" => {
                let builder = MicrosoftAzureBuilder::from_env().with_container_name(name).with_retry(retry);
                ("az", builder.with_http_connector(transport).build().map(|store| Box::new(store) as _))
            }
            _ => return Err(format!("{address}: expected a folder, s3://…, gs://… or az://…").into()),
        };
        let store = opened.map_err(|error| {
            format!("{scheme}:// takes {} from the environment: {}", variables(scheme), summary(&error))
        })?;
        let prefix = match prefix.trim_matches('/') {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        Ok(Bucket { store, scheme, prefix })
    }

    fn key(&self, path: &str) -> Result<Path, TargetError> {
        Ok(Path::parse(format!("{}{path}", self.prefix))?)
    }

    fn block_on<T>(&self, request: impl Future<Output = object_store::Result<T>>) -> Result<T, TargetError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        runtime.block_on(request).map_err(|error| explain(self.scheme, &error))
    }

    fn put(&self, path: &str, bytes: Bytes, attributes: Attributes) -> Result<(), TargetError> {
        let key = self.key(path)?;
        let options = PutOptions { attributes, ..PutOptions::default() };
        self.block_on(self.store.put_opts(&key, PutPayload::from_bytes(bytes), options)).map(drop)
    }
}

/// Servers inside the clouds that a store requests credentials from if the environment has none.
const METADATA_SERVERS: [&str; 2] = ["//169.254.169.254/", "//metadata.google.internal/"];

/// Returns the names of the variables with the credentials.
fn variables(scheme: &str) -> &'static str {
    match scheme {
        "gs" => "GOOGLE_APPLICATION_CREDENTIALS (the file of a service account)",
        "az" => "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
        _ => "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION",
    }
}

/// Returns an error with advice.
fn explain(scheme: &str, error: &Error) -> TargetError {
    let (summary, variables) = (summary(error), variables(scheme));
    // The codes of Amazon and Google, and of Microsoft: the store knows missing objects only.
    let is_missing = ["NoSuchBucket", "ContainerNotFound"].iter().any(|code| summary.contains(code));
    let help = match error {
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            format!(
                "the bucket does not let these credentials in: look at {variables}, and at what they may do"
            )
        }
        _ if is_missing || matches!(error, Error::NotFound { .. }) => "there is no such bucket".to_owned(),
        _ if METADATA_SERVERS.iter().any(|server| summary.contains(server)) => {
            format!("no credentials: set {variables}, or let the machine have a role that may write")
        }
        _ => return summary.into(),
    };
    format!("{help} ({summary})").into()
}

/// Returns the code and message of an error response, or the whole error if it has none.
fn summary(error: &Error) -> String {
    let all = chain(error);
    let element = |name: &str| {
        let (_, rest) = all.split_once(&format!("<{name}>"))?;
        rest.split(['<', '\n']).next().map(str::trim)
    };
    let short = element("Code").zip(element("Message")).map(|(code, message)| format!("{code}: {message}"));
    line(short.as_deref().unwrap_or(&all)).into_owned()
}

/// Returns the headers of a document as object metadata.
fn attributes(document: &Document, encoding: Encoding) -> Attributes {
    let mut attributes = Attributes::new();
    let mut set = |attribute, value: &str| {
        attributes.insert(attribute, AttributeValue::from(value.to_owned()));
    };
    set(Attribute::ContentType, document.media_type);
    set(Attribute::CacheControl, headers::cache_control(document.cache_class));
    set(Attribute::Metadata("tag".into()), document.tag(encoding).trim_matches('"'));
    if let Some(language) = document.language {
        set(Attribute::ContentLanguage, language);
    }
    if let Some(name) = encoding.name() {
        set(Attribute::ContentEncoding, name);
    }
    attributes
}

impl Target for Bucket {
    fn layout(&self) -> Layout {
        Layout::Keys
    }

    fn concurrency(&self) -> usize {
        CONCURRENCY
    }

    fn write_document(&self, path: &str, document: &Document, encoding: Encoding) -> Result<(), TargetError> {
        self.put(path, document.body(encoding).clone(), attributes(document, encoding))
    }

    fn write_internal(&self, path: &str, bytes: Bytes) -> Result<(), TargetError> {
        let mut attributes = Attributes::new();
        attributes.insert(Attribute::ContentType, AttributeValue::from("text/plain; charset=utf-8"));
        attributes.insert(Attribute::CacheControl, AttributeValue::from("no-store"));
        self.put(path, bytes, attributes)
    }

    fn read(&self, path: &str) -> Result<Option<Bytes>, TargetError> {
        let key = self.key(path)?;
        self.block_on(async {
            match self.store.get(&key).await {
                // A missing bucket is reported by `list`.
                Err(Error::NotFound { .. }) => Ok(None),
                response => Ok(Some(response?.bytes().await?)),
            }
        })
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, TargetError> {
        use futures_util::TryStreamExt as _;
        let prefix = self.key(folder)?;
        let limit = if folder.is_empty() { MAX_LISTED } else { usize::MAX };
        let mut objects = self.store.list(Some(&prefix));
        let mut paths = Vec::new();
        self.block_on(async {
            while let Some(object) = objects.try_next().await? {
                paths.extend(object.location.as_ref().strip_prefix(&self.prefix).map(str::to_owned));
                if paths.len() >= limit {
                    break;
                }
            }
            Ok(())
        })?;
        Ok(paths)
    }

    fn delete(&self, path: &str) -> Result<(), TargetError> {
        let key = self.key(path)?;
        self.block_on(async {
            match self.store.delete(&key).await {
                Err(Error::NotFound { .. }) => Ok(()),
                deleted => deleted,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(scheme: &str, text: &'static str) -> String {
        explain(scheme, &Error::Generic { store: "Store", source: text.into() }).to_string()
    }

    #[test]
    fn errors_are_short_and_say_what_to_do() {
        let source = r#"Server returned 403: <?xml version="1.0"?>
<Error>
  <Code>AuthorizationFailure</Code>
  <Message>Server failed to authenticate the request.
Time:2026-11-27</Message></Error>"#;
        let denied = Error::PermissionDenied { path: "a".to_owned(), source: source.into() };
        assert_eq!(
            explain("az", &denied).to_string(),
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
    fn missing_credentials_name_their_variables() {
        for (scheme, text, variable) in [
            ("s3", "Error performing PUT http://169.254.169.254/latest/api/token", "AWS_ACCESS_KEY_ID"),
            ("gs", "http://metadata.google.internal/computeMetadata", "GOOGLE_APPLICATION_CREDENTIALS"),
            ("az", "http://169.254.169.254/metadata/identity", "AZURE_STORAGE_ACCOUNT_KEY"),
        ] {
            let message = generic(scheme, text);
            assert!(message.starts_with("no credentials: set ") && message.contains(variable), "{message}");
        }
    }
}
