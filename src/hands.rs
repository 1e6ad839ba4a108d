//! The same work on each item of a long list, by two hands.

/// Below this many items a second hand costs more than it does.
const FEW: usize = 2_000;

/// So many items are fetched together.
pub const PORTION: usize = 32;

/// What a function makes of each item, in the order of the items. The function touches nothing else.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_ahead(items, |_| (), || (), |(), item| work(item))
}

/// The same with a tool that each hand makes once and has at hand for every item. Each portion of the items is
/// fetched before the first of it is worked on.
pub fn map_ahead<T: Sync, S, R: Send>(
    items: &[T],
    fetch: impl Fn(&[T]) + Sync,
    tool: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &T) -> R + Sync,
) -> Vec<R> {
    let each = |items: &[T], all: &mut Vec<R>| {
        let mut tool = tool();
        for portion in items.chunks(PORTION) {
            fetch(portion);
            all.extend(portion.iter().map(|item| work(&mut tool, item)));
        }
    };
    let mut all = Vec::with_capacity(items.len());
    if items.len() < FEW {
        each(items, &mut all);
        return all;
    }
    let (one, other) = items.split_at(items.len() / 2);
    std::thread::scope(|scope| {
        let second = scope.spawn(|| {
            let mut rest = Vec::with_capacity(other.len());
            each(other, &mut rest);
            rest
        });
        each(one, &mut all);
        match second.join() {
            Ok(rest) => all.extend(rest),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    });
    all
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_order_is_that_of_the_items() {
        for count in [0usize, 1, 1_999, 2_000, 10_001] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(super::map(&items, |item| item * 2), doubled);
        }
    }
}
