//! `farseat-firmware`: the steps from build outputs to a card image and an update bundle, and the checks of what came out.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fmt, fs};

use clap::{Args, Parser, Subcommand};
use farseat_firmware::check::{self, Findings};
use farseat_firmware::inventory::{self, Sources};
use farseat_firmware::manifest::{self, Release};
use farseat_firmware::{DEFAULT_EPOCH, VERSION, bundle, card, data, rootfs};

/// From build outputs to a card image and an update bundle. Times are `SOURCE_DATE_EPOCH`'s.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand)]
enum Step {
    /// Make the new data partition: an image, and the file that the appliance makes it anew from.
    Data {
        #[arg(long)]
        image: PathBuf,
        #[arg(long)]
        blocks: PathBuf,
    },
    /// Write the About page's list of components.
    About {
        #[command(flatten)]
        inventory: Inventory,
        #[arg(long)]
        output: PathBuf,
    },
    /// Write the bill of materials (CycloneDX 1.6).
    Sbom {
        #[command(flatten)]
        inventory: Inventory,
        #[arg(long)]
        output: PathBuf,
    },
    /// Write the licence texts of the program's crates.
    Licences {
        #[command(flatten)]
        inventory: Inventory,
        #[arg(long)]
        output: PathBuf,
    },
    /// Pack the root file system: the programs, mount points, data files, what the kernel loads into a radio.
    Rootfs {
        #[arg(long)]
        init: PathBuf,
        /// What joins wireless networks.
        #[arg(long)]
        supplicant: PathBuf,
        /// The folder that becomes /lib/firmware.
        #[arg(long)]
        firmware: PathBuf,
        #[arg(long)]
        output: PathBuf,
        /// Files for /usr/share/farseat.
        data_files: Vec<PathBuf>,
    },
    /// Make the card image.
    Card {
        /// The folder that becomes both slots.
        #[arg(long)]
        slot: PathBuf,
        /// The data partition's image.
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        output: PathBuf,
    },
    /// Pack an image with xz, beside it.
    Pack { image: PathBuf },
    /// Read a card image back and say what is wrong with it.
    CheckCard {
        image: PathBuf,
        /// Its packed form, whose size was promised too.
        #[arg(long)]
        packed: Option<PathBuf>,
        /// For QEMU: made where the boot firmware came without overlays.
        #[arg(long)]
        without_overlays: bool,
        /// For tests: may trust the development key.
        #[arg(long)]
        development: bool,
    },
    /// Walk a packed root file system and say what may not be there.
    CheckRootfs {
        initramfs: PathBuf,
        /// For tests: may trust the development key.
        #[arg(long)]
        development: bool,
    },
    /// Write the list by which Raspberry Pi Imager offers the image.
    Manifest {
        #[arg(long)]
        image: PathBuf,
        #[arg(long)]
        packed: PathBuf,
        /// Where the packed file will be found.
        #[arg(long)]
        url_base: String,
        #[arg(long)]
        output: PathBuf,
    },
    #[command(flatten)]
    Bundle(bundle::steps::Step),
    /// Print the version of the images.
    Version,
}

#[derive(Args)]
struct Inventory {
    /// The project's folder.
    #[arg(long, default_value = ".")]
    root: PathBuf,
    /// What Buildroot's `show-info` printed.
    #[arg(long)]
    buildroot: Option<PathBuf>,
    /// `name,version,licence` of something that ships beside the program.
    #[arg(long = "package")]
    packages: Vec<String>,
}

fn main() -> ExitCode {
    let outcome = epoch().and_then(|epoch| run(Cli::parse().step, epoch));
    outcome.unwrap_or_else(|error| {
        eprint!("farseat-firmware: {error}");
        let mut cause = error.source();
        while let Some(inner) = cause {
            eprint!(": {inner}");
            cause = inner.source();
        }
        eprintln!();
        ExitCode::FAILURE
    })
}

fn epoch() -> Result<u64, Box<dyn Error>> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => Ok(text
            .parse()
            .map_err(|_| format!("SOURCE_DATE_EPOCH is no number: {text}"))?),
        Err(_) => Ok(DEFAULT_EPOCH),
    }
}

fn run(step: Step, epoch: u64) -> Result<ExitCode, Box<dyn Error>> {
    match step {
        Step::Data { image, blocks } => {
            data::make(&image, epoch)?;
            write(&blocks, data::pack(&image)?)?;
        }
        Step::About { inventory, output } => {
            let about = inventory::about(&inventory.gather()?);
            write(&output, format!("{about:#}\n"))?;
        }
        Step::Sbom { inventory, output } => {
            let bill = inventory::bill_of_materials(&inventory.gather()?, epoch)?;
            write(&output, format!("{bill:#}\n"))?;
        }
        Step::Licences { inventory, output } => {
            let texts = inventory::licence_texts(&inventory.root, &inventory.gather()?)?;
            write(&output, texts)?;
        }
        Step::Rootfs {
            init,
            supplicant,
            firmware,
            output,
            data_files,
        } => {
            let parts = rootfs::Parts {
                init: &init,
                supplicant: &supplicant,
                firmware: &firmware,
                data_files: &data_files,
            };
            write(&output, rootfs::make(&parts, epoch)?)?;
        }
        Step::Card { slot, data, output } => {
            let parts = card::Parts {
                slot: &slot,
                data: &data,
            };
            card::make(&parts, &output, epoch)?;
        }
        Step::Pack { image } => println!("{}", card::pack(&image, epoch)?.display()),
        Step::CheckCard {
            image,
            packed,
            without_overlays,
            development,
        } => {
            let packed = packed.map(|path| fs::metadata(path).map(|of| of.len()));
            let terms = check::card::Terms {
                packed: packed.transpose()?,
                without_overlays,
                development,
            };
            let findings = check::card::check(&image, terms)?;
            return Ok(tell(&image, &findings));
        }
        Step::CheckRootfs {
            initramfs,
            development,
        } => {
            let entries = rootfs::unpack(&fs::read(&initramfs)?)?;
            return Ok(tell(
                &initramfs,
                &check::rootfs::check(&entries, development),
            ));
        }
        Step::Manifest {
            image,
            packed,
            url_base,
            output,
        } => {
            let release = Release {
                image: &image,
                packed: &packed,
                url_base: &url_base,
            };
            let manifest = manifest::make(&release, epoch)?;
            write(&output, format!("{manifest:#}\n"))?;
        }
        Step::Bundle(step) => bundle::steps::run(step, epoch)?,
        Step::Version => println!("{VERSION}"),
    }
    Ok(ExitCode::SUCCESS)
}

impl Inventory {
    fn gather(&self) -> Result<Vec<inventory::Component>, inventory::Error> {
        inventory::gather(&Sources {
            root: &self.root,
            buildroot: self.buildroot.as_deref(),
            packages: &self.packages,
        })
    }
}

fn tell<F: fmt::Display>(path: &Path, findings: &Findings<F>) -> ExitCode {
    print!("{}:\n{findings}", path.display());
    if findings.faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), Box<dyn Error>> {
    fs::write(path, bytes).map_err(|error| format!("write {}: {error}", path.display()).into())
}
