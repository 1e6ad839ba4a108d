//! The cells of one row: cut out of a text as they stand there, or put together by whoever took it apart.

use csv::StringRecord;

/// Where a cell begins and ends in its text, in bytes.
pub(super) type Cut = (u32, u32);

/// The cells of one row.
#[derive(Clone, Copy, Debug)]
pub enum Record<'r> {
    /// Parts of a text.
    Cut(&'r str, &'r [Cut]),
    /// Texts of their own.
    Own(&'r StringRecord),
}

impl<'r> Record<'r> {
    /// A cell by its position from 0.
    #[must_use]
    pub fn get(&self, position: usize) -> Option<&'r str> {
        match *self {
            Record::Cut(text, cuts) => cuts.get(position).map(|cut| part(text, *cut)),
            Record::Own(record) => record.get(position),
        }
    }

    /// All cells in their order.
    pub fn iter(&self) -> impl Iterator<Item = &'r str> + use<'r> {
        let record = *self;
        (0..record.len()).map_while(move |position| record.get(position))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Record::Cut(_, cuts) => cuts.len(),
            Record::Own(record) => record.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The texts of all cells, with what stands between them where they are parts of one text.
    #[must_use]
    pub fn whole(&self) -> &'r str {
        match *self {
            Record::Cut(text, [(start, _), .., (_, end)] | [(start, end)]) => part(text, (*start, *end)),
            Record::Cut(..) => "",
            Record::Own(record) => record.as_slice(),
        }
    }

    /// A copy that is kept.
    #[must_use]
    pub fn kept(&self) -> StringRecord {
        match self {
            Record::Cut(..) => self.iter().collect(),
            Record::Own(record) => (*record).clone(),
        }
    }
}

impl<'r> From<&'r StringRecord> for Record<'r> {
    fn from(record: &'r StringRecord) -> Record<'r> {
        Record::Own(record)
    }
}

fn part(text: &str, (start, end): Cut) -> &str {
    &text[start as usize..end as usize]
}

/// Room for the cells of one row, which is used again for others.
#[derive(Debug, Default)]
pub struct Room {
    pub(super) cuts: Vec<Cut>,
    pub(super) own: StringRecord,
    /// Whether the row that is in it was cut out of its text.
    pub(super) is_cut: bool,
}

impl Room {
    /// The row that is in it, which was read from a text.
    #[must_use]
    pub fn record<'r>(&'r self, text: &'r str) -> Record<'r> {
        if self.is_cut { Record::Cut(text, &self.cuts) } else { Record::Own(&self.own) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_the_same_wherever_they_lie() {
        let text = "Café,\"a, b\",\n";
        let cuts = [(0, 5), (7, 11), (13, 13)];
        let own = StringRecord::from(vec!["Café", "a, b", ""]);
        let (cut, own) = (Record::Cut(text, &cuts), Record::from(&own));
        assert_eq!(cut.iter().collect::<Vec<_>>(), own.iter().collect::<Vec<_>>());
        assert_eq!((cut.len(), cut.get(2), cut.get(3)), (3, Some(""), None));
        assert_eq!(cut.kept(), own.kept());
        assert_eq!((cut.whole(), own.whole()), ("Café,\"a, b\",", "Caféa, b"));
        assert_eq!(Record::Cut(text, &[]).whole(), "");
    }
}
