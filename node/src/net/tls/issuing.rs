//! Certificates for pages, issued by the county's own authority: what an office's browsers are told to trust once.
//!
//! The authority's key is worth stealing, since whoever has it could show office computers a false page of any name. So its
//! certificate says within which names it may be believed: addresses of private networks, names that no public site has,
//! and what the county adds. Browsers hold it to that (RFC 5280, 4.2.1.10).

use std::{net::IpAddr, sync::Arc, time::Duration};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256,
    PublicKeyData as _, SanType,
};
use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier as _},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use super::PROVIDER;

/// Names the authority is believed for: private networks (RFC 1918, RFC 6598, RFC 4193), this machine, and the names that
/// are kept free of public sites (RFC 6762, RFC 8375, and ICANN's `internal`).
const ADDRESSES: [(&str, u8); 7] = [
    ("10.0.0.0", 8),
    ("172.16.0.0", 12),
    ("192.168.0.0", 16),
    ("100.64.0.0", 10),
    ("127.0.0.0", 8),
    ("fc00::", 7),
    ("::1", 128),
];
const DOMAINS: [&str; 5] = ["internal", "lan", "home.arpa", "local", "localhost"];

/// A certificate begins a day before it is issued: clocks of offices differ.
const LEEWAY_S: i64 = 86_400;

/// How long certificates are valid, in days: the file `certs/pages.toml`, built in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuedDays {
    /// The authority's.
    pub authority_days: u32,
    /// A page's.
    pub page_days: u32,
}

impl IssuedDays {
    /// Those of the profile.
    #[must_use]
    pub fn of_profile() -> Option<IssuedDays> {
        toml::from_str(include_str!("../../../../certs/pages.toml")).ok()
    }
}

/// A certificate and its private key, both as PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    /// The certificate.
    pub certificate: String,
    /// Its key. A secret.
    pub key: Zeroizing<String>,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Issued(…)")
    }
}

/// Why no certificate was issued.
#[derive(Debug, Error)]
pub enum IssueFault {
    /// Neither an address, a range of addresses, nor a name.
    #[error("{0:?} is neither an address nor a name")]
    Name(String),
    /// The authority may not be believed for it.
    #[error("the authority does not reach {host}: {reason}")]
    OutOfReach {
        /// The name.
        host: String,
        /// What a browser would say.
        reason: String,
    },
    /// The authority's certificate or key is none.
    #[error("no {what} in PEM: {reason}")]
    Pem {
        /// What was looked for.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// No name was given.
    #[error("no name was given")]
    Nameless,
    /// The library refused.
    #[error("{0}")]
    Library(String),
}

impl From<rcgen::Error> for IssueFault {
    fn from(fault: rcgen::Error) -> IssueFault {
        IssueFault::Library(fault.to_string())
    }
}

/// Founds an authority that is believed within private names, and `within` these: `59.192.0.0/10`, `county.example`.
///
/// # Errors
///
/// [`IssueFault::Name`], [`IssueFault::Library`].
pub fn found_authority(within: &[String], days: IssuedDays, now_s: i64) -> Result<Issued, IssueFault> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut permitted = Vec::new();
    for (address, prefix) in ADDRESSES {
        permitted.push(subtree(&format!("{address}/{prefix}"))?);
    }
    for name in DOMAINS.into_iter().chain(within.iter().map(String::as_str)) {
        permitted.push(subtree(name)?);
    }
    let mut params = authority_params(&key);
    params.name_constraints = Some(NameConstraints { permitted_subtrees: permitted, excluded_subtrees: Vec::new() });
    (params.not_before, params.not_after) = (day(now_s - LEEWAY_S, 0)?, day(now_s, days.authority_days)?);
    let certificate = params.self_signed(&key)?.pem();
    Ok(Issued { certificate, key: Zeroizing::new(key.serialize_pem()) })
}

/// Issues a certificate for pages under these names and addresses.
///
/// # Errors
///
/// [`IssueFault`]: also where a browser that trusts the authority would refuse one of them.
pub fn issue_for_pages(
    authority: &Issued,
    hosts: &[String],
    days: IssuedDays,
    now_s: i64,
) -> Result<Issued, IssueFault> {
    let pem = |what: &'static str, reason: &dyn std::fmt::Display| IssueFault::Pem { what, reason: reason.to_string() };
    let root = CertificateDer::from_pem_slice(authority.certificate.as_bytes());
    let root = root.map_err(|fault| pem("certificate", &fault))?;
    let signer = KeyPair::from_pem(&authority.key).map_err(|fault| pem("private key", &fault))?;
    let first = hosts.first().ok_or(IssueFault::Nameless)?;
    let issuer = authority_params(&signer);
    let issuer = Issuer::from_params(&issuer, &signer);
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = named(first);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = (day(now_s - LEEWAY_S, 0)?, day(now_s, days.page_days)?);
    // What a browser would say is found out here, not in the office: of each name alone, since one that is out of reach
    // spoils the others.
    let mut roots = RootCertStore::empty();
    roots.add(root).map_err(|fault| pem("certificate", &fault))?;
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), PROVIDER.clone()).build();
    let verifier = verifier.map_err(|fault| IssueFault::Library(fault.to_string()))?;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now_s).unwrap_or(0)));
    for host in hosts {
        params.subject_alt_names = vec![alternative(host)?];
        let alone = params.signed_by(&key, &issuer)?;
        let server = ServerName::try_from(host.as_str()).map_err(|_| IssueFault::Name(host.clone()))?;
        let verified = verifier.verify_server_cert(alone.der(), &[], &server, &[], now);
        verified.map_err(|fault| IssueFault::OutOfReach { host: host.clone(), reason: fault.to_string() })?;
    }
    params.subject_alt_names = hosts.iter().map(|host| alternative(host)).collect::<Result<_, _>>()?;
    let certificate = params.signed_by(&key, &issuer)?;
    Ok(Issued { certificate: certificate.pem(), key: Zeroizing::new(key.serialize_pem()) })
}

/// A name as a certificate says it.
fn alternative(host: &str) -> Result<SanType, IssueFault> {
    Ok(match host.parse::<IpAddr>() {
        Ok(address) => SanType::IpAddress(address),
        Err(_) => SanType::DnsName(name(host)?.try_into().map_err(|_| IssueFault::Name(host.into()))?),
    })
}

/// What an authority says of itself, but for its reach: its name follows from its key, so that the key alone is enough to
/// issue under it.
fn authority_params(key: &KeyPair) -> CertificateParams {
    let digest = Sha256::digest(key.subject_public_key_info());
    let short: String = data_encoding::HEXLOWER.encode(&digest).chars().take(8).collect();
    let mut params = CertificateParams::default();
    params.distinguished_name = named(&format!("Fangwei pages {short}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn named(name: &str) -> DistinguishedName {
    let mut named = DistinguishedName::new();
    named.push(DnType::CommonName, name);
    named
}

/// A range of addresses, an address, or a name with all below it.
fn subtree(text: &str) -> Result<GeneralSubtree, IssueFault> {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    if let Ok(address) = address.parse::<IpAddr>() {
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Some(longest), |prefix| prefix.parse().ok().filter(|prefix| *prefix <= longest));
        let prefix = prefix.ok_or_else(|| IssueFault::Name(text.into()))?;
        return Ok(GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, prefix)));
    }
    Ok(GeneralSubtree::DnsName(name(text)?))
}

/// A name of the domain name system, in small letters.
fn name(text: &str) -> Result<String, IssueFault> {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_name = text.len() <= 253 && text.split('.').all(is_label);
    if is_name { Ok(text.to_ascii_lowercase()) } else { Err(IssueFault::Name(text.chars().take(80).collect())) }
}

/// Midnight before a time, and so many days on.
fn day(now_s: i64, days: u32) -> Result<time::OffsetDateTime, IssueFault> {
    let at = now_s - now_s.rem_euclid(86_400) + i64::from(days) * 86_400;
    time::OffsetDateTime::from_unix_timestamp(at).map_err(|fault| IssueFault::Library(fault.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::PagesKey;

    const NOW_S: i64 = 1_795_400_000;
    const DAYS: IssuedDays = IssuedDays { authority_days: 3650, page_days: 730 };

    fn hosts(all: &[&str]) -> Vec<String> {
        all.iter().map(|host| (*host).to_owned()).collect()
    }

    #[test]
    fn the_profile_is_read() {
        assert_eq!(IssuedDays::of_profile(), Some(DAYS));
    }

    #[test]
    fn a_page_is_believed_within_the_reach_of_its_authority_and_nowhere_else() {
        let authority = found_authority(&hosts(&["59.192.0.0/10", "qingshi.example"]), DAYS, NOW_S).unwrap();
        let issue = |names: &[&str]| issue_for_pages(&authority, &hosts(names), DAYS, NOW_S);
        let issued = issue(&["10.1.2.3", "192.168.5.6", "59.200.1.1", "fangwei.internal", "pages.qingshi.example"]);
        let issued = issued.unwrap();
        PagesKey::from_pem(issued.certificate.as_bytes(), issued.key.as_bytes()).unwrap();
        for outside in ["8.8.8.8", "bank.example.com", "172.32.0.1", "qingshi.example.com"] {
            let refused = issue(&["10.1.2.3", outside]);
            assert!(matches!(&refused, Err(IssueFault::OutOfReach { host, .. }) if host == outside), "{refused:?}");
        }
        for bad in ["", "a b", "-a.internal", "青石", "a..internal"] {
            assert!(matches!(issue(&[bad]), Err(IssueFault::Name(_))), "{bad}");
        }
        assert!(matches!(issue(&[]), Err(IssueFault::Nameless)));
        assert!(found_authority(&hosts(&["10.0.0.0/33"]), DAYS, NOW_S).is_err());
    }

    #[tokio::test]
    async fn pages_go_over_tls_to_whoever_trusts_the_authority_and_never_without() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let county = crate::desk::tests::County::found().await;
        let now_s = crate::clock::Clock::default().now().0;
        let authority = found_authority(&[], DAYS, now_s).unwrap();
        let issued = issue_for_pages(&authority, &hosts(&["127.0.0.1"]), DAYS, now_s).unwrap();
        let key = PagesKey::from_pem(issued.certificate.as_bytes(), issued.key.as_bytes()).unwrap();
        let options = crate::web::PagesOptions { key: Some(key), ..Default::default() };
        let pages = crate::web::serve(county.desk.clone(), "127.0.0.1:0".parse().unwrap(), options).await.unwrap();
        let url = pages.url();
        let address = url.strip_prefix("https://").unwrap().trim_end_matches('/').to_owned();
        let ask = b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
        let over_tls = async |trusted: &Issued| {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(trusted.certificate.as_bytes()).unwrap()).unwrap();
            let config = rustls::ClientConfig::builder_with_provider(PROVIDER.clone())
                .with_protocol_versions(&[&rustls::version::TLS13])
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
            let stream = tokio::net::TcpStream::connect(&address).await?;
            let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
            let mut stream = connector.connect(ServerName::try_from("127.0.0.1").unwrap(), stream).await?;
            stream.write_all(ask).await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            std::io::Result::Ok(answer)
        };
        let answer = over_tls(&authority).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("passphrase"), "{answer}");
        assert!(over_tls(&found_authority(&[], DAYS, now_s).unwrap()).await.is_err(), "another authority's");
        let mut plain = tokio::net::TcpStream::connect(&address).await.unwrap();
        plain.write_all(ask).await.unwrap();
        let mut answer = Vec::new();
        let _ = plain.read_to_end(&mut answer).await;
        assert!(!String::from_utf8_lossy(&answer).contains("HTTP"), "nothing is said without TLS");
        pages.stop().await;
    }

    #[test]
    fn a_key_of_another_authority_issues_nothing() {
        let [one, other] = [0, 1].map(|_| found_authority(&[], DAYS, NOW_S).unwrap());
        let mixed = Issued { certificate: one.certificate, key: other.key };
        let refused = issue_for_pages(&mixed, &hosts(&["10.1.2.3"]), DAYS, NOW_S);
        assert!(matches!(refused, Err(IssueFault::OutOfReach { .. })), "{refused:?}");
        assert_eq!(format!("{mixed:?}"), "Issued(…)");
        let none = Issued { certificate: String::new(), key: mixed.key };
        assert!(matches!(issue_for_pages(&none, &hosts(&["::1"]), DAYS, NOW_S), Err(IssueFault::Pem { .. })));
    }
}
