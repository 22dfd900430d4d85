//! The memory of tones, a page at a time: what was used once is used again.
//!
//! Memory that is new to the program costs the system half as much time as the samples that are rendered to it. So pages are
//! cut from slabs that the system makes ready as a whole, and none is ever given back: song.mid takes 0.96 of the CPU time.
//! (Huge pages bring it to 0.9, but to 1.15 on a virtual machine whose host has taken unused memory back.)

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use memmap2::MmapOptions;

use crate::voice::grid::CHUNK;

/// Frames of a tone that are rendered and kept together. A multiple of [`CHUNK`], so that a page can begin anywhere.
pub const PAGE: usize = 8192;
const _: () = assert!(PAGE.is_multiple_of(CHUNK));

/// The samples of a page. The last page of a tone is filled to the tone's last step only.
#[derive(Debug)]
pub(super) struct Page(&'static mut [f32]);

/// The pages that nobody has.
static STORE: Mutex<Store> = Mutex::new(Store {
    blank: Vec::new(),
    made: 0,
});

#[derive(Debug)]
struct Store {
    blank: Vec<&'static mut [f32]>,
    /// How many pages there are in all.
    made: usize,
}

/// The pages of the first slab. Each has as many as there are, so that little memory is taken for little sound, ...
const FIRST_SLAB: usize = 8;

/// ... up to so many: 1 MB.
const LARGEST_SLAB: usize = 32;

impl Page {
    /// A page with anything in it.
    pub(super) fn take() -> Self {
        let mut store = lock();
        let page = store.blank.pop().unwrap_or_else(|| {
            let pages = store.grow();
            // Others need not wait for the system.
            drop(store);
            let mut blank = slab(pages).chunks_exact_mut(PAGE);
            let page = blank.next().unwrap_or_default();
            lock().blank.extend(blank.rev());
            page
        });
        Self(page)
    }
}

fn lock() -> MutexGuard<'static, Store> {
    STORE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Page {
    fn drop(&mut self) {
        lock().blank.push(std::mem::take(&mut self.0));
    }
}

impl Deref for Page {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        self.0
    }
}

impl DerefMut for Page {
    fn deref_mut(&mut self) -> &mut [f32] {
        self.0
    }
}

impl Store {
    /// How many pages the next slab has.
    fn grow(&mut self) -> usize {
        let pages = self.made.clamp(FIRST_SLAB, LARGEST_SLAB);
        self.made += pages;
        pages
    }
}

/// The memory of so many pages, for the life of the program.
fn slab(pages: usize) -> &'static mut [f32] {
    let samples = pages * PAGE;
    let mut options = MmapOptions::new();
    options.len(samples * size_of::<f32>());
    if pages == LARGEST_SLAB {
        options.populate();
    }
    match options.map_anon() {
        Ok(memory) => bytemuck::cast_slice_mut(&mut Box::leak(Box::new(memory))[..]),
        Err(_) => vec![0.0; samples].leak(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_memory_of_their_own() {
        let mut pages: Vec<Page> = (0..3 * LARGEST_SLAB).map(|_| Page::take()).collect();
        for (number, page) in pages.iter_mut().enumerate() {
            assert_eq!(page.len(), PAGE);
            page.fill(number as f32);
        }
        for (number, page) in pages.iter().enumerate() {
            assert!(page.iter().all(|sample| *sample == number as f32));
        }
    }

    #[test]
    fn slabs_grow_up_to_the_largest() {
        let mut store = Store {
            blank: Vec::new(),
            made: 0,
        };
        let slabs: Vec<usize> = (0..6).map(|_| store.grow()).collect();
        assert_eq!(slabs, [8, 8, 16, 32, 32, 32]);
    }
}
