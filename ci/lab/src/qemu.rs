//! QEMU's command line: the board, its cables and, where there is one, its card. Pure.

use std::path::Path;

use crate::machine::Parts;

/// Debian's name of it.
pub(crate) const PROGRAM: &str = "qemu-system-aarch64";

/// What decides about the device tree that QEMU makes.
const BOARD: [&str; 8] = [
    "-machine",
    "virt",
    "-cpu",
    "cortex-a72",
    "-smp",
    "2",
    "-m",
    "512",
];

/// Has QEMU write the board's device tree to `file` and end.
pub(crate) fn dump_device_tree(file: &Path) -> Vec<String> {
    let mut words = BOARD.map(str::to_owned).to_vec();
    words[1] = format!("virt,dumpdtb={}", file.display());
    words.push("-nodefaults".into());
    words.extend(["-display", "none"].map(str::to_owned));
    words
}

/// Runs a machine whose sockets and files are in `folder`.
pub(crate) fn run(parts: &Parts<'_>, folder: &Path) -> Vec<String> {
    let mut line = Line {
        words: BOARD.map(str::to_owned).to_vec(),
        folder,
    };
    line.board(parts);
    line.ports(parts);
    line.cables();
    if parts.card.is_some() {
        line.card();
    } else {
        line.blank_disk();
    }
    // A reset ends QEMU: what boots next is the harness' decision, as it is the firmware's on the board.
    line.words.push("-no-reboot".into());
    // The moment from which time counts is ours.
    if parts.paused {
        line.words.push("-S".into());
    }
    line.words
}

struct Line<'a> {
    words: Vec<String>,
    folder: &'a Path,
}

impl Line<'_> {
    fn option(&mut self, name: &str, value: impl Into<String>) {
        self.words.extend([name.to_owned(), value.into()]);
    }

    fn at(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn board(&mut self, parts: &Parts<'_>) {
        self.option("-accel", "tcg,thread=multi");
        self.option("-display", "none");
        self.option("-monitor", "none");
        self.option("-kernel", parts.kernel.display().to_string());
        self.option("-initrd", self.at("initramfs"));
        self.option("-append", parts.command_line);
        if let Some(clock) = parts.clock {
            self.option("-rtc", format!("base={clock}"));
        }
    }

    fn socket(&mut self, name: &str) {
        let socket = format!("socket,id={name},path={}", self.at(name));
        self.option("-chardev", socket);
    }

    fn ports(&mut self, parts: &Parts<'_>) {
        self.socket("serial");
        self.option("-serial", "chardev:serial");
        self.socket("agent");
        self.option("-device", "virtio-serial-pci");
        self.option("-device", "virtserialport,chardev=agent,nr=1");
        if parts.card.is_some() {
            self.socket("firmware");
            self.option(
                "-device",
                "virtserialport,chardev=firmware,nr=2,name=farseat.firmware",
            );
        }
        self.socket("qmp");
        self.option("-mon", "chardev=qmp,mode=control");
    }

    fn cables(&mut self) {
        self.option(
            "-netdev",
            "user,id=net,hostfwd=tcp:127.0.0.1:0-:443,hostfwd=tcp:127.0.0.1:0-:80",
        );
        self.option("-device", "virtio-net-pci,netdev=net,romfile=");
        self.option("-device", "qemu-xhci,id=xhci");
        let dongle = format!(
            "socket,id=dongle,path={},server=on,wait=off",
            self.at("dongle")
        );
        self.option("-chardev", dongle);
        self.option("-device", "usb-redir,chardev=dongle,bus=xhci.0");
    }

    /// Nobody's: for who must not open it.
    fn blank_disk(&mut self) {
        self.option(
            "-blockdev",
            "driver=null-co,node-name=blank,size=1048576,read-zeroes=on",
        );
        self.option("-device", "virtio-blk-pci,drive=blank");
    }

    fn card(&mut self) {
        self.option("-dtb", self.at("device-tree"));
        let card = format!(
            "driver=nbd,node-name=card,server.type=unix,server.path={}",
            self.at("card")
        );
        self.option("-blockdev", card);
        // Errors are the guest's business.
        self.option(
            "-device",
            "virtio-blk-pci,drive=card,rerror=report,werror=report",
        );
        self.option("-device", "i6300esb");
    }
}
