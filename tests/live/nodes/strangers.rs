//! Peers that are not what they say: each is told why and counted, and nothing else happens.

use std::{path::PathBuf, sync::atomic::Ordering, time::Duration};

use fangwei_node::{
    founding::{self, new_key},
    net::{Endpoint, FrameReceiver, FrameSender, LinkControl},
    node::Node,
};
use fangwei_protocol::{
    record::{
        body::{Act, Body, Content},
        entry::{CertificateId, DocId, EntryId, Epoch, Hash, Header, Kind, Reach, Scope, Shelf},
        message::{Bye, ByeCode, Frame, Hello, Parcel, ReceiptsWant, VERSION},
    },
    trust::{
        charter::{Certificate, Custody, Role},
        genesis::GenesisHash,
        key::KeyPair,
    },
};
use tests::nodes::any_port;

use super::{COUNTY, VILLAGE, county_and_village, report, standing, unit, until};

/// Somebody with a key who dialled a node.
struct Stranger {
    key: KeyPair,
    sender: FrameSender,
    receiver: FrameReceiver,
    _control: LinkControl,
    _endpoint: Endpoint,
}

impl Stranger {
    async fn dial(node: &Node, key: KeyPair) -> Stranger {
        let endpoint = Endpoint::bind(any_port(), &key).unwrap();
        let link = endpoint.dial(node.address().unwrap(), Some(node.key()), &key).await.unwrap();
        let (sender, receiver, control) = link.split();
        Stranger { key, sender, receiver, _control: control, _endpoint: endpoint }
    }

    async fn say(&mut self, frame: &Frame) {
        self.sender.send(&frame.to_bytes()).await.unwrap();
    }

    /// The next frame; none once the node has ended the link.
    async fn hear(&mut self) -> Option<Frame> {
        let heard = tokio::time::timeout(Duration::from_secs(5), self.receiver.receive()).await.unwrap();
        heard.ok().flatten().map(|bytes| Frame::parse(&bytes).unwrap())
    }

    /// Why the node ends the link.
    async fn farewell(&mut self) -> Bye {
        loop {
            match self.hear().await {
                Some(Frame::Bye(bye)) => {
                    assert_eq!(self.hear().await, None, "the link goes on");
                    return bye;
                }
                Some(_) => {}
                None => panic!("the link ended without a word"),
            }
        }
    }
}

/// What an honest node of the village would say.
fn hello(node: &Node) -> Hello {
    Hello {
        version: VERSION,
        genesis: node.genesis().hash(),
        certificate: node.me().certificate,
        unit: node.me().unit.clone(),
        digest: None,
        wanted: 0,
        checkpoint: None,
    }
}

/// A `certify` act for the stranger's own key, by somebody whose key it does not have.
fn forged(node: &Node, author: CertificateId, stranger: &KeyPair) -> (CertificateId, Parcel) {
    let certificate = Certificate {
        key: stranger.public(),
        holder: founding::new_holder(),
        unit: unit(VILLAGE),
        roles: vec![Role::NODE],
        not_before_s: 0,
        not_after_s: i64::MAX,
        custody: Custody::NODE_HELD,
        rank: 500,
        may_issue: None,
    };
    let body = Body::new([7; 16], Content::Act(Act::Certify(Box::new(certificate)))).bytes();
    let header = Header {
        scope: Scope { home: unit(VILLAGE), reach: Reach::DOWN, shelf: Shelf::CHARTER },
        kind: Kind::CERTIFICATE,
        doc: DocId([9; 16]),
        author,
        epoch: Epoch([1; 8]),
        seq: 0,
        prev: None,
        after: None,
        claimed_time_s: 1_790_000_000,
        anchor: None,
        body: Hash::of(&body),
    };
    let entry = header.sign(&node.genesis().hash(), stranger).unwrap();
    (entry.id(), Parcel::new(entry.bytes(), Some(&body.into())))
}

fn stored(node: &Node) -> Vec<(PathBuf, u64)> {
    let files = std::fs::read_dir(node.dir().join("journal")).unwrap().map(|found| found.unwrap());
    let mut files: Vec<_> = files.map(|found| (found.path(), found.metadata().unwrap().len())).collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_not_what_it_says_is_told_why_and_counted() {
    let (_dir, county, officer) = county_and_village().await;
    let (upper, village) = (county.node(COUNTY).clone(), county.node(VILLAGE).clone());
    county.agree(VILLAGE, COUNTY).await;
    let before = stored(&upper);
    let refused = || upper.core().counts().refused.load(Ordering::Relaxed);
    let good = hello(&village);
    let said: Vec<(&str, Hello, ByeCode)> = vec![
        ("another tree", Hello { genesis: GenesisHash(Hash([1; 32])), ..good.clone() }, ByeCode::GENESIS),
        ("another version", Hello { version: VERSION + 1, ..good.clone() }, ByeCode::VERSION),
        ("another's certificate", good.clone(), ByeCode::CERTIFICATE),
        (
            "a founder's certificate",
            Hello { certificate: county.administrator.certificate, ..good.clone() },
            ByeCode::CERTIFICATE,
        ),
    ];
    for (number, (what, hello, code)) in said.into_iter().enumerate() {
        let mut stranger = Stranger::dial(&upper, new_key()).await;
        stranger.say(&Frame::Hello(hello)).await;
        let bye = stranger.farewell().await;
        assert_eq!(bye.code, code, "{what}: {}", bye.detail);
        assert_eq!(refused(), number as u64 + 1, "{what}");
    }

    // A certificate nobody has heard of is asked for, and believed only if its chain holds.
    let administrator = county.administrator.certificate;
    let counted = refused();
    for (number, what) in ["no chain", "a forged chain", "garbage", "out of turn"].into_iter().enumerate() {
        let mut stranger = Stranger::dial(&upper, new_key()).await;
        let (certificate, parcel) = forged(&upper, administrator, &stranger.key);
        stranger.say(&Frame::Hello(Hello { certificate, ..good.clone() })).await;
        assert_eq!(stranger.hear().await, Some(Frame::ChainWanted), "{what}");
        let code = match what {
            "no chain" => {
                stranger.say(&Frame::Chain(vec![])).await;
                ByeCode::CERTIFICATE
            }
            "a forged chain" => {
                stranger.say(&Frame::Chain(vec![parcel])).await;
                ByeCode::CERTIFICATE
            }
            "garbage" => {
                stranger.sender.send(&[0xff; 100]).await.unwrap();
                ByeCode::FRAME
            }
            _ => {
                stranger
                    .say(&Frame::ReceiptsWanted(vec![ReceiptsWant {
                        unit: unit(COUNTY),
                        ids: vec![EntryId(Hash([3; 32]))],
                        witnessed: false,
                    }]))
                    .await;
                ByeCode::FRAME
            }
        };
        let bye = stranger.farewell().await;
        assert_eq!(bye.code, code, "{what}: {}", bye.detail);
        assert_eq!(refused(), counted + number as u64 + 1, "{what}");
    }

    // Its own key and certificate, but an entry somebody else's key signed.
    let counted = refused();
    let key = KeyPair::from_seed(fangwei_node::identity::Identity::load(&county.place(VILLAGE)).unwrap().key.seed());
    let mut gone_bad = Stranger::dial(&upper, key).await;
    let (_, parcel) = forged(&upper, administrator, &new_key());
    gone_bad.say(&Frame::Hello(good.clone())).await;
    assert!(matches!(gone_bad.hear().await, Some(Frame::Hello(_))));
    gone_bad.say(&Frame::Give(vec![parcel])).await;
    assert_eq!(gone_bad.farewell().await.code, ByeCode::ENTRY);
    assert_eq!(refused(), counted + 1);

    assert_eq!(stored(&upper), before, "something of it was stored");
    // The node goes on as if nothing had been.
    let written = report(village.core(), &unit(VILLAGE), &officer, "照常上报。").await.unwrap();
    until("it is held above", async || standing(village.core(), written.id).await == (true, true)).await;
}
