//! The head of a request, in HTTP/1.1 and in HTTP/2, over a connection that brings it in any pieces: whatever comes, the
//! connection ends when its other side does, nobody is answered more often than they asked, and no head is taken for more
//! than it says.

#![no_main]

use std::sync::LazyLock;

use farseat_fuzz::request::serve;
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime")
});

/// What a connection in HTTP/2 begins with (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

fuzz_target!(|bytes: &[u8]| {
    let http2 = bytes.starts_with(PREFACE);
    // The last byte says how long each piece is.
    let piece = bytes.last().map_or(1, |byte| 1 + usize::from(*byte) * 16);
    let ended = RUNTIME.block_on(serve(bytes.chunks(piece), http2));
    if http2 {
        return;
    }
    let answers = ended.answer.windows(9).filter(|at| at == b"HTTP/1.1 " || at == b"HTTP/1.0 ");
    // One more for a head that was refused before it was one, and one to go on with each body.
    assert!(answers.count() <= 2 * ended.asked + 1);
    assert!(ended.answer.is_empty() || ended.answer.starts_with(b"HTTP/1."));
});
