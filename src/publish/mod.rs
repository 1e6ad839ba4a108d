//! Routes to documents: all documents of one site on one day are an [`edition::Edition`].

pub mod document;
pub mod edition;
mod stock;
pub mod survey;
