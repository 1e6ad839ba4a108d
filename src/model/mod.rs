//! What a site is: types that cannot be wrong. Everything here was read and checked already, or it would
//! not have this type; nothing here knows files, sockets or clocks.

pub mod alarm;
pub mod article;
pub mod event;
pub mod filter;
pub mod finding;
pub mod geo;
pub mod month;
pub mod placed;
pub mod repeat;
pub mod report;
pub mod route;
pub mod settings;
pub mod tag;
pub mod when;
