//! A disk for QEMU over the network block device protocol (the "fixed newstyle" handshake and simple replies of
//! `doc/proto.md` of that project).
//!
//! One client, one request at a time, no write cache of its own: when a write is answered it is on the
//! [disk](super::disk), and a flush is only noted. So the disk's log says what a card with a cache *may* have lost.

use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use super::disk::Disk;

const GREETING: &[u8; 8] = b"NBDMAGIC";
const OPTION: u64 = u64::from_be_bytes(*b"IHAVEOPT");
const OPTION_REPLY: u64 = 0x0003_e889_0455_65a9;
const REQUEST: u32 = 0x2560_9513;
const REPLY: u32 = 0x6744_6698;

/// "Fixed newstyle", and no padding behind the old way of naming an export.
const HANDSHAKE: u16 = 0b11;
/// There are flags, and the disk can be flushed.
const TRANSMISSION: u16 = 0b101;

const OPTION_ABORT: u32 = 2;
const OPTION_INFO: u32 = 6;
const OPTION_GO: u32 = 7;
const REPLY_ACK: u32 = 1;
const REPLY_INFO: u32 = 3;
const REPLY_UNSUPPORTED: u32 = 0x8000_0001;
const INFO_EXPORT: u16 = 0;
const INFO_BLOCK_SIZE: u16 = 3;

const READ: u16 = 0;
const WRITE: u16 = 1;
const DISCONNECT: u16 = 2;
const FLUSH: u16 = 3;
const IO_ERROR: u32 = 5;
const INVALID: u32 = 22;

/// No option that QEMU sends is longer.
const LONGEST_OPTION: u32 = 4096;
const LONGEST_REQUEST: u32 = 32 << 20;

/// Waits in a thread for QEMU at `socket` and serves it until it goes.
pub(crate) fn listen(socket: &Path, disk: &Disk) -> io::Result<()> {
    let listener = UnixListener::bind(socket)?;
    let disk = disk.clone();
    std::thread::Builder::new()
        .name("card".into())
        .spawn(move || {
            let served = listener
                .accept()
                .and_then(|(stream, _)| serve(&stream, &disk));
            match served {
                Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
                    eprintln!("lab: the card: {error}");
                }
                _ => {}
            }
        })?;
    Ok(())
}

fn serve(mut stream: &UnixStream, disk: &Disk) -> io::Result<()> {
    if negotiate(&mut stream, disk.size())? {
        while let Some(request) = Request::read(&mut stream)? {
            request.answer(&mut stream, disk)?;
        }
    }
    Ok(())
}

fn bytes<const N: usize>(stream: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).map(|()| bytes)
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{what} is not NBD"))
}

/// Whether the client wants the disk.
fn negotiate(stream: &mut (impl Read + Write), size: u64) -> io::Result<bool> {
    stream.write_all(GREETING)?;
    stream.write_all(&OPTION.to_be_bytes())?;
    stream.write_all(&HANDSHAKE.to_be_bytes())?;
    let _flags: [u8; 4] = bytes(stream)?;
    loop {
        if u64::from_be_bytes(bytes(stream)?) != OPTION {
            return Err(wrong("the option"));
        }
        let option = u32::from_be_bytes(bytes(stream)?);
        let length = u32::from_be_bytes(bytes(stream)?);
        if length > LONGEST_OPTION {
            return Err(wrong("the option's length"));
        }
        stream.read_exact(&mut vec![0; length as usize])?;
        match option {
            OPTION_GO | OPTION_INFO => {
                describe(stream, option, size)?;
                reply(stream, option, REPLY_ACK, &[])?;
                if option == OPTION_GO {
                    return Ok(true);
                }
            }
            OPTION_ABORT => {
                reply(stream, option, REPLY_ACK, &[])?;
                return Ok(false);
            }
            _ => reply(stream, option, REPLY_UNSUPPORTED, &[])?,
        }
    }
}

fn describe(stream: &mut impl Write, option: u32, size: u64) -> io::Result<()> {
    let mut export = INFO_EXPORT.to_be_bytes().to_vec();
    export.extend(size.to_be_bytes());
    export.extend(TRANSMISSION.to_be_bytes());
    reply(stream, option, REPLY_INFO, &export)?;
    let mut sizes = INFO_BLOCK_SIZE.to_be_bytes().to_vec();
    // Smallest, preferred and largest: a card has sectors.
    for block in [512, 4096, LONGEST_REQUEST] {
        sizes.extend(block.to_be_bytes());
    }
    reply(stream, option, REPLY_INFO, &sizes)
}

fn reply(stream: &mut impl Write, option: u32, kind: u32, data: &[u8]) -> io::Result<()> {
    let mut reply = OPTION_REPLY.to_be_bytes().to_vec();
    for field in [option, kind, data.len() as u32] {
        reply.extend(field.to_be_bytes());
    }
    reply.extend(data);
    stream.write_all(&reply)
}

struct Request {
    command: u16,
    cookie: [u8; 8],
    offset: u64,
    length: u32,
    /// Of a write.
    bytes: Vec<u8>,
}

impl Request {
    /// The next one, `None` when the client says goodbye.
    fn read(stream: &mut impl Read) -> io::Result<Option<Self>> {
        if u32::from_be_bytes(bytes(stream)?) != REQUEST {
            return Err(wrong("the request"));
        }
        let _flags: [u8; 2] = bytes(stream)?;
        let mut request = Self {
            command: u16::from_be_bytes(bytes(stream)?),
            cookie: bytes(stream)?,
            offset: u64::from_be_bytes(bytes(stream)?),
            length: u32::from_be_bytes(bytes(stream)?),
            bytes: Vec::new(),
        };
        if request.length > LONGEST_REQUEST {
            return Err(wrong("the request's length"));
        }
        if request.command == WRITE {
            request.bytes.resize(request.length as usize, 0);
            stream.read_exact(&mut request.bytes)?;
        }
        Ok((request.command != DISCONNECT).then_some(request))
    }

    fn answer(&self, stream: &mut impl Write, disk: &Disk) -> io::Result<()> {
        let mut data = Vec::new();
        let done = match self.command {
            READ => {
                data.resize(self.length as usize, 0);
                disk.read(self.offset, &mut data).map_err(|_| IO_ERROR)
            }
            WRITE => disk.write(self.offset, &self.bytes).map_err(|_| IO_ERROR),
            FLUSH => {
                disk.flush();
                Ok(())
            }
            _ => Err(INVALID),
        };
        let mut answer = REPLY.to_be_bytes().to_vec();
        answer.extend(done.err().unwrap_or(0).to_be_bytes());
        answer.extend(self.cookie);
        if done.is_ok() {
            answer.extend(data);
        }
        stream.write_all(&answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client that has said everything beforehand.
    struct Script(io::Cursor<Vec<u8>>, Vec<u8>);

    impl Read for Script {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }

    impl Write for Script {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn option(number: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = OPTION.to_be_bytes().to_vec();
        bytes.extend(number.to_be_bytes());
        bytes.extend((data.len() as u32).to_be_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn an_unknown_option_is_refused_and_the_disk_is_had_all_the_same() {
        let said = [vec![0, 0, 0, 1], option(8, &[]), option(OPTION_GO, &[0; 6])].concat();
        let mut script = Script(io::Cursor::new(said), Vec::new());
        assert!(negotiate(&mut script, 0x1234).unwrap());
        let refused = &script.1[18..38];
        assert_eq!(refused[12..16], REPLY_UNSUPPORTED.to_be_bytes());
        let export = &script.1[38..];
        assert_eq!(export[22..30], 0x1234_u64.to_be_bytes());
    }

    #[test]
    fn what_is_too_long_is_not_read() {
        let mut long = option(OPTION_GO, &[]);
        long[12..16].copy_from_slice(&u32::MAX.to_be_bytes());
        let mut script = Script(io::Cursor::new([vec![0; 4], long].concat()), Vec::new());
        assert!(negotiate(&mut script, 0).is_err());
        let mut request = REQUEST.to_be_bytes().to_vec();
        request.extend([0, 0, 0, WRITE as u8]);
        request.extend([0; 16]);
        request.extend(u32::MAX.to_be_bytes());
        assert!(Request::read(&mut io::Cursor::new(request)).is_err());
    }
}
