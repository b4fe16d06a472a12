//! Cadre management authority 干部管理权限: which posts a unit manages, wherever they stand.
//!
//! A township cannot say of itself that it manages the people in its posts: the county's register says which of them are
//! the county's. Each managing unit keeps one register that reaches everybody below it; where several claim a post, the
//! highest unit manages it ◇. What no register names is managed by the deciding unit that proposes, as the proposal
//! says and everybody above can read. Source: domain §2, packs §1.1.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::{
    limits::{CADRE_POSTS_MAX, NAME_CHARS_MAX},
    record::entry::{DocId, DocKey, EntryId, Kind, Reach, Scope, Shelf},
    trust::charter::{HolderId, Role},
    work::{
        case::{act::Subject, law::Officer},
        unit::UnitPath,
    },
};

/// A post that is managed from elsewhere than where it stands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
pub struct Post {
    /// Where it stands.
    #[n(0)]
    pub unit: UnitPath,
    /// What it is called there, as 镇长.
    #[n(1)]
    pub post: String,
    /// Who holds it, if an officer: found by this whatever a proposal calls the post.
    #[n(2)]
    pub holder: Option<HolderId>,
}

/// What is said in a register of managed posts. The unit that manages is its home.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum CadreAct {
    /// 列入: the unit manages this post.
    #[n(0)]
    Manage(#[n(0)] Post),
    /// 移出: it does so no more.
    #[n(1)]
    Release(#[n(0)] Post),
}

/// A register, folded: the posts a unit manages.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Register {
    /// Which.
    pub posts: BTreeSet<Post>,
    /// Acts without effect, and why.
    pub refused: BTreeMap<EntryId, CadreRefusal>,
}

/// All registers that are kept here, by the unit that manages.
pub type Cadres = BTreeMap<UnitPath, Register>;

/// Why a post may not be listed or taken off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum CadreRefusal {
    /// Not a secretary of the managing unit.
    #[error("the register of managed posts is kept by the unit's secretary")]
    NotTheSecretary,
    /// A post of a unit that is not below.
    #[error("the post is not in this unit or below it")]
    Elsewhere,
    /// A blank or overlong name.
    #[error("the post's name is blank or has more than {NAME_CHARS_MAX} characters")]
    BadName,
    /// Listed already.
    #[error("the post is listed already")]
    AlreadyManaged,
    /// Not listed.
    #[error("the post is not listed")]
    NotManaged,
    /// Not the document of the unit's register. Refused when written only.
    #[error("the unit's posts stand in another document")]
    OtherDocument,
    /// More posts than a register holds.
    #[error("at most {CADRE_POSTS_MAX} posts are listed")]
    Full,
}

impl CadreRefusal {
    /// Its name in the API and in text keys.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            CadreRefusal::NotTheSecretary => "posts_not_the_secretary",
            CadreRefusal::Elsewhere => "post_elsewhere",
            CadreRefusal::BadName => "bad_post_name",
            CadreRefusal::AlreadyManaged => "post_already_listed",
            CadreRefusal::NotManaged => "post_not_listed",
            CadreRefusal::OtherDocument => "posts_other_document",
            CadreRefusal::Full => "posts_full",
        }
    }
}

/// The one register of a unit; it reaches everybody below.
#[must_use]
pub fn register_of(unit: &UnitPath) -> DocKey {
    let scope = Scope { home: unit.clone(), reach: Reach::DOWN, shelf: Shelf::CHARTER };
    DocKey { scope, kind: Kind::CADRES, doc: DocId([0; 16]) }
}

impl Register {
    /// Folds valid acts in causal order.
    pub fn fold<'a>(home: &UnitPath, acts: impl IntoIterator<Item = (EntryId, Officer<'a>, &'a CadreAct)>) -> Register {
        let mut register = Register::default();
        for (id, by, act) in acts {
            match register.may(home, &by, act) {
                Err(refusal) => drop(register.refused.insert(id, refusal)),
                Ok(()) => match act {
                    CadreAct::Manage(post) => drop(register.posts.insert(post.clone())),
                    CadreAct::Release(post) => drop(register.posts.remove(post)),
                },
            }
        }
        register
    }

    /// Whether an act may be written now: asked before writing, and by the fold.
    ///
    /// # Errors
    ///
    /// [`CadreRefusal`].
    pub fn may(&self, home: &UnitPath, by: &Officer<'_>, act: &CadreAct) -> Result<(), CadreRefusal> {
        if by.unit != home || !by.roles.contains(&Role::SECRETARY) {
            return Err(CadreRefusal::NotTheSecretary);
        }
        match act {
            CadreAct::Manage(post) if !home.contains(&post.unit) => Err(CadreRefusal::Elsewhere),
            CadreAct::Manage(Post { post, .. }) if post.trim().is_empty() || post.chars().count() > NAME_CHARS_MAX => {
                Err(CadreRefusal::BadName)
            }
            CadreAct::Manage(post) if self.posts.contains(post) => Err(CadreRefusal::AlreadyManaged),
            CadreAct::Manage(_) if self.posts.len() >= CADRE_POSTS_MAX => Err(CadreRefusal::Full),
            CadreAct::Release(post) if !self.posts.contains(post) => Err(CadreRefusal::NotManaged),
            CadreAct::Manage(_) | CadreAct::Release(_) => Ok(()),
        }
    }

    /// Whether it lists a person's post: by the person, or by the post's name where it stands.
    #[must_use]
    pub fn lists(&self, unit: &UnitPath, post: &str, holder: Option<&HolderId>) -> bool {
        self.posts.iter().any(|listed| {
            let is_person = holder.is_some() && listed.holder.as_ref() == holder;
            is_person || listed.unit == *unit && listed.post == post
        })
    }
}

/// The unit that manages a subject by the registers: the highest that lists it. None of leading groups and units, and
/// where no register speaks of the post.
#[must_use]
pub fn manager<'c>(cadres: &'c Cadres, subject: &Subject) -> Option<&'c UnitPath> {
    let Subject::Person { unit, post, holder, .. } = subject else { return None };
    let listing = cadres.iter().filter(|(_, register)| register.lists(unit, post, holder.as_ref()));
    listing.map(|(unit, _)| unit).min_by_key(|unit| unit.depth())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

    use super::*;
    use crate::record::entry::Hash;

    fn unit(path: &str) -> UnitPath {
        path.parse().unwrap()
    }

    fn post(at: &str, name: &str, holder: Option<u8>) -> Post {
        Post { unit: unit(at), post: name.into(), holder: holder.map(|holder| [holder; 16].into()) }
    }

    fn fold(home: &str, acts: &[CadreAct]) -> Register {
        let (home, roles) = (unit(home), [Role::SECRETARY]);
        let by = Officer { holder: [9; 16].into(), roles: &roles, unit: &home };
        let acts = (0..).zip(acts).map(|(n, act)| (EntryId(Hash([n; 32])), by, act));
        Register::fold(&home, acts)
    }

    fn person(at: &str, name: &str, holder: Option<u8>) -> Subject {
        let Post { unit, post, holder } = post(at, name, holder);
        Subject::Person { managed_by: unit.clone(), unit, post, holder }
    }

    #[test]
    fn the_highest_unit_that_lists_a_post_manages_it() {
        let mayor = post("370126.105", "镇长", Some(1));
        let county = fold("370126", &[CadreAct::Manage(mayor.clone())]);
        let town = fold("370126.105", &[CadreAct::Manage(mayor), CadreAct::Manage(post("370126.105", "会计", None))]);
        let cadres = Cadres::from([(unit("370126"), county), (unit("370126.105"), town)]);
        let managed_by = |subject: Subject| manager(&cadres, &subject).map(ToString::to_string);
        assert_eq!(managed_by(person("370126.105", "镇长", None)).as_deref(), Some("370126"));
        assert_eq!(managed_by(person("370126.105", "另一称呼", Some(1))).as_deref(), Some("370126"), "by the person");
        assert_eq!(managed_by(person("370126.105", "会计", None)).as_deref(), Some("370126.105"));
        assert_eq!(managed_by(person("370126.106", "会计", None)), None, "a post of that name elsewhere");
        assert_eq!(managed_by(Subject::Unit { unit: unit("370126.105"), heads: vec![] }), None);
    }

    #[test]
    fn a_register_is_kept_by_the_units_secretary_about_posts_below() {
        let act = |post| CadreAct::Manage(post);
        let mayor = post("370126.105", "镇长", None);
        let (home, below) = (unit("370126"), unit("370126.105"));
        let by = |roles: &'static [Role], unit| Officer { holder: [9; 16].into(), roles, unit };
        let register = fold("370126", &[act(mayor.clone())]);
        let may = |by: Officer<'_>, act: CadreAct| register.may(&home, &by, &act);
        const SECRETARY: &[Role] = &[Role::SECRETARY];
        let other = post("370126.105", "书记", None);
        assert_eq!(may(by(&[Role::ANALYST], &home), act(other.clone())), Err(CadreRefusal::NotTheSecretary));
        assert_eq!(may(by(SECRETARY, &below), act(other.clone())), Err(CadreRefusal::NotTheSecretary));
        assert_eq!(may(by(SECRETARY, &home), act(post("370127", "书记", None))), Err(CadreRefusal::Elsewhere));
        assert_eq!(may(by(SECRETARY, &home), act(post("370126.105", " ", None))), Err(CadreRefusal::BadName));
        assert_eq!(may(by(SECRETARY, &home), act(mayor.clone())), Err(CadreRefusal::AlreadyManaged));
        assert_eq!(may(by(SECRETARY, &home), CadreAct::Release(other.clone())), Err(CadreRefusal::NotManaged));
        assert_eq!(may(by(SECRETARY, &home), CadreAct::Release(mayor)), Ok(()));
        assert_eq!(may(by(SECRETARY, &home), act(other)), Ok(()));
    }

    #[test]
    fn a_post_that_was_released_is_managed_no_more() {
        let mayor = post("370126.105", "镇长", None);
        let acts = [CadreAct::Manage(mayor.clone()), CadreAct::Release(mayor.clone()), CadreAct::Release(mayor)];
        let register = fold("370126", &acts);
        assert!(register.posts.is_empty());
        assert_eq!(register.refused.values().copied().collect::<Vec<_>>(), [CadreRefusal::NotManaged]);
    }
}
