//! TLS 1.3 with Ed25519 raw public keys (RFC 7250) on both sides; the only file that names rustls.
//!
//! The listener admits every sound key, because whose it is, is the hello's question; the dialler may insist on one.
//! There are no names, clocks, certificates or revocation lists here. Nothing is resumed and nothing is sent before
//! the handshake is done (0-RTT), since both would let a captured flight be played again.

pub(super) mod issuing;
pub(super) mod pages;

use std::any::Any;
use std::sync::{Arc, LazyLock, OnceLock};

use fangwei_protocol::trust::key::{KeyFault, KeyPair, PublicKey};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{AlwaysResolvesClientRawPublicKeys, Resumption};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{AlwaysResolvesServerRawPublicKeys, NoServerSessionStorage};
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, OtherError,
    PeerIncompatible, ServerConfig, SignatureScheme,
};
use zeroize::Zeroizing;

use super::{ALPN, NetFailure, NetFault};

/// The name TLS wants of whom it dials; it is never sent (no SNI) and nothing is looked up by it.
pub(super) const NAME: &str = "fangwei";

/// An Ed25519 SubjectPublicKeyInfo (RFC 8410) up to the 32 bytes of the key; there is no other standard form.
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// An Ed25519 PKCS #8 private key (RFC 8410) up to the 32 bytes of the seed.
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// aws-lc-rs with two key exchanges, named here so that the preference does not hang on a crate feature: the hybrid,
/// which keeps today's recordings shut to tomorrow's quantum computers, and its classical half.
static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
    let kx_groups = vec![aws_lc_rs::kx_group::X25519MLKEM768, aws_lc_rs::kx_group::X25519];
    Arc::new(CryptoProvider { kx_groups, ..aws_lc_rs::default_provider() })
});

/// How a dialler judges the listener, and where it leaves the proved key if that was not the expected one.
#[derive(Debug, Default)]
pub(super) struct Pin {
    expected: Option<PublicKey>,
    another: OnceLock<PublicKey>,
}

impl Pin {
    /// The refusal, if the listener proved to hold another key than the expected one.
    pub(super) fn refusal(&self) -> Option<NetFailure> {
        let (expected, found) = (self.expected?, *self.another.get()?);
        Some(NetFailure::AnotherKey { expected: Box::new(expected), found: Box::new(found) })
    }
}

/// Settings of one who listens under `key`.
pub(super) fn listening(key: &KeyPair) -> Result<ServerConfig, NetFailure> {
    let mut config = ServerConfig::builder_with_provider(PROVIDER.clone())
        .with_protocol_versions(&[&TLS13])
        .map_err(settings)?
        .with_client_cert_verifier(Arc::new(AnySoundKey))
        .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(shown(key)?)));
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.max_early_data_size = 0;
    config.send_half_rtt_data = false;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// Settings of one who dials under `key` and, if given, insists on `expected`.
pub(super) fn dialling(key: &KeyPair, expected: Option<PublicKey>) -> Result<(ClientConfig, Arc<Pin>), NetFailure> {
    let pin = Arc::new(Pin { expected, another: OnceLock::new() });
    let mut config = ClientConfig::builder_with_provider(PROVIDER.clone())
        .with_protocol_versions(&[&TLS13])
        .map_err(settings)?
        .dangerous()
        .with_custom_certificate_verifier(pin.clone())
        .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(shown(key)?)));
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.enable_early_data = false;
    config.enable_sni = false;
    config.resumption = Resumption::disabled();
    Ok((config, pin))
}

/// The peer's key, from what the finished handshake says of its identity.
pub(super) fn peer_key(identity: Option<Box<dyn Any>>) -> Result<PublicKey, NetFault> {
    let shown = identity.and_then(|any| any.downcast::<Vec<CertificateDer<'static>>>().ok());
    match shown.as_deref().map(Vec::as_slice) {
        Some([key]) => admit(key),
        _ => Err(NetFault::NoKey),
    }
}

/// What a peer did wrong, from the alert we sent it and the words the handshake ended with.
///
/// The words are compared with those the library itself makes of each error, never with words written here.
pub(super) fn fault(alert: u8, reason: &str) -> NetFault {
    let said = |error: Error| error.to_string() == reason;
    match AlertDescription::from(alert) {
        AlertDescription::NoApplicationProtocol => NetFault::OtherProtocol,
        AlertDescription::CertificateRequired => NetFault::NoKey,
        AlertDescription::DecryptError => NetFault::NotProved,
        AlertDescription::HandshakeFailure if said(PeerIncompatible::IncorrectCertificateTypeExtension.into()) => {
            NetFault::NotRawKey
        }
        _ => [KeyFault::NotAPoint, KeyFault::NotCanonical, KeyFault::Weak]
            .map(NetFault::BadKey)
            .into_iter()
            .chain([NetFault::NotEd25519])
            .find(|fault| said(refusal(fault.clone())))
            .unwrap_or_else(|| NetFault::Handshake { alert, reason: reason.to_owned() }),
    }
}

/// The key in a SubjectPublicKeyInfo, which RFC 7250 puts where a certificate would be.
fn admit(spki: &[u8]) -> Result<PublicKey, NetFault> {
    let key = spki.strip_prefix(&SPKI_PREFIX).and_then(|key| key.try_into().ok()).ok_or(NetFault::NotEd25519)?;
    PublicKey::admit(key).map_err(NetFault::BadKey)
}

/// Our key as TLS shows it.
fn shown(key: &KeyPair) -> Result<Arc<CertifiedKey>, NetFailure> {
    let mut pkcs8 = Zeroizing::new([0; PKCS8_PREFIX.len() + 32]);
    for (slot, byte) in pkcs8.iter_mut().zip(PKCS8_PREFIX.iter().chain(key.seed())) {
        *slot = *byte;
    }
    let signing = aws_lc_rs::sign::any_eddsa_type(&PrivatePkcs8KeyDer::from(pkcs8.as_slice())).map_err(settings)?;
    let spki = [SPKI_PREFIX.as_slice(), &key.public().bytes()].concat();
    Ok(Arc::new(CertifiedKey::new(vec![CertificateDer::from(spki)], signing)))
}

fn settings(error: Error) -> NetFailure {
    NetFailure::Settings { reason: error.to_string() }
}

fn refusal(fault: NetFault) -> Error {
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(fault))))
}

/// The key that is shown, alone, and sound.
fn judge(key: &CertificateDer<'_>, more: &[CertificateDer<'_>]) -> Result<PublicKey, Error> {
    if more.is_empty() { admit(key).map_err(refusal) } else { Err(refusal(NetFault::NotEd25519)) }
}

/// Whether the peer signed this handshake with the key it shows.
fn proved(
    message: &[u8],
    key: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    let spki = SubjectPublicKeyInfoDer::from(key.as_ref());
    verify_tls13_signature_with_raw_key(message, &spki, signed, &PROVIDER.signature_verification_algorithms)
}

/// TLS 1.2 is not compiled in and never negotiated.
fn never() -> Result<HandshakeSignatureValid, Error> {
    Err(PeerIncompatible::Tls12NotOffered.into())
}

/// The listener's judgement: any sound key, and always one.
#[derive(Debug)]
struct AnySoundKey;

impl ClientCertVerifier for AnySoundKey {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        key: &CertificateDer<'_>,
        more: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        judge(key, more).map(|_| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        never()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        proved(message, key, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        key: &CertificateDer<'_>,
        more: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        judge(key, more).map(|_| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        never()
    }

    /// Compares with the expected key only now that the shown one is proved, so that what the refusal reports as found
    /// is really held by who answered.
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let valid = proved(message, key, signed)?;
        let found = judge(key, &[])?;
        if self.expected.is_some_and(|expected| expected != found) {
            self.another.get_or_init(|| found);
            return Err(CertificateError::ApplicationVerificationFailure.into());
        }
        Ok(valid)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

/// Settings of peers that do one thing wrong, for the tests of `endpoint`.
#[cfg(test)]
pub(super) mod wrong {
    use rustls::client::ResolvesClientCert;
    use rustls::server::ResolvesServerCert;

    use super::*;

    fn dialling(key: &KeyPair) -> ClientConfig {
        super::dialling(key, None).unwrap().0
    }

    pub(crate) fn dialling_in(protocols: &[&[u8]], key: &KeyPair) -> ClientConfig {
        let mut config = dialling(key);
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        config
    }

    /// Has something that passes for an X.509 certificate, and offers no other type.
    pub(crate) fn dialling_with_x509(key: &KeyPair) -> ClientConfig {
        let mut config = dialling(key);
        config.client_auth_cert_resolver = Arc::new(Shows(Some(shown(key).unwrap()), Type::X509));
        config
    }

    pub(crate) fn dialling_without_client_authentication() -> ClientConfig {
        let (client, _) = super::dialling(&KeyPair::from_seed(&[1; 32]), None).unwrap();
        let mut config = ClientConfig::builder_with_provider(PROVIDER.clone())
            .with_protocol_versions(&[&TLS13])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Pin::default()))
            .with_no_client_auth();
        config.alpn_protocols = client.alpn_protocols;
        config
    }

    /// Would speak before the handshake is done, if it had been given anything to do so with.
    pub(crate) fn dialling_with_early_data(key: &KeyPair) -> ClientConfig {
        let mut config = dialling(key);
        config.enable_early_data = true;
        config.resumption = Resumption::in_memory_sessions(8);
        config
    }

    /// Agrees to show a raw key and then shows none.
    pub(crate) fn dialling_without_a_key(key: &KeyPair) -> ClientConfig {
        let mut config = dialling(key);
        config.client_auth_cert_resolver = Arc::new(Shows(None, Type::RawKey));
        config
    }

    /// Shows `spki`, signs with `key`.
    pub(crate) fn dialling_showing(spki: &[u8], key: &KeyPair) -> ClientConfig {
        let mut config = dialling(key);
        let mut shows = CertifiedKey::clone(&shown(key).unwrap());
        shows.cert = vec![CertificateDer::from(spki.to_vec())];
        config.client_auth_cert_resolver = Arc::new(Shows(Some(Arc::new(shows)), Type::RawKey));
        config
    }

    pub(crate) fn spki(key: [u8; 32]) -> Vec<u8> {
        [SPKI_PREFIX.as_slice(), &key].concat()
    }

    pub(crate) fn listening_with_x509(key: &KeyPair) -> ServerConfig {
        let mut config = listening(key).unwrap();
        config.cert_resolver = Arc::new(Shows(Some(shown(key).unwrap()), Type::X509));
        config
    }

    #[derive(Debug, PartialEq)]
    enum Type {
        X509,
        RawKey,
    }

    #[derive(Debug)]
    struct Shows(Option<Arc<CertifiedKey>>, Type);

    impl ResolvesClientCert for Shows {
        fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
            self.0.clone()
        }

        fn only_raw_public_keys(&self) -> bool {
            self.1 == Type::RawKey
        }

        fn has_certs(&self) -> bool {
            true
        }
    }

    impl ResolvesServerCert for Shows {
        fn resolve(&self, _: rustls::server::ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
            self.0.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use rustls::{ClientConnection, NamedGroup, ProtocolVersion, ServerConnection};

    use super::*;

    /// Shakes hands in memory; the settings do not know that it is not QUIC.
    fn shake(client: ClientConfig, server: ServerConfig) -> Result<(ClientConnection, ServerConnection), Error> {
        let mut client = ClientConnection::new(Arc::new(client), NAME.try_into().unwrap())?;
        let mut server = ServerConnection::new(Arc::new(server))?;
        while client.is_handshaking() || server.is_handshaking() || client.wants_write() || server.wants_write() {
            let mut flight = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut flight).unwrap();
            }
            while !flight.is_empty() {
                let read = server.read_tls(&mut flight.as_slice()).unwrap();
                flight.drain(..read);
                server.process_new_packets()?;
            }
            while server.wants_write() {
                server.write_tls(&mut flight).unwrap();
            }
            while !flight.is_empty() {
                let read = client.read_tls(&mut flight.as_slice()).unwrap();
                flight.drain(..read);
                client.process_new_packets()?;
            }
        }
        Ok((client, server))
    }

    #[test]
    fn the_hybrid_key_exchange_and_our_protocol_are_negotiated() {
        let (ours, theirs) = (KeyPair::from_seed(&[1; 32]), KeyPair::from_seed(&[2; 32]));
        let (config, pin) = dialling(&ours, Some(theirs.public())).unwrap();
        let (client, server) = shake(config, listening(&theirs).unwrap()).unwrap();
        for group in [client.negotiated_key_exchange_group(), server.negotiated_key_exchange_group()] {
            assert_eq!(group.map(|group| group.name()), Some(NamedGroup::X25519MLKEM768));
        }
        assert_eq!((client.alpn_protocol(), server.alpn_protocol()), (Some(ALPN), Some(ALPN)));
        assert_eq!(client.protocol_version(), Some(ProtocolVersion::TLSv1_3));
        assert!(pin.refusal().is_none());
        let identity = |keys: Option<&[CertificateDer<'static>]>| -> Option<Box<dyn Any>> {
            keys.map(|keys| Box::new(keys.to_vec()) as Box<dyn Any>)
        };
        assert_eq!(peer_key(identity(client.peer_certificates())), Ok(theirs.public()));
        assert_eq!(peer_key(identity(server.peer_certificates())), Ok(ours.public()));
    }

    #[test]
    fn a_peer_without_the_hybrid_still_gets_the_classical_exchange() {
        let key = KeyPair::from_seed(&[1; 32]);
        let provider = CryptoProvider { kx_groups: vec![aws_lc_rs::kx_group::X25519], ..aws_lc_rs::default_provider() };
        let mut client = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&TLS13])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Pin::default()))
            .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(shown(&key).unwrap())));
        client.alpn_protocols = vec![ALPN.to_vec()];
        let (client, _) = shake(client, listening(&key).unwrap()).unwrap();
        assert_eq!(client.negotiated_key_exchange_group().map(|group| group.name()), Some(NamedGroup::X25519));
    }

    #[test]
    fn nothing_is_sent_early_and_nothing_is_resumed() {
        let key = KeyPair::from_seed(&[1; 32]);
        let listening = listening(&key).unwrap();
        assert_eq!(listening.max_early_data_size, 0);
        assert!(!listening.send_half_rtt_data);
        assert_eq!(listening.send_tls13_tickets, 0);
        assert!(!listening.ticketer.enabled());
        assert!(!listening.session_storage.can_cache());
        let (dialling, _) = dialling(&key, None).unwrap();
        assert!(!dialling.enable_early_data);
        assert!(!dialling.enable_sni);
        let (dialling, listening) = (Arc::new(dialling), Arc::new(listening));
        for _ in 0..2 {
            let (client, server) = shake(ClientConfig::clone(&dialling), ServerConfig::clone(&listening)).unwrap();
            assert_eq!(client.handshake_kind(), Some(rustls::HandshakeKind::Full));
            assert_eq!(server.handshake_kind(), Some(rustls::HandshakeKind::Full));
            assert_eq!(client.tls13_tickets_received(), 0);
        }
    }

    #[test]
    fn the_key_is_read_from_its_one_standard_form() {
        let key = KeyPair::from_seed(&[5; 32]).public();
        let spki = wrong::spki(key.bytes());
        assert_eq!(admit(&spki), Ok(key));
        for cut in 0..spki.len() {
            assert_eq!(admit(&spki[..cut]), Err(NetFault::NotEd25519));
        }
        assert_eq!(admit(&[spki.as_slice(), &[0]].concat()), Err(NetFault::NotEd25519));
        assert_eq!(admit(&wrong::spki([0; 32])), Err(NetFault::BadKey(KeyFault::Weak)));
    }
}
