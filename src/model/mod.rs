//! The types of a site: events, articles, filters, routes, settings. Their constructors reject invalid values. Pure: no
//! files, sockets or clocks.

pub mod alarm;
pub mod article;
pub mod event;
pub mod filter;
pub mod finding;
pub mod geo;
pub mod month;
pub mod repeat;
pub mod report;
pub mod route;
pub mod settings;
pub mod tag;
pub mod when;
