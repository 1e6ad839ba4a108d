//! Routes to documents: all documents of one site on one day are an [`edition::Edition`].

mod agenda;
pub mod body_file;
mod contents;
pub mod document;
pub mod edition;
pub mod exported;
pub mod headers;
mod lately;
pub mod missing;
mod places;
mod printing;
mod sorted;
mod stock;
pub mod survey;
