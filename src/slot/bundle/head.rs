//! The front of a bundle: what is signed, and the signatures.

use super::super::bytes::{Reader, Short};
use super::Header;

const MAGIC: &[u8; 16] = b"farseat bundle 1";
const HEADER_LIMIT: u32 = 256 << 10;
/// A bundle has at least one signature, and at most this many: the old key's and the new one's while keys change.
pub const SIGNATURES: u8 = 4;
const SIGNATURE_LIMIT: u16 = 1024;
/// A head is never longer.
pub const HEAD_LIMIT: usize = MAGIC.len()
    + 4
    + HEADER_LIMIT as usize
    + 1
    + SIGNATURES as usize * (2 + SIGNATURE_LIMIT as usize);

/// A head as it was read: nothing in it is to be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// From the magic to the header's last byte.
    pub signed: Vec<u8>,
    pub header: Header,
    /// Files of minisign, as text.
    pub signatures: Vec<String>,
    /// Where the payload begins.
    pub length: usize,
}

/// Why bytes are no head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("it ends too early: at least {0} bytes are missing")]
    Short(usize),
    #[error("this is no Farseat bundle")]
    Magic,
    #[error("its format has version {0}, which this release does not know")]
    Version(u16),
    #[error("its header is longer than {HEADER_LIMIT} bytes")]
    HeaderLimit,
    #[error("its header has a wrong field: {0}")]
    Field(&'static str),
    #[error("its image has {0} bytes: none, no whole sectors, or more than a slot")]
    Size(u64),
    #[error("its header has more bytes than fields")]
    Trailing,
    #[error("it has no signature, too many, or one that is too long")]
    Signatures,
}

impl From<Short> for Fault {
    fn from(short: Short) -> Fault {
        Fault::Short(short.missing)
    }
}

impl Head {
    /// Reads the front of a bundle. [`Fault::Short`] says how many more bytes to bring at least; there is no need to
    /// bring more than [`HEAD_LIMIT`].
    ///
    /// # Errors
    /// What is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Head, Fault> {
        let mut reader = Reader::new(bytes);
        let seen = bytes.len().min(MAGIC.len());
        if bytes[..seen] != MAGIC[..seen] {
            return Err(Fault::Magic);
        }
        reader.take(MAGIC.len())?;
        let length = reader.u32()?;
        if length > HEADER_LIMIT {
            return Err(Fault::HeaderLimit);
        }
        let header = reader.take(length as usize)?;
        let signed = bytes.len() - reader.rest().len();
        let number = reader.u8()?;
        if number == 0 || number > SIGNATURES {
            return Err(Fault::Signatures);
        }
        let mut signatures = Vec::new();
        for _ in 0..number {
            let length = reader.u16()?;
            if length > SIGNATURE_LIMIT {
                return Err(Fault::Signatures);
            }
            let text = std::str::from_utf8(reader.take(length.into())?);
            signatures.push(text.map_err(|_| Fault::Signatures)?.to_owned());
        }
        // A header that claims more than its length has is broken for good, however many bytes follow.
        let header = Header::parse(header).map_err(|fault| match fault {
            Fault::Short(_) => Fault::Field("length"),
            other => other,
        })?;
        Ok(Head {
            signed: bytes[..signed].to_owned(),
            header,
            signatures,
            length: bytes.len() - reader.rest().len(),
        })
    }

    /// What is to be signed for a header.
    #[must_use]
    pub fn to_sign(header: &Header) -> Vec<u8> {
        let header = header.print();
        let mut bytes = MAGIC.to_vec();
        bytes.extend(
            u32::try_from(header.len())
                .unwrap_or(u32::MAX)
                .to_le_bytes(),
        );
        bytes.extend(header);
        bytes
    }

    /// The bytes that [`Head::parse`] reads.
    #[must_use]
    pub fn print(signed: &[u8], signatures: &[String]) -> Vec<u8> {
        let mut bytes = signed.to_owned();
        bytes.push(u8::try_from(signatures.len()).unwrap_or(u8::MAX));
        for signature in signatures {
            bytes.extend(
                u16::try_from(signature.len())
                    .unwrap_or(u16::MAX)
                    .to_le_bytes(),
            );
            bytes.extend(signature.as_bytes());
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::super::header::tests::header;
    use super::*;
    use proptest::prelude::*;

    fn head() -> Vec<u8> {
        Head::print(
            &Head::to_sign(&header()),
            &["one".to_owned(), "two".to_owned()],
        )
    }

    #[test]
    fn what_is_printed_is_read_back_and_the_payload_is_left_alone() {
        let mut bytes = head();
        let length = bytes.len();
        bytes.extend([9; 100]);
        let read = Head::parse(&bytes).expect("a head");
        assert_eq!((read.header, read.length), (header(), length));
        assert_eq!(read.signed, Head::to_sign(&header()));
        assert_eq!(read.signatures, ["one", "two"]);
    }

    #[test]
    fn a_prefix_says_what_is_missing_until_the_head_is_whole() {
        let bytes = head();
        let mut have = 0;
        while have < bytes.len() {
            match Head::parse(&bytes[..have]) {
                Err(Fault::Short(missing)) => have += missing,
                other => panic!("{have} of {} bytes: {other:?}", bytes.len()),
            }
            assert!(have <= bytes.len(), "asks for nothing behind the head");
        }
    }

    #[test]
    fn what_is_something_else_is_known_from_its_first_byte() {
        assert_eq!(Head::parse(b"PK"), Err(Fault::Magic));
        assert_eq!(Head::parse(b"farseat bundle 2"), Err(Fault::Magic));
    }

    #[test]
    fn no_signature_too_many_and_one_that_is_too_long_are_refused() {
        let signed = Head::to_sign(&header());
        let with = |signatures: &[String]| Head::parse(&Head::print(&signed, signatures));
        assert_eq!(with(&[]), Err(Fault::Signatures));
        assert_eq!(with(&vec!["x".to_owned(); 5]), Err(Fault::Signatures));
        assert_eq!(with(&["x".repeat(1025)]), Err(Fault::Signatures));
        assert!(
            with(&["".to_owned()]).is_ok(),
            "an empty one is for `verify` to refuse"
        );
    }

    #[test]
    fn a_header_that_claims_to_be_endless_is_refused_before_it_is_read() {
        let mut bytes = head();
        bytes[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(Head::parse(&bytes), Err(Fault::HeaderLimit));
    }

    proptest! {
        #[test]
        fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Head::parse(&[MAGIC.as_slice(), &bytes].concat());
            let _ = Head::parse(&bytes);
        }
    }
}
