//! `explain authority`: the table by which every node judges, as it is built into this program.

use std::collections::BTreeMap;

use fangwei_node::words::role;
use fangwei_protocol::{
    trust::authority::{Deed, Standing, TABLE},
    work::schema::Schema,
};

use crate::{
    args::ExplainVerb,
    complaint::Exit,
    errand::Errand,
    report::table::Table,
    verb::Done,
    words::{Lang, Words},
};

/// `explain …`.
///
/// # Errors
///
/// What is to be said of it.
pub fn run(errand: &mut Errand, asked: ExplainVerb) -> Done {
    match asked {
        ExplainVerb::Authority => authority(errand),
    }
}

fn authority(errand: &mut Errand) -> Done {
    let lines: Vec<_> = TABLE
        .iter()
        .map(|line| {
            serde_json::json!({
                "act": line.deed.name().0,
                "kind": kind_name(line.deed),
                "role": line.role.name(),
                "standing": line.standing.name(),
            })
        })
        .collect();
    errand.voice.data(&lines, |_, words| table(words))?;
    errand.voice.hint("explain-certify-hint", &[]);
    errand.voice.hint("explain-home-hint", &[]);
    Ok(Exit::Yes)
}

/// One row an act: which roles may do it standing where.
fn table(words: &Words) -> String {
    let mut table = Table::wide(["head-act", "head-at-home", "head-home-or-above"].map(|key| words.say(key, &[])));
    let language = if words.lang() == Lang::English { "en" } else { "zh-CN" };
    let language = language.parse().unwrap_or_default();
    let mut rows: BTreeMap<Deed, [Vec<String>; 2]> = BTreeMap::new();
    for line in TABLE {
        let [home, above] = rows.entry(line.deed).or_default();
        let role = role(language, line.role);
        match line.standing {
            Standing::Root => home.push(words.say("explain-at-root", &[("role", role.into())])),
            Standing::Home => home.push(role),
            Standing::HomeOrAbove => above.push(role),
        }
    }
    for (deed, roles) in rows {
        let [home, above] = roles.map(|roles| roles.join("、"));
        table.row([act(deed, words), home, above]);
    }
    table.text()
}

/// The kind of document an act is about.
fn kind_name(deed: Deed) -> Option<&'static str> {
    deed.name().1.and_then(Schema::of).map(|schema| schema.name)
}

/// What an act is called.
fn act(deed: Deed, words: &Words) -> String {
    let key = match deed.name().0 {
        "edit" => match kind_name(deed) {
            Some("report") => "act-edit-report",
            Some("risk") => "act-edit-risk",
            _ => return format!("edit {}", kind_name(deed).unwrap_or("?")),
        },
        "endorse" => match kind_name(deed) {
            Some("certificate") => "act-endorse-certificate",
            Some("stand") => "act-endorse-stand",
            Some("redaction") => "act-endorse-redaction",
            Some("root") => "act-endorse-root",
            Some("witnesses") => "act-endorse-witnesses",
            _ => return format!("endorse {}", kind_name(deed).unwrap_or("?")),
        },
        "revoke" => "act-revoke",
        "stand" => "act-stand",
        "redact" => "act-redact",
        "replace_root" => "act-replace-root",
        "witnesses" => "act-witnesses",
        "name_holder" => "act-name-holder",
        "name_units" => "act-name-units",
        "publish_calendar" => "act-publish-calendar",
        "publish_pack" => "act-publish-pack",
        "deliberate" => "act-deliberate",
        "warn" => "act-warn",
        "report" => "act-report",
        "handle_report" => "act-handle-report",
        "answer" => "act-answer",
        "triage" => "act-triage",
        "number_papers" => "act-number-papers",
        "manage_posts" => "act-manage-posts",
        "share" => "act-share",
        "respond" => "act-respond",
        other => return other.into(),
    };
    words.say(key, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_of_the_table_has_words_in_both_languages() {
        for line in TABLE {
            let said = act(line.deed, &Words::new(Lang::Chinese));
            assert!(!said.is_ascii(), "{said}");
        }
    }
}
