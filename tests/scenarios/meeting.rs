//! Who may synchronise at all: a hello is proved by a key and a certificate, and a certificate by its chain.

use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{EntryId, Hash, Kind, Reach, Shelf},
        message::{Frame, Hello, Parcel},
    },
    replica::PeerFault,
    trust::{
        charter::{Certificate, Custody, MayIssue, Role},
        genesis::GenesisHash,
        key::KeyPair,
    },
};
use tests::world::{Officer, World};

use crate::scene::{COUNTY, TOWN, scene, scope};

#[test]
fn a_peer_that_may_not_be_here_is_told_so() {
    // Another version, another tree.
    let fault = |change: &dyn Fn(&mut World, &mut Hello)| {
        let mut scene = scene();
        let key = scene.world.node(TOWN).key();
        let mut hello = scene.world.hello_of(TOWN);
        change(&mut scene.world, &mut hello);
        scene.peer = scene.world.stranger(COUNTY, key);
        scene.fault_of_frame(&Frame::Hello(hello))
    };
    assert_eq!(fault(&|_, hello| hello.version = 2), PeerFault::Version { found: 2 });
    let other = GenesisHash(Hash([9; 32]));
    let found = fault(&|_, hello| hello.genesis = other);
    assert!(matches!(found, PeerFault::Genesis { found, .. } if found == other.0), "{found:?}");
    // Another node's certificate, an officer's, another unit than the certificate says.
    let reason = |fault: PeerFault| match fault {
        PeerFault::Certificate { reason, .. } => reason,
        other => panic!("{other:?}"),
    };
    let sibling = fault(&|world, hello| hello.certificate = world.node("370126.106").replica.me().certificate);
    assert_eq!(reason(sibling), "is not of the key the transport proved");
    let unit = fault(&|_, hello| hello.unit = COUNTY.parse().unwrap());
    assert_eq!(reason(unit), "is of another unit than it says");
    let mut it = scene();
    let mut hello = it.world.hello_of(TOWN);
    hello.certificate = it.analyst.certificate;
    it.peer = it.world.stranger(COUNTY, World::key_of(&it.analyst).public());
    let officer = it.fault_of_frame(&Frame::Hello(hello));
    assert_eq!(reason(officer), "is neither a node's nor a join token's");
    // A node of the tree that stands elsewhere.
    let mut it = scene();
    let hello = it.world.hello_of("370126.106");
    it.world.connect(TOWN, COUNTY);
    it.world.settle();
    it.world.cut(TOWN, COUNTY);
    let certificate = hello.certificate;
    let key = it.world.node("370126.106").key();
    let peer = it.world.stranger(TOWN, key);
    it.world.say(peer, &Frame::Hello(hello));
    // The township does not keep its sibling's charter, so it asks for the chain.
    assert_eq!(it.world.heard(peer), [Frame::ChainWanted]);
    let parcels = chain_of(&it.world, COUNTY, certificate);
    it.world.say(peer, &Frame::Chain(parcels));
    assert_eq!(it.world.fault(peer), Some(PeerFault::Unrelated { unit: "370126.106".parse().unwrap() }));
}

/// The parcels that prove a certificate, as the node that holds them would send them.
fn chain_of(world: &World, node: &str, certificate: EntryId) -> Vec<Parcel> {
    let node = world.node(node);
    let chain = node.replica.charter().chain(&certificate);
    let parcel = |id: &EntryId| {
        let said = node.replica.find(id, &node.records).unwrap().unwrap();
        Parcel::new(said.entry.bytes(), said.bytes.as_ref())
    };
    chain.iter().map(parcel).collect()
}

#[test]
fn a_certificate_must_be_proved_from_the_genesis_down() {
    let refused = |parcels: &dyn Fn(&mut World, &KeyPair, &mut EntryId) -> Vec<Parcel>| {
        let mut scene = scene();
        let stranger = KeyPair::from_seed(&[77; 32]);
        let mut hello = scene.world.hello_of(TOWN);
        hello.certificate = EntryId(Hash([5; 32]));
        let parcels = parcels(&mut scene.world, &stranger, &mut hello.certificate);
        scene.peer = scene.world.stranger(COUNTY, stranger.public());
        scene.world.say(scene.peer, &Frame::Hello(hello));
        assert_eq!(scene.world.heard(scene.peer), [Frame::ChainWanted]);
        match scene.fault_of_frame(&Frame::Chain(parcels)) {
            PeerFault::Certificate { reason, .. } => reason,
            other => panic!("{other:?}"),
        }
    };
    let certificate = |key: &KeyPair| Certificate {
        key: key.public(),
        holder: [3; 16].into(),
        unit: TOWN.parse().unwrap(),
        roles: vec![Role::NODE],
        not_before_s: 0,
        not_after_s: i64::MAX,
        custody: Custody::NODE_HELD,
        rank: 300,
        may_issue: None,
    };
    let draft = |world: &mut World, by: &Officer, certificate: Certificate| {
        let document = world.new_document(scope(TOWN, Reach::DOWN, Shelf::CHARTER), Kind::CERTIFICATE);
        world.by_hand(COUNTY, by, &document, Content::Act(Act::Certify(Box::new(certificate))))
    };
    assert_eq!(refused(&|_, _, _| vec![]), "is not proved by its chain");
    assert_eq!(refused(&|_, _, _| vec![Parcel::new(&[0; 9], None)]), "has a malformed chain");
    // Signed by an officer who may issue nothing: kept as void, proves nothing.
    let by_secretary = refused(&|world, key, id| {
        let by = world.secretary();
        let (entry, body) = draft(world, &by, certificate(key)).sign(world, &by);
        *id = entry.id();
        vec![Parcel::new(entry.bytes(), Some(&body))]
    });
    assert_eq!(by_secretary, "is not proved by its chain");
    let forged = refused(&|world, key, id| {
        let (administrator, secretary) = (world.administrator(), world.secretary());
        let (entry, body) = draft(world, &administrator, certificate(key)).sign(world, &secretary);
        *id = entry.id();
        vec![Parcel::new(entry.bytes(), Some(&body))]
    });
    assert_eq!(forged, "has a forged chain");
    let bodiless = refused(&|world, key, id| {
        let by = world.administrator();
        let (entry, _) = draft(world, &by, certificate(key)).sign(world, &by);
        *id = entry.id();
        vec![Parcel::new(entry.bytes(), None)]
    });
    assert_eq!(bodiless, "has an unlawful chain");
    // A certify act on another shelf is void where it is kept, so it proves nothing either.
    let shelf = refused(&|world, key, id| {
        let by = world.administrator();
        let mut draft = draft(world, &by, certificate(key));
        draft.header.scope.shelf = Shelf::LIBRARY;
        let (entry, body) = draft.sign(world, &by);
        *id = entry.id();
        vec![Parcel::new(entry.bytes(), Some(&body))]
    });
    assert_eq!(shelf, "has an unlawful chain");
    // Not from the genesis: by an author nobody knows.
    let unknown = refused(&|world, key, id| {
        let by = world.administrator();
        let mut draft = draft(world, &by, certificate(key));
        draft.header.author = EntryId(Hash([8; 32]));
        let (entry, body) = draft.sign(world, &by);
        *id = entry.id();
        vec![Parcel::new(entry.bytes(), Some(&body))]
    });
    assert_eq!(unknown, "has a chain that does not begin here");
    let long = refused(&|_, _, _| vec![Parcel::new(&[0; 9], None); 33]);
    assert_eq!(long, "has a chain that is too long");
}

#[test]
fn an_expired_join_token_opens_no_session() {
    let token = |not_after_s: i64| {
        let mut scene = scene();
        let key = KeyPair::from_seed(&[88; 32]);
        let certificate = Certificate {
            key: key.public(),
            holder: [4; 16].into(),
            unit: TOWN.parse().unwrap(),
            roles: vec![],
            not_before_s: 0,
            not_after_s,
            custody: Custody::NODE_HELD,
            rank: 250,
            may_issue: Some(MayIssue { roles: vec![Role::NODE], levels_below: 0 }),
        };
        let administrator = scene.world.administrator();
        let id = scene.world.certify(COUNTY, &administrator, certificate, Reach::DOWN);
        scene.peer = scene.world.stranger(COUNTY, key.public());
        let mut hello = scene.world.hello_of(TOWN);
        hello.certificate = id;
        (scene, hello)
    };
    let now = scene().world.now;
    let (mut it, hello) = token(now - 1);
    let fault = it.fault_of_frame(&Frame::Hello(hello));
    assert!(matches!(fault, PeerFault::Certificate { reason: "is of a join token that has expired", .. }), "{fault:?}");
    let (mut it, hello) = token(now);
    it.world.say(it.peer, &Frame::Hello(hello));
    assert_eq!(it.world.fault(it.peer), None);
}
