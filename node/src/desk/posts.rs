//! Managed posts 干部管理权限: which posts a unit manages, listed and taken off by its secretary.
//!
//! Source: domain §2, packs §1.1.

use std::collections::BTreeSet;

use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::Kind,
    },
    replica::{Draft, WriteRefusal},
    work::cadre::{CadreAct, CadreRefusal, Post, Register, register_of},
};

use super::{Desk, DeskError, Officer, reports::holder_in, required};
use crate::{
    api::shape::{PostForm, PostLine, PostRegister, Posts, UnitNamed, Written as WrittenShape},
    view::Names,
};

impl Desk {
    /// The registers of managed posts that are kept here.
    ///
    /// # Errors
    ///
    /// `NodeStopped`, `StoreFailed`.
    pub async fn posts(&self) -> Result<Posts, DeskError> {
        let names = self.fresh_view().await?.names();
        let read = self.node().core().read(move |sight| {
            let cadres = sight.replica.cadres(&sight.replica.rulebook(sight.store)?, sight.store)?;
            let registers = cadres.iter().map(|(unit, Register { posts, .. })| PostRegister {
                by: named(unit, &names),
                posts: posts.iter().map(|post| line(post, &names)).collect(),
            });
            Ok(Posts { registers: registers.collect() })
        });
        read.await?
    }

    /// Lists a post as managed by the officer's unit, or takes it off.
    ///
    /// # Errors
    ///
    /// What is asked wrongly, what the rules refuse, `NodeStopped`.
    pub async fn do_with_post(&self, officer: &Officer, form: PostForm) -> Result<WrittenShape, DeskError> {
        let (PostForm::Manage { unit, post, officer: person } | PostForm::Release { unit, post, officer: person }) =
            &form;
        let (unit, post) = (self.unit(Some(unit))?, required("post", post)?);
        let holder = match person.clone() {
            Some(id) => Some(self.node().core().read(move |sight| holder_in(sight, &id)).await??),
            None => None,
        };
        let is_release = matches!(form, PostForm::Release { .. });
        let (home, author) = (self.asker(officer).await?.unit, officer.certificate);
        let document = register_of(&home);
        let doc = document.doc;
        let written = self.write(officer, move |sight| {
            let asked = Post { unit, post, holder };
            let act = if is_release {
                let file = sight.replica.casefile(&document, &sight.replica.rulebook(sight.store)?, sight.store)?;
                let listed = listed(&sight.replica.register(&file).posts, &asked);
                CadreAct::Release(listed.ok_or(WriteRefusal::Cadre(CadreRefusal::NotManaged))?)
            } else {
                CadreAct::Manage(asked)
            };
            Ok(Draft { author, document, after: None, content: Content::Act(Act::Cadre(Box::new(act))) })
        });
        self.written(doc, Kind::CADRES, written.await?).await
    }
}

/// The listed post that is meant: the very one, or the only one of its name where nobody's was named.
fn listed(posts: &BTreeSet<Post>, asked: &Post) -> Option<Post> {
    let mut same = posts.iter().filter(|post| (&post.unit, &post.post) == (&asked.unit, &asked.post));
    match (posts.get(asked), asked.holder) {
        (Some(post), _) => Some(post.clone()),
        (None, Some(_)) => None,
        (None, None) => match (same.next(), same.next()) {
            (Some(post), None) => Some(post.clone()),
            _ => None,
        },
    }
}

fn line(post: &Post, names: &Names) -> PostLine {
    PostLine {
        at: named(&post.unit, names),
        post: post.post.clone(),
        holder: post.holder.as_ref().map(super::holder_text),
        name: post.holder.as_ref().map(|holder| names.holder(holder).to_owned()),
    }
}

fn named(unit: &fangwei_protocol::work::unit::UnitPath, names: &Names) -> UnitNamed {
    UnitNamed { unit: unit.to_string(), name: names.unit(unit).into() }
}
