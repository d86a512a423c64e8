//! Reads Rust sources far enough to say which modules they use: no comments, no strings, only words and signs.

use std::path::Path;

/// One file of the appliance.
pub(crate) struct Source {
    /// From `src/`.
    pub(crate) path: String,
    /// The top-level module that it belongs to.
    pub(crate) module: String,
    /// The other top-level modules that it names.
    pub(crate) uses: Vec<String>,
    pub(crate) lines: usize,
    pub(crate) has_module_doc: bool,
    words: Vec<String>,
}

/// Every Rust file under `src/`, but not those of the page.
pub(crate) fn read_sources(root: &Path) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut folders = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the sources can be listed") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("src/ui") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.ends_with("src/lib.rs")
            {
                let text = std::fs::read_to_string(&path).expect("a source can be read");
                let name = path
                    .strip_prefix(root.join("src"))
                    .expect("inside src")
                    .display()
                    .to_string();
                sources.push(Source::parse(&name, &text));
            }
        }
    }
    sources
}

impl Source {
    pub(crate) fn parse(path: &str, text: &str) -> Source {
        let first = path.split('/').next().expect("a path has a part");
        let module = first.trim_end_matches(".rs").to_owned();
        let words = words(text);
        let depth = path.split('/').filter(|part| *part != "mod.rs").count();
        let mut uses = named_modules(&words, depth);
        uses.retain(|used| *used != module);
        uses.sort();
        uses.dedup();
        let has_module_doc = text.lines().any(|line| line.starts_with("//!"));
        Source {
            path: path.to_owned(),
            module,
            uses,
            lines: text.lines().count(),
            has_module_doc,
            words,
        }
    }

    pub(crate) fn has_word(&self, word: &str) -> bool {
        self.words.iter().any(|candidate| candidate == word)
    }

    /// Whether `name::` appears, not as a part of a longer path.
    pub(crate) fn has_path(&self, name: &str) -> bool {
        self.words.windows(2).enumerate().any(|(at, pair)| {
            pair[0] == name && pair[1] == "::" && (at == 0 || self.words[at - 1] != "::")
        })
    }
}

/// The top-level modules after `crate::`, `farseat::` and enough `super::`.
fn named_modules(words: &[String], depth: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut supers = 0;
    for at in 0..words.len() {
        let path_goes_on = words.get(at + 1).is_some_and(|next| next == "::");
        let is_root = match words[at].as_str() {
            "crate" | "farseat" => path_goes_on,
            "super" => {
                supers += 1;
                path_goes_on
                    && supers >= depth
                    && words.get(at + 2).is_some_and(|next| next != "super")
            }
            "::" => continue,
            _ => {
                supers = 0;
                false
            }
        };
        if is_root {
            // A test module inside a file counts one level less than there is, so `super` may
            // still be inside: only a name on the map counts.
            let through_super = words[at] == "super";
            let parts = first_parts(&words[at + 2..]);
            found.extend(
                parts
                    .into_iter()
                    .filter(|part| !through_super || super::layer(part).is_some()),
            );
        }
    }
    found
}

/// The first part of a path, or of each path of a group `{a, b::c}`; only names of modules count.
fn first_parts(words: &[String]) -> Vec<String> {
    let is_module =
        |word: &&String| word.starts_with(|c: char| c.is_ascii_lowercase()) && *word != "self";
    if words.first().is_some_and(|word| word != "{") {
        return words
            .first()
            .filter(is_module)
            .filter(|_| is_path(words))
            .cloned()
            .into_iter()
            .collect();
    }
    let mut level = 0;
    let mut parts = Vec::new();
    for pair in words.windows(2) {
        match pair[0].as_str() {
            "{" => level += 1,
            "}" => level -= 1,
            _ => {}
        }
        if level == 0 {
            break;
        }
        if level == 1 && (pair[0] == "{" || pair[0] == ",") {
            parts.extend(Some(&pair[1]).filter(is_module).cloned());
        }
    }
    parts
}

/// `crate::name` alone may be a function or a macro of the root; a module goes on or is imported.
fn is_path(words: &[String]) -> bool {
    words
        .get(1)
        .is_some_and(|next| ["::", ";", ",", "}", "as"].contains(&next.as_str()))
}

/// Words and signs of the text, without comments and literals.
fn words(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let length = match bytes[at] {
            b'/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            b'r' if rest.starts_with("r\"") || rest.starts_with("r#") => raw_string(rest),
            b'"' => string(rest),
            b'\'' => character(rest),
            b':' if rest.starts_with("::") => {
                words.push("::".to_owned());
                2
            }
            byte if byte.is_ascii_alphanumeric() || byte == b'_' => {
                let end = rest
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                words.push(rest[..end].to_owned());
                end
            }
            byte if byte.is_ascii_punctuation() => {
                words.push(char::from(byte).to_string());
                1
            }
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
        at += length.max(1);
    }
    words
}

fn string(rest: &str) -> usize {
    let mut escaped = false;
    let end = rest.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(rest.len(), |end| end + 2)
}

fn raw_string(rest: &str) -> usize {
    let hashes = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
    if rest.as_bytes().get(1 + hashes) != Some(&b'"') {
        return 1 + hashes; // a raw identifier
    }
    let close = format!("\"{}", "#".repeat(hashes));
    let open = 2 + hashes;
    rest[open..]
        .find(&close)
        .map_or(rest.len(), |end| open + end + close.len())
}

/// A character literal; a lifetime is only its sign.
fn character(rest: &str) -> usize {
    let mut inside = rest[1..].char_indices();
    match inside.next() {
        Some((_, '\\')) => rest[2..].find('\'').map_or(1, |end| 2 + end.max(1) + 1),
        Some(_) => match inside.next() {
            Some((end, '\'')) => end + 2,
            _ => 1,
        },
        None => 1,
    }
}
