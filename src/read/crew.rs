//! Work on a long row of jobs by two hands, with the same result as by one: jobs are made and finished in
//! order, on the thread of the caller; what is between, which touches nothing else, is done by whoever is
//! free.

use std::collections::BTreeMap;
use std::sync::mpsc::{TrySendError, channel, sync_channel};

/// How many jobs wait for the second hand.
const WAITING: usize = 3;
/// How many jobs are done before their turn, at most.
const AHEAD: usize = 6;

/// The same by one hand, for a row of jobs that is too short for two.
pub fn in_turn<J>(make: &mut dyn FnMut() -> Option<J>, work: &dyn Fn(&mut J), finish: &mut dyn FnMut(J)) {
    while let Some(mut job) = make() {
        work(&mut job);
        finish(job);
    }
}

/// Makes jobs until there is none, works on each, and finishes them in the order they were made.
pub fn in_order<J: Send>(
    make: &mut dyn FnMut() -> Option<J>,
    work: &(dyn Fn(&mut J) + Sync),
    finish: &mut dyn FnMut(J),
) {
    std::thread::scope(|scope| {
        let (give, given) = sync_channel::<(usize, J)>(WAITING);
        let (give_back, done) = channel::<(usize, J)>();
        scope.spawn(move || {
            for (number, mut job) in given {
                work(&mut job);
                if give_back.send((number, job)).is_err() {
                    break;
                }
            }
        });
        let mut ready: BTreeMap<usize, J> = BTreeMap::new();
        let (mut made, mut turn) = (0, 0);
        while let Some(job) = make() {
            let number = made;
            made += 1;
            match give.try_send((number, job)) {
                Ok(()) => {}
                Err(
                    TrySendError::Full((number, mut job)) | TrySendError::Disconnected((number, mut job)),
                ) => {
                    work(&mut job);
                    ready.insert(number, job);
                }
            }
            ready.extend(done.try_iter());
            while let Some(job) = ready.remove(&turn) {
                finish(job);
                turn += 1;
            }
            while ready.len() > AHEAD {
                // Only the second hand can hold the next one.
                let Ok((number, job)) = done.recv() else { return };
                ready.insert(number, job);
                while let Some(job) = ready.remove(&turn) {
                    finish(job);
                    turn += 1;
                }
            }
        }
        drop(give);
        ready.extend(done.iter());
        ready.into_values().for_each(finish);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_finished_in_the_order_they_were_made() {
        let mut next = 0u64;
        let mut finished = Vec::new();
        in_order(
            &mut || {
                next += 1;
                (next <= 500).then_some((next, 0))
            },
            &|(number, result)| {
                // Some take longer than others.
                *result = (0..*number % 7 * 1000).fold(*number, |sum, n| sum ^ n.rotate_left(3) ^ n) | 1;
            },
            &mut |(number, result)| finished.push((number, result > 0)),
        );
        assert_eq!(finished, (1..=500).map(|number| (number, true)).collect::<Vec<_>>());
    }
}
