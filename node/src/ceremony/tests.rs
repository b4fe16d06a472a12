//! A request and a grant carry what they say, and nothing that was changed on the way.

use fangwei_protocol::trust::{genesis::GenesisHash, key::KeyPair};

use super::*;

const TREE: GenesisHash = GenesisHash(Hash([7; 32]));

fn request() -> Request {
    let (profile, name, custody) = ("analyst".into(), "李四".into(), "node".into());
    let wanted = Wanted::Officer { profile, name, holder: None, custody };
    Request::new(TREE, "999901.105".parse().unwrap(), wanted, &KeyPair::from_seed(&[9; 32]))
}

/// Another digit at each place where a digit stands in a value.
fn slips(text: &str) -> impl Iterator<Item = String> {
    text.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, was)| {
        let other = if was == '0' { '1' } else { '0' };
        format!("{}{other}{}", &text[..at], &text[at + 1..])
    })
}

#[test]
fn a_request_goes_to_text_and_back_and_no_slip_is_overlooked() {
    let text = request().to_string();
    assert_eq!(text.parse::<Request>().unwrap(), request());
    for slip in slips(&text) {
        assert!(slip.parse::<Request>().is_err(), "{slip}");
    }
    assert_eq!(
        text.parse::<Grant>(),
        Err(CeremonyFault::Damaged { reason: "it is another sort of file, or not all of it" })
    );
    let newer = text.replace("format = 1", "format = 2");
    assert_eq!(newer.parse::<Request>(), Err(CeremonyFault::Newer { found: 2 }));
}

#[test]
fn a_request_for_a_key_of_somebody_else_proves_nothing() {
    // Whoever knows a public key, and the request its holder made, cannot ask for something else in its name.
    let other = Request::new(TREE, "999901".parse().unwrap(), request().wanted, &KeyPair::from_seed(&[8; 32]));
    let mut stolen = other;
    stolen.key = request().key;
    assert_eq!(stolen.to_string().parse::<Request>(), Err(CeremonyFault::NotPossessed));
    let mut elsewhere = request();
    elsewhere.unit = "999901.106".parse().unwrap();
    assert_eq!(elsewhere.to_string().parse::<Request>(), Err(CeremonyFault::NotPossessed));
    let mut another_tree = request();
    another_tree.genesis = GenesisHash(Hash([8; 32]));
    assert_eq!(another_tree.to_string().parse::<Request>(), Err(CeremonyFault::NotPossessed));
}

#[test]
fn a_weak_key_is_not_admitted() {
    let text = request().to_string();
    let key = crate::identity::key_text(&request().key);
    let weak = format!("01{}", "0".repeat(62));
    assert_eq!(text.replace(&key, &weak).parse::<Request>(), Err(CeremonyFault::Key(KeyFault::Weak)));
}

#[test]
fn a_root_keys_public_half_proves_possession() {
    let text = RootKey::of(&KeyPair::from_seed(&[9; 32])).to_string();
    assert_eq!(text.parse::<RootKey>().unwrap().key, request().key);
    for slip in slips(&text) {
        assert!(slip.parse::<RootKey>().is_err(), "{slip}");
    }
}
