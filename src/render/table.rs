//! Rows as CSV (RFC 4180) for spreadsheet programs.

use crate::text::FORMULA;

/// Columns that a table has even where every cell is blank.
const ALWAYS_PRESENT: [&str; 8] = ["id", "title", "start", "end", "location", "url", "description", "topic"];

/// Returns a table with a header, without the columns that are blank in every row.
///
/// A cell that a spreadsheet would take for a formula gets an apostrophe before it, which reading removes.
#[must_use]
pub fn csv(columns: &[&str], rows: &[Vec<String>]) -> String {
    let is_used =
        |at: &usize| ALWAYS_PRESENT.contains(&columns[*at]) || rows.iter().any(|row| !row[*at].is_empty());
    let used: Vec<usize> = (0..columns.len()).filter(is_used).collect();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let written = "writing to memory does not fail";
    writer.write_record(used.iter().map(|at| columns[*at])).expect(written);
    for row in rows {
        writer.write_record(used.iter().map(|at| quoted(&row[*at]))).expect(written);
    }
    let bytes = writer.into_inner().expect(written);
    String::from_utf8(bytes).expect("what was written was text")
}

fn quoted(cell: &str) -> String {
    // Reading removes one apostrophe, so a cell that begins with one gets another.
    if cell.trim_start_matches('\'').starts_with(FORMULA) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn formulas_are_escaped() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows = [row(["=1+1", "a, \"b\"", ""]), row(["\u{ff1d}x", "two\nlines", ""])];
        let table = super::csv(&["title", "description", "cost"], &rows);
        assert_eq!(table, "title,description\r\n'=1+1,\"a, \"\"b\"\"\"\r\n'\u{ff1d}x,\"two\nlines\"\r\n");
    }
}
