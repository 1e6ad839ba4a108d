//! Routes to documents: all documents of one site on one day are an [`snapshot::Snapshot`].

mod agenda;
mod contents;
pub mod document;
pub mod exported;
pub mod headers;
mod lately;
pub mod missing;
mod places;
mod printing;
pub mod snapshot;
mod sorted;
mod stock;
pub mod survey;
