//! Lists the built page (`src/ui/dist`) for `src/web/page.rs`, which embeds it. Without Node
//! nothing is listed and the program serves a plain page that says so. Also tells the program when it was built.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const DIST: &str = "src/ui/dist";

fn main() -> io::Result<()> {
    // A missing folder counts as changed, so the page is found as soon as somebody builds it.
    println!("cargo::rerun-if-changed={DIST}");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    println!("cargo::rustc-env=FARSEAT_BUILT={}", built()?);
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join(DIST);
    let mut files = Vec::new();
    if root.is_dir() {
        list(&root, &mut files)?;
    }
    files.sort();
    let mut code = String::from("&[\n");
    for file in files.iter().filter(|file| !is_packed(file)) {
        entry(&root, file, &mut code)?;
    }
    code.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("page.rs"), code)
}

/// When this was built, in seconds since 1970: the earliest that any clock may show. A fixed date where the
/// build names none, so that the same sources give the same program.
fn built() -> io::Result<u64> {
    const SOURCES: u64 = 1_793_491_200; // 2026-11-01
    let Some(named) = env::var_os("SOURCE_DATE_EPOCH") else {
        return Ok(SOURCES);
    };
    let seconds = named.to_str().and_then(|text| text.parse::<u64>().ok());
    let seconds = seconds.ok_or_else(|| io::Error::other("SOURCE_DATE_EPOCH is no number"))?;
    Ok(seconds.max(SOURCES))
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for item in fs::read_dir(folder)? {
        let path = item?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// `x.gz` and `x.br` are other forms of `x`.
fn is_packed(file: &Path) -> bool {
    let packed = file
        .extension()
        .is_some_and(|ext| ext == "gz" || ext == "br");
    packed && file.with_extension("").is_file()
}

fn entry(root: &Path, file: &Path, code: &mut String) -> io::Result<()> {
    let name = file.strip_prefix(root).map_err(io::Error::other)?;
    let packed = |ext: &str| {
        let mut beside = file.as_os_str().to_owned();
        beside.push(ext);
        let beside = PathBuf::from(beside);
        let found = beside
            .is_file()
            .then(|| format!("Some(include_bytes!({beside:?}))"));
        found.unwrap_or_else(|| "None".to_owned())
    };
    let tag = fnv1a(&fs::read(file)?);
    let (gzip, brotli) = (packed(".gz"), packed(".br"));
    writeln!(
        code,
        "Asset {{ path: {:?}, tag: \"{tag:016x}\", plain: include_bytes!({file:?}), gzip: {gzip}, brotli: {brotli} }},",
        format!("/{}", name.display()),
    )
    .map_err(io::Error::other)
}

/// Tells versions of a file apart; nobody has a reason to make two that collide.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
