//! One binary, two processes: as PID 1 it is init, otherwise what the command line says.

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::process::id() == 1 {
        return farseat::init::run();
    }
    farseat::app::run()
}
