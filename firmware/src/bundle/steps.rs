//! The steps of `farseat-firmware` that are about bundles.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::reading::Bundle;
use super::{make, signing, tell};
use crate::slot::bundle::{BASES, Made, PRODUCT};
use crate::slot::firmware::OLDEST_BOOTLOADER;
use crate::slot::keys;
use crate::{ROLLBACK_INDEX, VERSION, card, fat};

#[derive(Debug, Subcommand)]
pub enum Step {
    /// Make an update bundle from a slot, and sign it.
    Bundle(Box<Release>),
    /// Add a signature to a bundle: at most four keys, for the time in which keys change.
    Sign {
        /// A secret key of minisign.
        #[arg(long)]
        key: PathBuf,
        bundle: PathBuf,
    },
    /// Check a bundle as an appliance would: signature, every block, the whole image.
    Verify {
        /// Public keys to trust instead of those of this build.
        #[arg(long)]
        public: Option<PathBuf>,
        bundle: PathBuf,
    },
    /// Say what a bundle says of itself.
    Inspect {
        /// For programs.
        #[arg(long)]
        json: bool,
        /// Say how much of it an appliance fetches that runs this other bundle.
        #[arg(long, conflicts_with = "json")]
        over: Option<PathBuf>,
        bundle: PathBuf,
    },
    /// Make a pair of keys; asks for a password.
    Keygen {
        #[arg(long)]
        public: PathBuf,
        #[arg(long)]
        secret: PathBuf,
        /// For tests: whoever has the file can sign.
        #[arg(long)]
        without_password: bool,
    },
}

#[derive(Debug, Args)]
pub struct Release {
    #[command(flatten)]
    from: From,
    /// As people know it.
    #[arg(long, default_value = VERSION)]
    version: String,
    #[arg(long, default_value = "stable")]
    channel: String,
    /// What the device tree's `compatible` has to have; once for every board.
    #[arg(long, required = true)]
    hardware: Vec<String>,
    /// Raised when no older release may be installed over this one.
    #[arg(long, default_value_t = ROLLBACK_INDEX)]
    rollback_index: u32,
    /// Once it is confirmed, nothing with a lower rollback index is installed again.
    #[arg(long)]
    raises_floor: bool,
    /// When the oldest boot firmware that can start it on trial was built, seconds since 1970.
    #[arg(long, default_value_t = OLDEST_BOOTLOADER)]
    oldest_bootloader: u64,
    /// A text file: what has changed, for people.
    #[arg(long)]
    notes: Option<PathBuf>,
    /// A bundle of a release before: who runs that fetches patches of what has changed. At most two.
    #[arg(long)]
    over: Vec<PathBuf>,
    /// A secret key of minisign; again for a second signature.
    #[arg(long = "key", required = true)]
    keys: Vec<PathBuf>,
    #[arg(long)]
    output: PathBuf,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct From {
    /// The folder that becomes the slot.
    #[arg(long)]
    slot: Option<PathBuf>,
    /// A slot's FAT file system as an image.
    #[arg(long)]
    image: Option<PathBuf>,
}

/// Carries out one step; what it says goes to the standard output.
///
/// # Errors
/// What went wrong, in a sentence.
pub fn run(step: Step, epoch: u64) -> Result<(), Box<dyn Error>> {
    match step {
        Step::Bundle(release) => bundle(*release, epoch)?,
        Step::Sign { key, bundle } => {
            signing::sign(&bundle, &key)?;
            println!("{}: signed", bundle.display());
        }
        Step::Verify { public, bundle } => {
            let keys = match public {
                Some(path) => signing::public_keys(&path)?,
                None => keys::trusted(),
            };
            let mut opened = Bundle::open(&bundle)?;
            let verified = opened.verify(&keys)?;
            opened.check_payload()?;
            let made = &verified.header().made;
            println!(
                "{}: {} {} ({}), signed with {}: right",
                bundle.display(),
                made.product,
                made.version,
                made.channel,
                verified.key()
            );
        }
        Step::Inspect { json, over, bundle } => {
            let mut bundle = Bundle::open(&bundle)?;
            if let Some(old) = over {
                println!("{}", tell::over(&Bundle::open(&old)?, &bundle));
            } else if json {
                println!("{:#}", tell::json(&mut bundle)?);
            } else {
                print!("{}", tell::text(&mut bundle)?);
            }
        }
        Step::Keygen {
            public,
            secret,
            without_password,
        } => {
            let id = signing::keygen(&public, &secret, without_password)?;
            println!("{id}: {} and {}", public.display(), secret.display());
        }
    }
    Ok(())
}

fn bundle(release: Release, epoch: u64) -> Result<(), Box<dyn Error>> {
    let partition = match (&release.from.slot, &release.from.image) {
        (Some(folder), _) => card::slot_image(folder, epoch)?,
        (None, Some(path)) => {
            fs::read(path).map_err(|error| format!("read {}: {error}", path.display()))?
        }
        (None, None) => return Err("neither a slot nor an image is given".into()),
    };
    let image = fat::used(&partition);
    make::must_boot(image)?;
    let bases = bases(&release.over)?;
    let notes = match &release.notes {
        Some(path) => {
            fs::read_to_string(path).map_err(|error| format!("read {}: {error}", path.display()))?
        }
        None => String::new(),
    };
    let made = Made {
        product: PRODUCT.to_owned(),
        version: release.version,
        channel: release.channel,
        hardware: release.hardware,
        rollback_index: release.rollback_index,
        raises_floor: release.raises_floor,
        created: epoch,
        oldest_bootloader: release.oldest_bootloader,
        notes: notes.trim_end().to_owned(),
    };
    let bases: Vec<&[u8]> = bases.iter().map(Vec::as_slice).collect();
    let unsigned = make::pack(image, made, &bases)?;
    signing::write_signed(&unsigned, &release.keys, &release.output)?;
    println!(
        "{}: {} bytes for an image of {}",
        release.output.display(),
        fs::metadata(&release.output)?.len(),
        unsigned.header.size
    );
    Ok(())
}

/// The images of older bundles.
fn bases(bundles: &[PathBuf]) -> Result<Vec<Vec<u8>>, super::Error> {
    if bundles.len() > BASES {
        let number = bundles.len();
        return Err(super::Error::Bases { number });
    }
    let images = bundles.iter().map(|path| Bundle::open(path)?.image());
    images.collect()
}
