//! What may be in the root file system: two programs, and nothing that could become another one.

use std::collections::HashSet;

use crate::check::{Findings, megabytes};
use crate::cpio::{Entry, FILE, FOLDER};
use crate::rootfs::{FIRMWARE, INIT, MOUNT_POINTS, SHARE, SUPPLICANT};

/// Data files without which the appliance lacks something.
const DATA_FILES: [&str; 3] = ["about.json", "data.blocks", "sbom.cdx.json"];
const DEVELOPMENT_KEY: &str = include_str!("../../keys/development.pub");
/// All of them.
const PROGRAMS: [&str; 2] = [INIT, SUPPLICANT];
/// Names of shells and interpreters, wherever they are and whatever their permissions.
const INTERPRETERS: [&str; 14] = [
    "sh", "ash", "bash", "dash", "zsh", "busybox", "toybox", "python", "python3", "perl", "lua",
    "node", "awk", "gdb",
];
const SET_ID_OR_STICKY: u32 = 0o7000;
const EXECUTABLE: u32 = 0o111;
const WRITABLE_BY_OTHERS: u32 = 0o022;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("/{0} is executable; only /init and /wpa_supplicant may be")]
    Executable(String),
    #[error("/{0} is a program or a library without being called so (ELF)")]
    Elf(String),
    #[error("/{0} is a script")]
    Script(String),
    #[error("/{0} has the name of a shell or an interpreter")]
    Interpreter(String),
    #[error("/{0} is a kernel module")]
    Module(String),
    #[error("/{0} is setuid, setgid or sticky")]
    SetId(String),
    #[error("/{0} can be written by others than root")]
    Writable(String),
    #[error("/{0} does not belong to root")]
    NotRoots(String),
    #[error("/{0} is neither a file nor a folder (the kernel makes its device nodes itself)")]
    Special(String),
    #[error("/{0} is there twice")]
    Twice(String),
    #[error("/{0} is missing")]
    Missing(String),
    #[error("/{0} is no static program for 64-bit ARM: {1}")]
    Program(String, &'static str),
    #[error(
        "/init installs what is signed with the development key, which everybody has: that must not ship"
    )]
    DevelopmentKey,
}

/// Walks the archive. With `development` it may be one for tests.
#[must_use]
pub fn check(entries: &[Entry], development: bool) -> Findings<Fault> {
    let mut findings = Findings::none();
    let trusts_everybody = entries.iter().any(trusts_development_key);
    findings.fault_if(trusts_everybody && !development, Fault::DevelopmentKey);
    if trusts_everybody {
        findings.figure("for tests only: it installs what is signed with the development key");
    }
    let mut paths = HashSet::new();
    for entry in entries {
        let path = entry.path.as_str();
        findings.fault_if(!paths.insert(path), Fault::Twice(path.to_owned()));
        findings.faults.extend(faults_of(entry));
    }
    let files = DATA_FILES.map(|name| format!("{SHARE}/{name}"));
    let countries = format!("{FIRMWARE}/regulatory.db");
    let wanted = MOUNT_POINTS.iter().chain(&PROGRAMS);
    let wanted = wanted.map(ToString::to_string).chain([countries]);
    for path in wanted.chain(files) {
        findings.fault_if(!paths.contains(path.as_str()), Fault::Missing(path));
    }
    let size = entries.iter().map(|entry| entry.content.len() as u64).sum();
    findings.figure(format!(
        "root file system: {} entries, {} unpacked",
        entries.len(),
        megabytes(size)
    ));
    findings
}

/// The key is in the program as in its file: base64.
fn trusts_development_key(entry: &Entry) -> bool {
    let key = DEVELOPMENT_KEY.lines().nth(1).unwrap_or_default();
    let mut windows = entry.content.windows(key.len());
    entry.path == INIT && windows.any(|window| window == key.as_bytes())
}

fn faults_of(entry: &Entry) -> Vec<Fault> {
    let path = &entry.path;
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_program = PROGRAMS.contains(&path.as_str());
    let mut faults = Vec::new();
    let mut fault_if = |wrong: bool, fault: fn(String) -> Fault| {
        if wrong {
            faults.push(fault(path.clone()));
        }
    };
    let is_file = entry.is(FILE);
    fault_if(!is_file && !entry.is(FOLDER), Fault::Special);
    fault_if(entry.mode & SET_ID_OR_STICKY != 0, Fault::SetId);
    fault_if(entry.mode & WRITABLE_BY_OTHERS != 0, Fault::Writable);
    fault_if((entry.uid, entry.gid) != (0, 0), Fault::NotRoots);
    fault_if(
        is_file && !is_program && entry.mode & EXECUTABLE != 0,
        Fault::Executable,
    );
    fault_if(
        !is_program && entry.content.starts_with(b"\x7fELF"),
        Fault::Elf,
    );
    fault_if(entry.content.starts_with(b"#!"), Fault::Script);
    fault_if(
        !is_program && INTERPRETERS.contains(&name),
        Fault::Interpreter,
    );
    fault_if(is_module(name), Fault::Module);
    if is_program {
        let fault = |why| Fault::Program(path.clone(), why);
        faults.extend(elf_fault(&entry.content).map(fault));
    }
    faults
}

fn is_module(name: &str) -> bool {
    [".ko", ".ko.gz", ".ko.xz", ".ko.zst"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// What is wrong with a program. Source: the System V ABI's ELF header and program header, little-endian, 64 bits.
fn elf_fault(program: &[u8]) -> Option<&'static str> {
    const LITTLE_64: &[u8] = b"\x7fELF\x02\x01";
    const AARCH64: u64 = 183;
    const INTERPRETER: u64 = 3;
    let number = |at: usize, length: usize| {
        let bytes = program.get(at..at.checked_add(length)?)?;
        Some(
            bytes
                .iter()
                .rev()
                .fold(0, |number, byte| number << 8 | u64::from(*byte)),
        )
    };
    if !program.starts_with(LITTLE_64) {
        return Some("it is no 64-bit ELF");
    }
    if number(18, 2) != Some(AARCH64) {
        return Some("it is for another machine");
    }
    let headers = (number(32, 8), number(54, 2), number(56, 2));
    let (Some(table), Some(size), Some(count)) = headers else {
        return Some("its header is cut off");
    };
    for index in 0..count {
        let at = table
            .checked_add(index * size)
            .and_then(|at| usize::try_from(at).ok());
        match at.and_then(|at| number(at, 4)) {
            Some(INTERPRETER) => return Some("it wants a dynamic loader"),
            Some(_) => {}
            None => return Some("its program headers are cut off"),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpio::KIND;

    /// The smallest thing that counts as a static program; a segment of kind `segment`.
    fn program(machine: u8, segment: u8) -> Vec<u8> {
        let mut elf = vec![0; 64 + 56];
        elf[..6].copy_from_slice(b"\x7fELF\x02\x01");
        (elf[18], elf[32], elf[54], elf[56]) = (machine, 64, 56, 1);
        elf[64] = segment;
        elf
    }

    fn good() -> Vec<Entry> {
        let mut entries: Vec<Entry> = MOUNT_POINTS.into_iter().map(Entry::folder).collect();
        entries.push(Entry::program(INIT, program(183, 1)));
        entries.push(Entry::program(SUPPLICANT, program(183, 1)));
        entries.extend(["lib", FIRMWARE].map(Entry::folder));
        let countries = format!("{FIRMWARE}/regulatory.db");
        entries.push(Entry::file(&countries, b"RGDB".to_vec()));
        for name in DATA_FILES {
            entries.push(Entry::file(&format!("{SHARE}/{name}"), b"{}".to_vec()));
        }
        entries
    }

    fn faults_with(entry: Entry) -> Vec<Fault> {
        let mut entries = good();
        entries.push(entry);
        check(&entries, false).faults
    }

    fn path(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn two_programs_and_their_data_pass() {
        assert_eq!(check(&good(), false).faults, []);
    }

    #[test]
    fn a_third_program_is_seen_with_and_without_its_permission() {
        let bin = Entry::program("bin/tool", b"anything".to_vec());
        assert_eq!(faults_with(bin), [Fault::Executable(path("bin/tool"))]);
        let hidden = Entry::file("usr/share/x", program(183, 1));
        assert_eq!(faults_with(hidden), [Fault::Elf(path("usr/share/x"))]);
        let script = Entry::file("etc/x", b"#!/init\n".to_vec());
        assert_eq!(faults_with(script), [Fault::Script(path("etc/x"))]);
        let shell = Entry::file("bin/busybox", Vec::new());
        assert_eq!(
            faults_with(shell),
            [Fault::Interpreter(path("bin/busybox"))]
        );
    }

    #[test]
    fn a_program_that_trusts_the_development_key_is_for_tests_only() {
        let mut entries = good();
        let init = entries.iter_mut().find(|entry| entry.path == INIT).unwrap();
        init.content.extend(DEVELOPMENT_KEY.bytes());
        assert_eq!(check(&entries, false).faults, [Fault::DevelopmentKey]);
        assert_eq!(check(&entries, true).faults, []);
    }

    #[test]
    fn modules_devices_and_set_ids_are_seen() {
        let module = Entry::file("lib/modules/x.ko.xz", Vec::new());
        assert_eq!(
            faults_with(module),
            [Fault::Module(path("lib/modules/x.ko.xz"))]
        );
        let mut node = Entry::file("dev/mem", Vec::new());
        node.mode = node.mode & !KIND | 0o020_000;
        assert_eq!(faults_with(node), [Fault::Special(path("dev/mem"))]);
        let mut setuid = Entry::file("x", Vec::new());
        setuid.mode |= 0o4000;
        assert_eq!(faults_with(setuid), [Fault::SetId(path("x"))]);
        let mut writable = Entry::folder("x");
        writable.mode |= 0o020;
        assert_eq!(faults_with(writable), [Fault::Writable(path("x"))]);
        let mut foreign = Entry::file("x", Vec::new());
        foreign.uid = 1000;
        assert_eq!(faults_with(foreign), [Fault::NotRoots(path("x"))]);
    }

    #[test]
    fn what_is_missing_or_there_twice_is_named() {
        let mut entries = good();
        entries.retain(|entry| entry.path != "data");
        assert_eq!(
            check(&entries, false).faults,
            [Fault::Missing(path("data"))]
        );
        assert_eq!(
            faults_with(Entry::folder("data")),
            [Fault::Twice(path("data"))]
        );
    }

    #[test]
    fn a_program_that_the_board_cannot_start_alone_is_seen() {
        let with = |name: &str, program: Vec<u8>| {
            let mut entries = good();
            entries.retain(|entry| entry.path != name);
            entries.push(Entry::program(name, program));
            check(&entries, false).faults
        };
        for name in PROGRAMS {
            let fault = |why| [Fault::Program(name.to_owned(), why)];
            let with = |program| with(name, program);
            assert_eq!(with(program(62, 1)), fault("it is for another machine"));
            assert_eq!(with(program(183, 3)), fault("it wants a dynamic loader"));
            assert_eq!(with(b"text".to_vec()), fault("it is no 64-bit ELF"));
            let mut cut = program(183, 1);
            cut[33] = 0xFF;
            assert_eq!(with(cut), fault("its program headers are cut off"));
        }
    }
}
