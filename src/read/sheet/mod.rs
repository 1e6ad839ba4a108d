//! Reads tables: detects the format and the header of a file, and yields the cells of each row by column.

pub mod archive;
pub mod calendar;
pub mod columns;
mod delimited;
pub mod dialect;
pub mod encoding;
pub mod header;
pub mod opendocument;
pub mod quotes;
pub mod raw_row;
mod row_builder;
pub mod row_view;
pub mod table;
pub mod workbook;
