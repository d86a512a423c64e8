//! `config.txt` as far as a boot on QEMU's board needs it: which kernel, which initramfs, which command line. Pure.
//!
//! Source: raspberrypi/documentation, `config_txt/`. The second stage reads it; the choice of the partition was made
//! before.

/// The names of the files that make up a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Config {
    pub(super) kernel: String,
    pub(super) initramfs: Option<String>,
    pub(super) command_line: String,
}

impl Config {
    pub(super) fn parse(text: &str) -> Self {
        let mut config = Self {
            // What a 64-bit board looks for without being told.
            kernel: "kernel8.img".into(),
            initramfs: None,
            command_line: "cmdline.txt".into(),
        };
        let mut counts = true;
        for line in text.lines().map(str::trim) {
            if let Some(filter) = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                counts = matches!(filter, "all" | "pi4");
            } else if counts {
                config.take(line);
            }
        }
        config
    }

    fn take(&mut self, line: &str) {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            ["initramfs", name, "followkernel"] => self.initramfs = Some(name.into()),
            [setting] => match setting.split_once('=') {
                Some(("kernel", name)) => self.kernel = name.into(),
                Some(("cmdline", name)) => self.command_line = name.into(),
                _ => {}
            },
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_by_the_sections_that_count() {
        let text = "# ours\n[pi5]\nkernel=other.img\n[all]\narm_64bit=1\nkernel=kernel8.img\n\
                    initramfs initramfs.cpio followkernel\n";
        let config = Config {
            kernel: "kernel8.img".into(),
            initramfs: Some("initramfs.cpio".into()),
            command_line: "cmdline.txt".into(),
        };
        assert_eq!(Config::parse(text), config);
    }
}
