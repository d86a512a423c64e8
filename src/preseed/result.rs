//! The text that is put beside the preseed file for the person who wrote it. Pure.

use super::record::{Record, Stage};

/// Windows opens it too, so the lines end as there.
const END: &str = "\r\n";

/// What became of the preseed files, in words.
#[must_use]
pub fn result_text(record: &Record, version: &str) -> String {
    let mut lines = vec![
        format!("Farseat {version}: what became of the preseed file"),
        String::new(),
    ];
    let applied = record.last.as_ref();
    if let Some(last) = applied.filter(|last| last.stage != Stage::Begun) {
        lines.push(format!("{} was applied.", last.file));
        list(&mut lines, "Done:", &last.applied);
        list(&mut lines, "Not known here, passed over:", &last.unknown);
        list(&mut lines, "To look at:", &last.problems);
        let secrets = if last.volatile {
            "Passwords, hashes and keys stay in it: the data partition cannot be used, so the file is applied at every start."
        } else {
            "Passwords, hashes and keys in it are overwritten with asterisks."
        };
        lines.push(secrets.to_owned());
    }
    if let Some(trouble) = &record.trouble {
        lines.push(trouble.problem.clone());
    }
    lines.push(String::new());
    lines.join(END)
}

fn list(lines: &mut Vec<String>, title: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    lines.push(title.to_owned());
    lines.extend(items.iter().map(|item| format!("  - {item}")));
}
