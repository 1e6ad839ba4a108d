//! The target that a person names: a folder, or the address of a bucket.

use std::path::Path;

use bytes::Bytes;

use super::bucket::Bucket;
use super::directory::Directory;
use super::layout::Layout;
use super::manifest::Entry;
use super::{Mode, Refusal, Target};
use crate::publish::document::{Document, Encoding};

/// Opens what is named: `site`, `s3://bucket/folder`. A folder that is not there is made, unless nothing is to be
/// written.
///
/// # Errors
/// When it is none, or cannot be opened.
pub fn open(place: &str, mode: Mode) -> Result<Box<dyn Target + Send>, Refusal> {
    if place.contains("://") {
        return Ok(Box::new(Bucket::open(place)?));
    }
    let path = Path::new(place);
    Ok(if mode == Mode::Pretend && !path.exists() {
        Box::new(Nowhere)
    } else {
        Box::new(Directory::open(path)?)
    })
}

/// A folder that is not there yet, and will not be.
#[derive(Clone, Copy, Debug)]
struct Nowhere;

impl Target for Nowhere {
    fn layout(&self) -> Layout {
        Layout::Folders
    }

    fn hands(&self) -> usize {
        1
    }

    fn put(&self, _: &str, _: &Document, _: Encoding) -> Result<(), Refusal> {
        Err("nothing is to be written".into())
    }

    fn keep(&self, _: &str, _: Bytes) -> Result<(), Refusal> {
        Err("nothing is to be written".into())
    }

    fn read(&self, _: &str) -> Result<Option<Bytes>, Refusal> {
        Ok(None)
    }

    fn list(&self, _: &str) -> Result<Vec<String>, Refusal> {
        Ok(Vec::new())
    }

    fn delete(&self, _: &str) -> Result<(), Refusal> {
        Ok(())
    }

    fn has(&self, _: &str, _: &Entry) -> bool {
        false
    }

    fn settle(&self) -> Result<(), Refusal> {
        Ok(())
    }
}
