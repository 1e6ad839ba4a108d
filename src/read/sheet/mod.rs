//! A file of rows to rows: what the file is, how it is written, where its header is, and one row with its
//! cells by column.

pub mod archive;
pub mod calendar;
pub mod columns;
pub mod dialect;
pub mod encoding;
pub mod header;
pub mod opendocument;
mod plain;
pub mod quotes;
pub mod record;
pub mod row;
pub mod table;
pub mod workbook;
