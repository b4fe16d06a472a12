//! `post list|manage|release`: posts that are managed from above.

use fangwei_node::api::shape::{PostForm, Posts, Written, route};

use crate::{
    args::{Managed, PostVerb},
    complaint::Exit,
    errand::Errand,
    report::table::Table,
    verb::{self, Done, certificate::place},
};

/// `post …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: PostVerb) -> Done {
    let form = match asked {
        PostVerb::List => return list(errand).await,
        PostVerb::Manage(Managed { unit, post, officer }) => {
            PostForm::Manage { unit: errand.unit(&unit).await?, post, officer }
        }
        PostVerb::Release(Managed { unit, post, officer }) => {
            PostForm::Release { unit: errand.unit(&unit).await?, post, officer }
        }
    };
    let asker = errand.ask_as_officer().await?;
    let written: Written = asker.post(route::POSTS, &form).await?;
    verb::written(errand, "thing-post", &written)
}

async fn list(errand: &mut Errand) -> Done {
    let listed: Posts = errand.ask().await?.get(route::POSTS, &()).await?;
    let is_empty = listed.registers.iter().all(|register| register.posts.is_empty());
    errand.voice.data(&listed, |listed, words| {
        let heads = ["head-managed-by", "head-unit", "head-post", "head-name"];
        let mut table = Table::new(heads.map(|key| words.say(key, &[])));
        for register in &listed.registers {
            for post in &register.posts {
                table.row([
                    place(&register.by.unit, &register.by.name),
                    place(&post.at.unit, &post.at.name),
                    post.post.clone(),
                    post.name.clone().unwrap_or_default(),
                ]);
            }
        }
        table.text()
    })?;
    if is_empty {
        errand.voice.note("posts-none", &[]);
    }
    Ok(Exit::Yes)
}
