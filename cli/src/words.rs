//! What the program says to people, from Fluent files built into it: Chinese unless English is asked for.

use std::borrow::Cow;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use unic_langid::langid;

/// A language people can choose.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Lang {
    /// 简体中文.
    #[default]
    Chinese,
    /// English.
    English,
}

/// The words of one language.
pub struct Words {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

/// A name and its value in a text.
pub type Value<'a> = (&'a str, FluentValue<'a>);

impl Lang {
    /// Its tag, as in `--lang` and `Accept-Language`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Chinese => "zh-CN",
            Lang::English => "en",
        }
    }

    /// The language of a tag.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Lang> {
        [Lang::Chinese, Lang::English].into_iter().find(|lang| lang.tag() == tag)
    }

    /// The same language as the node has it.
    #[must_use]
    pub fn node(self) -> fangwei_node::words::Language {
        match self {
            Lang::Chinese => fangwei_node::words::Language::Chinese,
            Lang::English => fangwei_node::words::Language::English,
        }
    }

    fn source(self) -> &'static str {
        match self {
            Lang::Chinese => include_str!("../locales/zh-CN.ftl"),
            Lang::English => include_str!("../locales/en.ftl"),
        }
    }
}

impl Words {
    /// The words of a language.
    #[must_use]
    pub fn new(lang: Lang) -> Words {
        let id = match lang {
            Lang::Chinese => langid!("zh-CN"),
            Lang::English => langid!("en"),
        };
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // No invisible marks around values: they would be copied into commands.
        bundle.set_use_isolating(false);
        // What cannot be read is found by the tests below and by tidy.
        let resource = FluentResource::try_new(lang.source().into()).unwrap_or_else(|(read, _)| read);
        bundle.add_resource_overriding(resource);
        Words { lang, bundle }
    }

    /// Which language.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The text of a key. A key without text, which the tests rule out, is said itself.
    #[must_use]
    pub fn say(&self, key: &str, values: &[Value<'_>]) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            return key.into();
        };
        let args: FluentArgs<'_> = values.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
        self.bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
    }

    /// Whether a key has a text.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.bundle.has_message(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fs, path::Path};

    fn keys(lang: Lang) -> BTreeSet<String> {
        let lines = lang.source().lines().filter(|line| !line.starts_with([' ', '#', '}']));
        lines.filter_map(|line| Some(line.split_once('=')?.0.trim().to_owned())).collect()
    }

    fn sources(dir: &Path, text: &mut String) {
        for item in fs::read_dir(dir).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                sources(&path, text);
            } else if !path.ends_with("words.rs") {
                text.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn every_text_is_said_in_both_languages_and_is_used() {
        let (chinese, english) = (keys(Lang::Chinese), keys(Lang::English));
        assert_eq!(chinese, english);
        let mut text = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
        // A family's keys end in codes that `protocol` lists; the tests of its verb hold them against that list.
        let families = ["pack-rule-", "calendar-fault-"];
        for family in families {
            assert!(text.contains(&format!("say(&format!(\"{family}{{}}\"")), "nobody says {family}");
        }
        let is_said =
            |key: &str| families.iter().any(|family| key.starts_with(family)) || text.contains(&format!("\"{key}\""));
        let unused: Vec<_> = chinese.iter().filter(|key| !is_said(key)).collect();
        assert!(unused.is_empty(), "nobody says {unused:?}");
    }

    #[test]
    fn every_key_in_the_code_has_a_text() {
        let mut text = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
        let words = Words::new(Lang::English);
        let mut said = 0;
        for call in ["say(\"", "note(\"", "wrong(\"", "refused(\"", "failed(\"", "hint(\"", "head(\"", "word(\""] {
            for (at, _) in text.match_indices(call) {
                let key = text[at + call.len()..].split('"').next().unwrap();
                assert!(words.has(key), "{key:?} has no text");
                said += 1;
            }
        }
        assert!(said > 30, "only {said} keys found: the calls are named otherwise now");
    }

    #[test]
    fn values_stand_in_the_text_without_marks_around_them() {
        let words = Words::new(Lang::English);
        assert_eq!(words.say("hint", &[("what", "a b".into())]), "hint: a b");
        assert_eq!(words.say("no-such-key", &[]), "no-such-key");
    }
}
