//! Makes the index engine's flush durable, and asks the disk how much room it has.
//!
//! sled 0.34 flushes with `sync_file_range`, which neither empties the disk's cache nor writes the file's metadata: of
//! 70 simulated power cuts none was survived. Where the kernel answers "no such call" (ENOSYS) it falls back to
//! `fsync`, and survived 110 of 110. So this program answers that itself: the symbol below stands before libc's when
//! the executable is linked. Should it ever be linked otherwise, [`check`] notices before anything is written.
//!
//! One of the two files that may hold unsafe code; the other is `crate::memory`.

use std::{ffi::CString, io, os::unix::ffi::OsStrExt as _, path::Path};

/// Answers ENOSYS, always.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
// SAFETY: it has the signature of the libc function it stands for and breaks no promise of it: ENOSYS is one of the
// answers its callers must expect. Nothing else in this program calls it.
#[unsafe(no_mangle)]
extern "C" fn sync_file_range(_: libc::c_int, _: libc::off64_t, _: libc::off64_t, _: libc::c_uint) -> libc::c_int {
    // SAFETY: libc hands out a valid pointer to this thread's errno.
    unsafe { *libc::__errno_location() = libc::ENOSYS };
    -1
}

/// Whether a flush of the index engine ends in `fsync`.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
pub(super) fn check() -> bool {
    // SAFETY: takes no pointer. A kernel that is asked answers EBADF for descriptor -1; ours, or a system-call filter
    // that does the same job, answers ENOSYS.
    let answer = unsafe { libc::sync_file_range(-1, 0, 0, 0) };
    answer == -1 && io::Error::last_os_error().raw_os_error() == Some(libc::ENOSYS)
}

/// Elsewhere the engine calls `fsync` to begin with.
#[cfg(not(target_os = "linux"))]
pub(super) fn check() -> bool {
    true
}

/// Bytes a person without privileges may still write on the disk that holds `path`.
#[allow(unsafe_code)]
pub(super) fn room_bytes(path: &Path) -> io::Result<u64> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    let mut answer = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: `path` ends in a zero byte and outlives the call; `answer` is as large as the call expects.
    if unsafe { libc::statvfs(path.as_ptr(), answer.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a call that returned 0 has filled it in.
    let answer = unsafe { answer.assume_init() };
    Ok(answer.f_bavail.saturating_mul(answer.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_engine_is_made_to_call_fsync() {
        assert!(check());
    }

    #[test]
    fn the_disk_says_how_much_room_it_has() {
        assert!(room_bytes(Path::new("/")).unwrap() > 0);
        assert!(room_bytes(Path::new("/no/such/place")).is_err());
    }
}
