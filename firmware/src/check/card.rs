//! What a finished card must be: its layout, its selector, two equal slots that hold the whole system, a data
//! partition that the appliance could make again, and the sizes that were promised.

use std::path::Path;

use crate::slot::autoboot::Autoboot;
use crate::slot::firmware::{Bootloader, Reset};
use crate::slot::pristine::{self, Pristine};
use crate::slot::state::{RECORD_LENGTH, store};
use crate::slot::{Slot, layout};

use crate::card;
use crate::check::{Findings, megabytes, rootfs as check_rootfs};
use crate::image::{self, AUTOBOOT, Fat, Image, is_firmware};
use crate::rootfs::{self, SHARE};

/// Bytes: what a download and a written card may take.
pub const PACKED_LIMIT: u64 = 64_000_000;
pub const WRITTEN_LIMIT: u64 = 512_000_000;
/// In every slot. A device tree and overlays come on top of them on a real board.
const SLOT_FILES: [&str; 7] = [
    "start4.elf",
    "fixup4.dat",
    "config.txt",
    "cmdline.txt",
    "kernel8.img",
    "initramfs.cpio",
    "LICENCES.txt",
];
/// The firmware puts the initramfs behind the kernel; it is a file of its own, so that a kernel stays the same bytes.
const INITRAMFS_LINE: &str = "initramfs initramfs.cpio followkernel";

#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("the image has {found} bytes, the layout {expected}")]
    Length { found: u64, expected: u64 },
    #[error("the master boot record is not that of a card of ours")]
    BootRecord,
    #[error("partition 4 is not what the layout says")]
    DataPartition,
    #[error(
        "the state area does not say, and nothing else, that this release is good in both slots"
    )]
    State,
    #[error("{name} is on the selector; a board that finds it there stays dark")]
    FirmwareOnSelector { name: String },
    #[error("the selector holds {0}, and only autoboot.txt belongs there")]
    OnSelector(String),
    #[error("autoboot.txt is not what `slot` prints for slot a, to the byte")]
    Autoboot,
    #[error("the slots differ, first at byte {0}")]
    SlotsDiffer(usize),
    #[error("slot {slot} lacks {name}")]
    Lacks { slot: Slot, name: &'static str },
    #[error("the files of a slot take {0} bytes; at most {limit} are allowed", limit = layout::SLOT_CONTENT_LIMIT)]
    SlotContent(u64),
    #[error("cmdline.txt is not one line")]
    CommandLine,
    #[error("config.txt does not say `{INITRAMFS_LINE}`")]
    Config,
    #[error("config.txt names the overlay {0}, and the slot lacks it")]
    Overlay(String),
    #[error("config.txt names overlays, and the slot has no device tree that they could change")]
    DeviceTree,
    #[error("{reset:?} boots partition {found:?}, not {expected}")]
    Boots {
        reset: Reset,
        found: Option<u8>,
        expected: u8,
    },
    #[error("{what} takes {bytes} bytes; at most {limit} are allowed")]
    TooLarge {
        what: &'static str,
        bytes: u64,
        limit: u64,
    },
    #[error("the data partition is not what data.blocks in the initramfs makes")]
    Data,
    #[error("{0} in the initramfs does not list what ships")]
    Inventory(&'static str),
    #[error("in the initramfs: {0}")]
    Rootfs(check_rootfs::Fault),
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Image(#[from] image::Error),
    #[error(transparent)]
    Rootfs(#[from] rootfs::Error),
    #[error("read data.blocks")]
    Pristine(#[from] pristine::Error),
}

/// What a card is held against beside the layout.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terms {
    /// The size of its packed form, when there is one.
    pub packed: Option<u64>,
    /// For QEMU, which has no use for overlays: made where the boot firmware came without.
    pub without_overlays: bool,
    /// For tests: may trust the key that everybody has.
    pub development: bool,
}

/// Reads the card at `path`.
pub fn check(path: &Path, terms: Terms) -> Result<Findings<Fault>, Error> {
    let image = Image::open(path)?;
    let mut findings = Findings::none();
    sizes(&mut findings, image.size()?, terms.packed);
    let layout_holds = image.mbr().is_ours();
    findings.fault_if(!layout_holds, Fault::BootRecord);
    if !layout_holds {
        // Nothing is where the rest would look for it.
        return Ok(findings);
    }
    partitions(&mut findings, &image)?;
    selector(&mut findings, &image.fat(layout::SELECTOR.number, false)?)?;
    let initramfs = slots(&mut findings, &image)?;
    if !terms.without_overlays {
        overlays(&mut findings, &image.fat(Slot::A.partition(), false)?)?;
    }
    boots(&mut findings, &image);
    if let Some(initramfs) = initramfs {
        inside(&mut findings, &image, &initramfs, terms.development)?;
    }
    Ok(findings)
}

fn sizes(findings: &mut Findings<Fault>, written: u64, packed: Option<u64>) {
    let expected = layout::CARD_SECTORS * layout::SECTOR;
    let length = Fault::Length {
        found: written,
        expected,
    };
    findings.fault_if(written != expected, length);
    let forms = [
        ("the written image", Some(written), WRITTEN_LIMIT),
        ("the packed image", packed, PACKED_LIMIT),
    ];
    for (what, bytes, limit) in forms {
        let Some(bytes) = bytes else { continue };
        findings.figure(format!(
            "{what}: {} (limit {})",
            megabytes(bytes),
            megabytes(limit)
        ));
        findings.fault_if(bytes > limit, Fault::TooLarge { what, bytes, limit });
    }
}

fn partitions(findings: &mut Findings<Fault>, image: &Image) -> Result<(), Error> {
    let data = image.mbr().partition(layout::DATA.number);
    let as_laid_out =
        data.is_some_and(|data| data.area == layout::DATA.area && data.kind == layout::DATA.kind);
    findings.fault_if(!as_laid_out, Fault::DataPartition);
    Ok(())
}

/// One record, the first, of what really is in the slots; when it was made is its own to say.
fn state(findings: &mut Findings<Fault>, image: &Image, slot: &[u8]) -> Result<(), Error> {
    let area = image.read(layout::STATE)?;
    let (record, rest) = area.split_at(RECORD_LENGTH);
    let known = record.first_chunk().and_then(store::parse);
    let created = known.as_ref().map_or(0, |known| known.latest);
    let (expected, _) = store::first(&card::state(slot, created));
    let as_expected = record == expected && rest.iter().all(|byte| *byte == 0);
    findings.fault_if(!as_expected, Fault::State);
    Ok(())
}

fn selector(findings: &mut Findings<Fault>, selector: &Fat) -> Result<(), Error> {
    for (name, _) in selector.files()? {
        if is_firmware(&name) {
            findings.faults.push(Fault::FirmwareOnSelector { name });
        } else if name != AUTOBOOT {
            findings.faults.push(Fault::OnSelector(name));
        }
    }
    let found = selector.read(AUTOBOOT).ok();
    let expected = Autoboot::primary(Slot::A).print();
    let exact = found.is_some_and(|found| expected.is_some_and(|expected| found == expected));
    findings.fault_if(!exact, Fault::Autoboot);
    Ok(())
}

/// Returns the initramfs of slot A.
fn slots(findings: &mut Findings<Fault>, image: &Image) -> Result<Option<Vec<u8>>, Error> {
    let [a, b] = Slot::ALL.map(|slot| image.read(layout::slot(slot).area));
    let (a, b) = (a?, b?);
    let differs = (a != b).then(|| a.iter().zip(&b).position(|(a, b)| a != b));
    if let Some(first) = differs {
        findings.faults.push(Fault::SlotsDiffer(first.unwrap_or(0)));
    }
    state(findings, image, &a)?;
    for slot in Slot::ALL {
        let files = image.fat(slot.partition(), false)?.files()?;
        for name in SLOT_FILES {
            let lacks = !files.iter().any(|(file, _)| file == name);
            findings.fault_if(lacks, Fault::Lacks { slot, name });
        }
        let content = files.iter().map(|(_, size)| size).sum();
        findings.fault_if(
            content > layout::SLOT_CONTENT_LIMIT,
            Fault::SlotContent(content),
        );
        findings.figure(format!(
            "slot {slot}: {} files, {} (limit {})",
            files.len(),
            megabytes(content),
            megabytes(layout::SLOT_CONTENT_LIMIT)
        ));
    }
    let slot = image.fat(Slot::A.partition(), false)?;
    let text = |name: &str| {
        let bytes = slot.read(name).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let one_line = text("cmdline.txt").trim_end_matches('\n').lines().count() == 1;
    findings.fault_if(!one_line, Fault::CommandLine);
    let says = text("config.txt")
        .lines()
        .any(|line| line == INITRAMFS_LINE);
    findings.fault_if(!says, Fault::Config);
    Ok(slot.read("initramfs.cpio").ok())
}

/// Without the overlay that makes the USB-C port a device the board is no keyboard, and nothing else would tell.
fn overlays(findings: &mut Findings<Fault>, slot: &Fat) -> Result<(), Error> {
    let config = slot.read("config.txt").unwrap_or_default();
    let config = String::from_utf8_lossy(&config).into_owned();
    let files = slot.files()?;
    let has = |wanted: &dyn Fn(&str) -> bool| files.iter().any(|(file, _)| wanted(file));
    let lines = config
        .lines()
        .filter_map(|line| line.strip_prefix("dtoverlay="));
    for name in lines.filter_map(|line| line.split(',').next()) {
        let path = format!("overlays/{name}.dtbo");
        let lacks = !has(&|file| file == path);
        findings.fault_if(lacks, Fault::Overlay(name.to_owned()));
        let no_tree = !has(&|file| file.ends_with(".dtb"));
        findings.fault_if(no_tree, Fault::DeviceTree);
    }
    Ok(())
}

fn boots(findings: &mut Findings<Fault>, image: &Image) {
    for (trial, slot) in [(false, Slot::A), (true, Slot::B)] {
        let reset = Reset {
            partition: 0,
            trial,
        };
        let boot = image.boot(Bootloader::Current, reset);
        let found = boot.ok().map(|boot| boot.partition);
        let expected = slot.partition();
        findings.fault_if(
            found != Some(expected),
            Fault::Boots {
                reset,
                found,
                expected,
            },
        );
    }
}

fn inside(
    findings: &mut Findings<Fault>,
    image: &Image,
    initramfs: &[u8],
    development: bool,
) -> Result<(), Error> {
    let entries = rootfs::unpack(initramfs)?;
    let checked = check_rootfs::check(&entries, development);
    findings.figures.extend(checked.figures);
    findings
        .faults
        .extend(checked.faults.into_iter().map(Fault::Rootfs));
    let file = |name: &str| {
        let path = format!("{SHARE}/{name}");
        let entry = entries.iter().find(|entry| entry.path == path);
        entry.map(|entry| entry.content.as_slice())
    };
    for name in ["about.json", "sbom.cdx.json"] {
        let listed = components(file(name).unwrap_or_default());
        findings.figure(format!("{name}: {listed} components"));
        findings.fault_if(listed == 0, Fault::Inventory(name));
    }
    let Some(blocks) = file("data.blocks") else {
        return Ok(());
    };
    let mut made = Memory(Vec::new());
    Pristine::open(blocks)?.restore(&mut made)?;
    let data = image.read(layout::DATA.area)?;
    findings.fault_if(made.0 != data, Fault::Data);
    Ok(())
}

/// How many a list of components has.
fn components(json: &[u8]) -> usize {
    let list: serde_json::Value = serde_json::from_slice(json).unwrap_or_default();
    list["components"].as_array().map_or(0, Vec::len)
}

/// A disk in memory.
struct Memory(Vec<u8>);

impl pristine::Target for Memory {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> std::io::Result<()> {
        let start = usize::try_from(offset).map_err(std::io::Error::other)?;
        let end = start + bytes.len();
        if self.0.len() < end {
            self.0.resize(end, 0);
        }
        self.0[start..end].copy_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
