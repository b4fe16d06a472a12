//! A disk that fails at the n-th call: a library to be preloaded into a process, between it and the C library.
//!
//! The process is told by its environment: `FANGWEI_FAULT_PATH` is a part of the paths it is about,
//! `FANGWEI_FAULT_CALL` one of `write`, `sync`, `change` (truncating and renaming), `FANGWEI_FAULT_AT` the first call
//! of that sort that fails (from 0), `FANGWEI_FAULT_FOR` how many do, and `FANGWEI_FAULT` how:
//!
//! - `eio`, `enospc`: the call fails and does nothing;
//! - `short`: a write writes half of it and says so;
//! - `torn`: a write writes half of it, and the process dies;
//! - `lost`: a write says it is done and is not; the next sync says so (what a kernel does with a page it cannot write);
//! - `die`: the process dies before the call.
//!
//! `FANGWEI_FAULT_STRUCK` names a file that is made when the first call fails, `FANGWEI_FAULT_COUNT` one that gets how
//! many calls there were when the process ends by itself.
//! Paths are asked of the kernel, so nothing has to be remembered about descriptors.

// Functions that stand before those of the C library have its shape, and reach the real ones through pointers; this is
// the only file of the tests that may, and it is never part of what is built for people.
#![allow(unsafe_code, reason = "stands between a process and its C library")]

use std::{
    env,
    ffi::{CStr, c_char, c_int, c_void},
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use libc::{off_t, size_t, ssize_t};

/// What is to fail, and how.
struct Fault {
    path: String,
    call: String,
    at: u64,
    calls: u64,
    how: How,
    struck: Option<String>,
    count: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Error(c_int),
    Short,
    Torn,
    Lost,
    Die,
}

static SEEN: AtomicU64 = AtomicU64::new(0);
static NEXT_SYNC_FAILS: AtomicBool = AtomicBool::new(false);

fn fault() -> Option<&'static Fault> {
    static FAULT: OnceLock<Option<Fault>> = OnceLock::new();
    let fault = FAULT.get_or_init(|| {
        let number = |name: &str| env::var(name).ok().and_then(|text| text.parse().ok());
        let how = match env::var("FANGWEI_FAULT").ok()?.as_str() {
            "eio" => How::Error(libc::EIO),
            "enospc" => How::Error(libc::ENOSPC),
            "short" => How::Short,
            "torn" => How::Torn,
            "lost" => How::Lost,
            _ => How::Die,
        };
        let count = env::var("FANGWEI_FAULT_COUNT").ok();
        if count.is_some() {
            // SAFETY: `report` takes nothing and may run at any time.
            unsafe { libc::atexit(report) };
        }
        let struck = env::var("FANGWEI_FAULT_STRUCK").ok();
        let at = number("FANGWEI_FAULT_AT").unwrap_or(u64::MAX);
        let calls = number("FANGWEI_FAULT_FOR").unwrap_or(1);
        let (path, call) = (env::var("FANGWEI_FAULT_PATH").ok()?, env::var("FANGWEI_FAULT_CALL").ok()?);
        Some(Fault { path, call, at, calls, how, struck, count })
    });
    fault.as_ref()
}

extern "C" fn report() {
    if let Some(path) = fault().and_then(|fault| fault.count.as_ref()) {
        std::fs::write(path, SEEN.load(Ordering::SeqCst).to_string()).ok();
    }
}

/// How this call is to fail, if it is.
fn failing(call: &str, is_there: impl Fn(&str) -> bool) -> Option<How> {
    let fault = fault()?;
    if call == "sync" && is_there(&fault.path) && NEXT_SYNC_FAILS.swap(false, Ordering::SeqCst) {
        return Some(How::Error(libc::EIO));
    }
    if call != fault.call || !is_there(&fault.path) {
        return None;
    }
    let seen = SEEN.fetch_add(1, Ordering::SeqCst);
    if seen == fault.at
        && let Some(path) = &fault.struck
    {
        // It is none of the files this is about, so what this calls does not fail.
        std::fs::write(path, []).ok();
    }
    (seen >= fault.at && seen - fault.at < fault.calls).then_some(fault.how)
}

/// Whether the path of an open file has this in it.
fn is_open_at(descriptor: c_int, part: &str) -> bool {
    let mut link = *b"/proc/self/fd/\0\0\0\0\0\0\0\0\0\0\0\0";
    let digits = descriptor.to_string();
    let Some(place) = link.get_mut(14..14 + digits.len()) else { return false };
    place.copy_from_slice(digits.as_bytes());
    let mut path = [0_u8; 4096];
    // SAFETY: `link` ends in a zero byte, and at most `path.len()` bytes are written to `path`.
    let len = unsafe { libc::readlink(link.as_ptr().cast(), path.as_mut_ptr().cast(), path.len()) };
    let Some(path) = usize::try_from(len).ok().and_then(|len| path.get(..len)) else { return false };
    path.windows(part.len()).any(|window| window == part.as_bytes())
}

fn is_named(path: *const c_char, part: &str) -> bool {
    // SAFETY: whoever renames a file gives a name that ends in a zero byte.
    let path = unsafe { CStr::from_ptr(path) }.to_bytes();
    path.windows(part.len()).any(|window| window == part.as_bytes())
}

fn fail(error: c_int) {
    // SAFETY: libc hands out a valid pointer to this thread's errno.
    unsafe { *libc::__errno_location() = error };
}

fn die() -> ! {
    // SAFETY: takes no pointer; nothing comes back.
    unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
    loop {
        std::thread::park();
    }
}

/// The function of this name that would have been called.
fn real(name: &CStr) -> *mut c_void {
    // SAFETY: `name` ends in a zero byte.
    unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) }
}

/// A write that may fail; `write` writes so many bytes.
fn written(descriptor: c_int, len: size_t, write: impl Fn(size_t) -> ssize_t) -> ssize_t {
    match failing("write", |part| is_open_at(descriptor, part)) {
        None => write(len),
        Some(How::Error(error)) => {
            fail(error);
            -1
        }
        Some(How::Short) => write(len.div_ceil(2)),
        Some(How::Torn) => {
            write(len / 2);
            die()
        }
        Some(How::Lost) => {
            NEXT_SYNC_FAILS.store(true, Ordering::SeqCst);
            len.cast_signed()
        }
        Some(How::Die) => die(),
    }
}

/// Another call that may fail.
fn done(how: Option<How>, call: impl Fn() -> c_int) -> c_int {
    match how {
        None => call(),
        Some(How::Error(error)) => {
            fail(error);
            -1
        }
        Some(How::Short | How::Lost) => {
            fail(libc::EIO);
            -1
        }
        Some(How::Torn | How::Die) => die(),
    }
}

type Write = unsafe extern "C" fn(c_int, *const c_void, size_t) -> ssize_t;
type WriteAt = unsafe extern "C" fn(c_int, *const c_void, size_t, off_t) -> ssize_t;
type Sync = unsafe extern "C" fn(c_int) -> c_int;
type Truncate = unsafe extern "C" fn(c_int, off_t) -> c_int;
type Rename = unsafe extern "C" fn(*const c_char, *const c_char) -> c_int;

// SAFETY of all that follow: each has the signature of the C function it stands for and hands on what it was given.

#[unsafe(no_mangle)]
unsafe extern "C" fn write(descriptor: c_int, bytes: *const c_void, len: size_t) -> ssize_t {
    static REAL: OnceLock<usize> = OnceLock::new();
    let real = *REAL.get_or_init(|| real(c"write") as usize);
    written(descriptor, len, |len| unsafe { std::mem::transmute::<usize, Write>(real)(descriptor, bytes, len) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite64(descriptor: c_int, bytes: *const c_void, len: size_t, at: off_t) -> ssize_t {
    static REAL: OnceLock<usize> = OnceLock::new();
    let real = *REAL.get_or_init(|| real(c"pwrite64") as usize);
    written(descriptor, len, |len| unsafe { std::mem::transmute::<usize, WriteAt>(real)(descriptor, bytes, len, at) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fsync(descriptor: c_int) -> c_int {
    static REAL: OnceLock<usize> = OnceLock::new();
    let real = *REAL.get_or_init(|| real(c"fsync") as usize);
    let how = failing("sync", |part| is_open_at(descriptor, part));
    done(how, || unsafe { std::mem::transmute::<usize, Sync>(real)(descriptor) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fdatasync(descriptor: c_int) -> c_int {
    static REAL: OnceLock<usize> = OnceLock::new();
    let real = *REAL.get_or_init(|| real(c"fdatasync") as usize);
    let how = failing("sync", |part| is_open_at(descriptor, part));
    done(how, || unsafe { std::mem::transmute::<usize, Sync>(real)(descriptor) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn ftruncate64(descriptor: c_int, len: off_t) -> c_int {
    static REAL: OnceLock<usize> = OnceLock::new();
    let real = *REAL.get_or_init(|| real(c"ftruncate64") as usize);
    let how = failing("change", |part| is_open_at(descriptor, part));
    done(how, || unsafe { std::mem::transmute::<usize, Truncate>(real)(descriptor, len) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    static REAL: OnceLock<usize> = OnceLock::new();
    let real = *REAL.get_or_init(|| real(c"rename") as usize);
    let how = failing("change", |part| is_named(to, part));
    done(how, || unsafe { std::mem::transmute::<usize, Rename>(real)(from, to) })
}
