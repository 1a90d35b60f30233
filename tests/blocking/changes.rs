//! The export in `tests/data/exports`, and its changes there.

use serde_json::Value;

/// The lines of the export.
pub(crate) fn exported() -> Vec<&'static str> {
    include_str!("../data/exports/whole.jsonl").lines().collect()
}

/// A change of it.
pub(crate) struct Change {
    pub(crate) name: String,
    pub(crate) lines: Vec<String>,
    /// The number of the line that is to be refused, and the path of the field.
    pub(crate) refused: Option<(u64, Option<String>)>,
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// CRC-32 (IEEE 802.3), bit by bit: another way to compute it than the crate's.
fn crc32(bytes: impl IntoIterator<Item = u8>) -> u32 {
    !bytes.into_iter().fold(!0, |state, byte| {
        (0..8).fold(state ^ u32::from(byte), |state, _| (state >> 1) ^ (0xedb8_8320 * (state & 1)))
    })
}

/// Gives the last line that has a checksum the one that fits.
fn seal(lines: &mut [String]) {
    const BEFORE: &str = r#""crc32":""#;
    let place = lines.iter().rposition(|line| line.contains(BEFORE)).expect("a trailer");
    let texts = lines[..place].iter().map(|line| {
        let line = line.strip_suffix('\n').map_or(&**line, |rest| rest.strip_suffix('\r').unwrap_or(rest));
        if line.is_empty() { String::new() } else { format!("{line}\n") }
    });
    let crc = crc32(texts.flat_map(String::into_bytes));
    let (before, after) = lines[place].split_once(BEFORE).expect("a checksum");
    let after = after.trim_start_matches(|digit: char| digit.is_ascii_hexdigit());
    lines[place] = format!("{before}{BEFORE}{crc:08x}{after}");
}

fn change(case: &Value) -> Change {
    let name = text(&case["name"]);
    let mut lines: Vec<Vec<String>> = exported().into_iter().map(|line| vec![line.to_owned()]).collect();
    for edit in case["edits"].as_array().expect("edits") {
        let place = edit["line"].as_u64().expect("a line") as usize - 1;
        if let Some(texts) = edit.get("is") {
            lines[place] = texts.as_array().expect("lines").iter().map(text).collect();
            continue;
        }
        let (line, find) = (lines[place].concat(), text(&edit["find"]));
        assert_eq!(line.matches(&find).count(), 1, "{name}: {find} is in line {} once", place + 1);
        lines[place] = vec![line.replace(&find, &text(&edit["put"]))];
    }
    let mut lines = lines.concat();
    if case.get("unsealed") != Some(&Value::Bool(true)) {
        seal(&mut lines);
    }
    let refused = case
        .get("refused")
        .map(|refused| (refused["line"].as_u64().expect("a line"), refused.get("path").map(text)));
    Change { name, lines, refused }
}

/// All of them.
pub(crate) fn changes() -> Vec<Change> {
    let table: Value = serde_json::from_str(include_str!("../data/exports/changes.json")).expect("a table");
    let changes: Vec<_> = table["cases"].as_array().expect("cases").iter().map(change).collect();
    let taken = changes.iter().filter(|change| change.refused.is_none()).count();
    assert!(taken > 10 && changes.len() > 200, "{taken} of {} are taken", changes.len());
    changes
}
