//! The executable `fangwei`: everything it does is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    fangwei_cli::main()
}
