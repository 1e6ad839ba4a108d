//! The order of day, month and year in a date of numbers.

/// Order of the numbers in a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// `31/12/2026`
    DayFirst,
    /// `12/31/2026`
    MonthFirst,
    /// `26-12-31`
    YearFirst,
}

impl DateOrder {
    /// All orders.
    pub const ALL: [DateOrder; 3] = [DateOrder::DayFirst, DateOrder::MonthFirst, DateOrder::YearFirst];
}

/// A set of orders: those in which a day can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Orders(u8);

impl Orders {
    pub const ALL: Orders = Orders(7);
    pub const NONE: Orders = Orders(0);

    pub fn only(order: DateOrder) -> Orders {
        Orders(match order {
            DateOrder::DayFirst => 1,
            DateOrder::MonthFirst => 2,
            DateOrder::YearFirst => 4,
        })
    }

    pub fn and(self, other: Orders) -> Orders {
        Orders(self.0 & other.0)
    }

    pub fn or(self, other: Orders) -> Orders {
        Orders(self.0 | other.0)
    }

    pub fn has(self, order: DateOrder) -> bool {
        self.0 & Orders::only(order).0 != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn list(self) -> Vec<DateOrder> {
        DateOrder::ALL.into_iter().filter(|order| self.has(*order)).collect()
    }
}
