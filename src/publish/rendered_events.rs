//! The iCalendar components of a site's events, each rendered once. Calendars are concatenations of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use crate::render::vevent::{Component, Renderer};
use crate::render::zones::VtimezoneCache;
use crate::site::Site;

/// Events that one thread renders at a time.
const CHUNK: usize = 500;

/// The component of each event of a site, rendered at first use.
pub(super) struct RenderedEvents {
    site: Arc<Site>,
    components: Vec<OnceLock<Component>>,
    is_complete: AtomicBool,
    /// The VTIMEZONEs of the calendars of the site.
    pub(super) zones: VtimezoneCache,
}

impl RenderedEvents {
    /// Prepares the events of a site, reusing the components of an earlier state of it for unchanged events.
    pub(super) fn new(site: Arc<Site>, previous: Option<&RenderedEvents>) -> RenderedEvents {
        let previous = previous.filter(|previous| renders_alike(&previous.site, &site));
        let reused = |index| previous.and_then(|previous| previous.unchanged(&site, index)).cloned();
        let components: Vec<OnceLock<Component>> = (0..site.events().len())
            .map(|index| reused(index).map(OnceLock::from).unwrap_or_default())
            .collect();
        let is_complete = components.iter().all(|component| component.get().is_some());
        RenderedEvents { site, components, is_complete: is_complete.into(), zones: VtimezoneCache::default() }
    }

    /// Returns the component of an event of another state of the site, if it is rendered and unchanged.
    fn unchanged(&self, site: &Site, index: usize) -> Option<&Component> {
        let own = self.site.index_of(&site.events()[index].id)?;
        let is_same = Arc::ptr_eq(self.site.history_at(own), site.history_at(index));
        if is_same { self.components[own].get() } else { None }
    }

    /// Renders all events.
    pub(super) fn render_all(&self) {
        self.render(&(0..self.components.len()).collect::<Vec<_>>());
        self.is_complete.store(true, Ordering::Relaxed);
    }

    /// Returns whether all events were rendered when the set was created or by [`RenderedEvents::render_all`].
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete.load(Ordering::Relaxed)
    }

    /// Returns the component of one event.
    pub(super) fn component(&self, index: usize) -> &Component {
        self.components[index].get_or_init(|| Renderer::new(&self.site).component(index))
    }

    /// Returns the components of some events, in their order.
    pub(super) fn components(&self, indexes: &[usize]) -> Vec<&Component> {
        self.render(indexes);
        indexes.iter().map(|index| self.component(*index)).collect()
    }

    fn render(&self, indexes: &[usize]) {
        let is_missing = |index: &usize| self.components[*index].get().is_none();
        let missing: Vec<usize> = indexes.iter().copied().filter(is_missing).collect();
        let render_chunk = |chunk: &[usize]| {
            let mut renderer = Renderer::new(&self.site);
            for index in chunk {
                self.components[*index].get_or_init(|| renderer.component(*index));
            }
        };
        // A rayon worker that waits here could steal a job that waits for the document it is rendering.
        if rayon::current_thread_index().is_some() {
            render_chunk(&missing);
        } else {
            missing.par_chunks(CHUNK).for_each(render_chunk);
        }
    }
}

/// Returns whether an event that is unchanged between two states of a site renders to the same bytes in both.
fn renders_alike(previous: &Site, site: &Site) -> bool {
    let config =
        |site: &Site| site.history.site.as_ref().map(|site| (site.config_hash, site.uid_domain.clone()));
    config(previous) == config(site) && previous.settings.base_url == site.settings.base_url
}
