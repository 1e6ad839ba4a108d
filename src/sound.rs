//! What a mutex guards is sound also after a panic under it: everywhere in this house it is changed in single steps,
//! each of them whole, so what was done before stays good.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a mutex guards, once nobody else has it.
pub fn lock<T>(guarded: &Mutex<T>) -> MutexGuard<'_, T> {
    guarded.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a mutex guarded, without it.
pub fn into_inner<T>(guarded: Mutex<T>) -> T {
    guarded.into_inner().unwrap_or_else(PoisonError::into_inner)
}
