//! `pages authority|certificate`: what browsers of an office check the pages by. No node is asked: the authority's key may
//! be kept on a machine without one.

use std::path::{Path, PathBuf};

use fangwei_node::{
    clock::Clock,
    net::{IssueFault, Issued, IssuedDays, found_authority, issue_for_pages},
};
use serde_json::json;

use crate::{
    args::{PagesAuthority, PagesCertificate, PagesVerb},
    complaint::{Complaint, Exit},
    errand::{Errand, must_be_free, write_public, write_secret},
    verb::Done,
};

/// `pages …`.
///
/// # Errors
///
/// What is to be said of it.
pub fn run(errand: &mut Errand, asked: PagesVerb) -> Done {
    let days = IssuedDays::of_profile().ok_or_else(|| Complaint::failed("disk").with("cause", "certs/pages.toml"))?;
    match asked {
        PagesVerb::Authority(asked) => authority(errand, &asked, days),
        PagesVerb::Certificate(asked) => certificate(errand, &asked, days),
    }
}

fn authority(errand: &mut Errand, asked: &PagesAuthority, days: IssuedDays) -> Done {
    let paths = free(&asked.out)?;
    let issued = found_authority(&asked.within, days, Clock::default().now().0).map_err(refused)?;
    let done = write(errand, &paths, &issued, "pages-authority")?;
    errand.voice.hint("pages-authority-hint", &[("path", paths.certificate.display().to_string().into())]);
    Ok(done)
}

fn certificate(errand: &mut Errand, asked: &PagesCertificate, days: IssuedDays) -> Done {
    let paths = free(&asked.out)?;
    let from = Paths::of(&asked.authority);
    let authority = Issued { certificate: read(&from.certificate)?, key: read(&from.key)?.into() };
    let issued = issue_for_pages(&authority, &asked.host, days, Clock::default().now().0).map_err(refused)?;
    let done = write(errand, &paths, &issued, "pages-certificate")?;
    errand.voice.hint("pages-certificate-hint", &[]);
    Ok(done)
}

/// A certificate's file and its key's.
struct Paths {
    certificate: PathBuf,
    key: PathBuf,
}

impl Paths {
    fn of(name: &Path) -> Paths {
        // Not `with_extension`, which would take what stands behind a dot of the name away.
        let with = |ending: &str| {
            let mut path = name.as_os_str().to_owned();
            path.push(ending);
            PathBuf::from(path)
        };
        Paths { certificate: with(".pem"), key: with(".key") }
    }
}

fn free(name: &Path) -> Result<Paths, Complaint> {
    let paths = Paths::of(name);
    must_be_free(Some(&paths.certificate))?;
    must_be_free(Some(&paths.key))?;
    Ok(paths)
}

fn read(path: &Path) -> Result<String, Complaint> {
    std::fs::read_to_string(path).map_err(|cause| Complaint::wrong("disk").at(path).with("cause", cause))
}

fn write(errand: &mut Errand, paths: &Paths, issued: &Issued, what: &'static str) -> Done {
    write_secret(&paths.key, &issued.key)?;
    write_public(&paths.certificate, &issued.certificate)?;
    let [certificate, key] = [&paths.certificate, &paths.key].map(|path| path.display().to_string());
    let values = [("certificate", certificate.clone().into()), ("key", key.clone().into())];
    errand.voice.note(what, &values);
    errand.voice.data(&json!({"certificate": certificate, "key": key}), |_, _| certificate.clone())?;
    Ok(Exit::Yes)
}

fn refused(fault: IssueFault) -> Complaint {
    match fault {
        IssueFault::Name(name) => Complaint::wrong("pages-name").with("name", name).hint("pages-name-hint"),
        IssueFault::OutOfReach { host, reason } => {
            Complaint::wrong("pages-out-of-reach").with("host", host).with("cause", reason).hint("pages-reach-hint")
        }
        fault => Complaint::wrong("pages-unfit").with("cause", fault),
    }
}
