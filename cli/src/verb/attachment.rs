//! `attachment …`, and handing content in with whatever it comes with.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use fangwei_node::api::shape::{AttachForm, AttachmentShape, route};

use crate::{
    args::AttachmentSave,
    ask::Asker,
    complaint::{Complaint, Exit},
    errand::{Errand, id, must_be_free, route_of},
    verb::Done,
};

/// What the ending of a file's name says it is: what a reporting point's phones, scanners and offices make.
const MEDIA_TYPES: &[(&str, &str)] = &[
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("webp", "image/webp"),
    ("heic", "image/heic"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("pdf", "application/pdf"),
    ("ofd", "application/ofd"),
    ("txt", "text/plain"),
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("wps", "application/vnd.ms-works"),
    ("xls", "application/vnd.ms-excel"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("mp4", "video/mp4"),
    ("zip", "application/zip"),
];

/// Hands the content of files in, in order.
///
/// # Errors
///
/// A file that cannot be read or is too long, and the node's refusals.
pub async fn hand_in(errand: &mut Errand, asker: &Asker, files: &[PathBuf]) -> Result<Vec<AttachmentShape>, Complaint> {
    let mut attached = Vec::with_capacity(files.len());
    for path in files {
        let content = errand.input.bytes(path)?.to_vec();
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let form = AttachForm { media_type: media_type(path).into(), name };
        attached.push(asker.put(route::ATTACHMENTS, &form, content).await?);
    }
    Ok(attached)
}

fn media_type(path: &Path) -> &'static str {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    let known = MEDIA_TYPES.iter().find(|(known, _)| ending.as_deref() == Some(known));
    known.map_or("application/octet-stream", |(_, media_type)| media_type)
}

/// `attachment save`: writes the content to a new file.
///
/// # Errors
///
/// What is to be said of it; then there is no file.
pub async fn save(errand: &mut Errand, asked: AttachmentSave) -> Done {
    let AttachmentSave { entry, number, out } = asked;
    must_be_free(Some(&out))?;
    let path = route_of(route::ATTACHMENT, &id(&entry)?).replace("{number}", &number.to_string());
    let asker = errand.ask_as_whom_it_names().await?;
    let disk = |cause: io::Error| Complaint::failed("disk").at(&out).with("cause", cause);
    let mut file = BufWriter::new(File::create_new(&out).map_err(disk)?);
    let mut bytes = 0;
    let got = asker.fetch(&path, |some| {
        bytes += some.len() as u64;
        file.write_all(some).map_err(disk)
    });
    let synced = got.await.and_then(|()| {
        file.flush().map_err(disk)?;
        file.get_ref().sync_all().map_err(disk)
    });
    synced.inspect_err(|_| drop(fs::remove_file(&out)))?;
    let path = out.display().to_string();
    errand.voice.data(&serde_json::json!({ "path": path, "bytes": bytes }), |_, _| path.clone())?;
    errand.voice.note("attachment-saved", &[("path", path.clone().into()), ("bytes", bytes.into())]);
    Ok(Exit::Yes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_what_a_file_is() {
        for (name, expected) in [
            ("现场.JPG", "image/jpeg"),
            ("公示.pdf", "application/pdf"),
            ("README", "application/octet-stream"),
            ("a.tar.gz", "application/octet-stream"),
        ] {
            assert_eq!(media_type(Path::new(name)), expected, "{name}");
        }
    }
}
