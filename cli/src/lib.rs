//! The one executable, as a library so that tests reach it: grammar, doing, saying.
//!
//! `args` reads the command line, `verb` does what was asked by asking a node through `ask`, `report` says it. Exit
//! codes: 0 yes, 1 the answer is no, 2 asked wrongly, 3 we failed.

pub mod args;
pub mod ask;
pub mod complaint;
pub mod errand;
pub mod input;
pub mod report;
pub mod verb;
pub mod words;

use std::{
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
};

use crate::{complaint::Exit, errand::Errand, input::Input, report::Voice};

/// Does what the process was asked to.
#[must_use]
pub fn main() -> ExitCode {
    fangwei_node::memory::give_back_large_buffers();
    let asked = match args::parse(std::env::args_os()) {
        Ok(asked) => asked,
        Err(not) => return ExitCode::from(tell(&not, &mut io::stdout(), &mut io::stderr()) as u8),
    };
    let voice = Voice::standard(asked.globals.lang, asked.globals.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(cause) => {
            eprintln!("fangwei: {cause}");
            return ExitCode::from(Exit::Failed as u8);
        }
    };
    let errand = Errand::new(asked.globals, voice, Input::standard());
    ExitCode::from(runtime.block_on(errand.run(asked.verb)) as u8)
}

/// The same with other ends than the process's own: for tests.
pub async fn run(
    line: impl IntoIterator<Item = OsString>,
    input: Input,
    mut out: Box<dyn Write + Send>,
    mut err: Box<dyn Write + Send>,
) -> Exit {
    match args::parse(line) {
        Err(not) => tell(&not, &mut out, &mut err),
        Ok(asked) => {
            let voice = Voice::new(out, err, asked.globals.lang, asked.globals.json);
            Errand::new(asked.globals, voice, input).run(asked.verb).await
        }
    }
}

/// Help was asked for, or the line cannot be read.
fn tell(not: &args::NotAsked, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    // That nobody reads it changes nothing.
    let _ = if not.is_answer { out.write_all(not.text.as_bytes()) } else { err.write_all(not.text.as_bytes()) };
    if not.is_answer { Exit::Yes } else { Exit::Wrong }
}
