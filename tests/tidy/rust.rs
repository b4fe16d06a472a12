//! Which names a Rust file uses, and where: comments and texts never count, grouped imports are spelled out.

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

/// What tidy wants to know of one Rust file.
#[derive(Default)]
pub(crate) struct Source {
    /// Every path, also inside macros and attributes; an identifier alone is a path of one segment.
    pub(crate) names: Vec<Name>,
    /// Every attribute as its tokens with spaces between, documentation left out.
    pub(crate) attributes: Vec<(usize, String)>,
}

/// One path as it stands in the code.
#[derive(Clone)]
pub(crate) struct Name {
    /// `use std::{fs, io::*}` gives `std::fs` and `std::io::*`.
    pub(crate) segments: Vec<String>,
    /// Counted from 1.
    pub(crate) line: usize,
    /// The token before: `use`, `mod`, `.` for a field or method, `::` for a path from the outside.
    pub(crate) before: String,
    /// Whether `!` and a group come after it.
    pub(crate) is_macro: bool,
    /// Whether it stands in something built for tests only.
    pub(crate) in_test: bool,
}

/// Words that never begin a path, though `::` may follow them.
const KEYWORDS: &[&str] = &[
    "as", "async", "await", "const", "dyn", "else", "enum", "extern", "fn", "for", "if", "impl", "in", "let", "loop",
    "match", "mod", "move", "mut", "pub", "ref", "return", "static", "struct", "trait", "type", "unsafe", "use",
    "where", "while", "yield",
];

impl Source {
    /// Reads a file, or gives the line at which it stops being Rust.
    pub(crate) fn read(text: &str) -> Result<Source, usize> {
        let stream: TokenStream = text.parse().map_err(|fault: proc_macro2::LexError| fault.span().start().line)?;
        let mut source = Source::default();
        source.walk(stream, &[], "", false);
        Ok(source)
    }

    /// Whether the file declares a module of this name, which then hides a crate of the same name.
    pub(crate) fn declares(&self, module: &str) -> bool {
        self.names.iter().any(|name| name.before == "mod" && name.segments == [module])
    }

    fn walk(&mut self, stream: TokenStream, prefix: &[String], before: &str, mut in_test: bool) {
        let tokens: Vec<_> = stream.into_iter().collect();
        let inherited = in_test;
        let mut before = before.to_owned();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Ident(ident) => {
                    let mut segments = prefix.to_vec();
                    segments.push(ident.to_string());
                    let keyword = KEYWORDS.contains(&ident.to_string().as_str());
                    while !keyword && is_path_separator(&tokens, at) {
                        match tokens.get(at + 2) {
                            Some(TokenTree::Ident(next)) => segments.push(next.to_string()),
                            Some(TokenTree::Punct(star)) if star.as_char() == '*' => segments.push("*".into()),
                            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                                self.walk(group.stream(), &segments, &before, in_test);
                            }
                            _ => break,
                        }
                        at += 3;
                    }
                    let is_macro =
                        is_punct(tokens.get(at), '!') && matches!(tokens.get(at + 1), Some(TokenTree::Group(_)));
                    let last = ident.to_string();
                    let name = Name { segments, line: ident.span().start().line, before, is_macro, in_test };
                    self.names.push(name);
                    before = last;
                }
                TokenTree::Punct(punct) => {
                    let attribute = if is_punct(tokens.get(at), '!') { at + 1 } else { at };
                    match tokens.get(attribute) {
                        Some(TokenTree::Group(group)) if punct.as_char() == '#' && is_attribute(group) => {
                            if self.attribute(group, in_test) {
                                in_test = true;
                            }
                            at = attribute + 1;
                        }
                        _ => {}
                    }
                    if punct.as_char() == ';' {
                        in_test = inherited;
                    }
                    before = if punct.as_char() == ':' && before == ":" { "::".into() } else { punct.to_string() };
                }
                TokenTree::Group(group) => {
                    self.walk(group.stream(), &[], "", in_test);
                    if group.delimiter() == Delimiter::Brace {
                        in_test = inherited;
                    }
                    before = String::new();
                }
                TokenTree::Literal(_) => before = String::new(),
            }
        }
    }

    /// Takes an attribute in; whether what follows is built for tests only.
    fn attribute(&mut self, group: &Group, in_test: bool) -> bool {
        let text = group.stream().to_string();
        let words: Vec<_> =
            text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
        if words.first() == Some(&"doc") {
            return false;
        }
        self.attributes.push((group.span().start().line, text.clone()));
        self.walk(group.stream(), &[], "", in_test);
        words == ["test"] || words.first() == Some(&"cfg") && words.contains(&"test") && !words.contains(&"not")
    }
}

impl Name {
    /// Whether it begins with these segments.
    pub(crate) fn starts_with(&self, segments: &[&str]) -> bool {
        self.segments.len() >= segments.len() && self.segments.iter().zip(segments).all(|(have, want)| have == want)
    }

    /// Whether it reaches into the crate `name`, in a file whose own modules `source` knows.
    pub(crate) fn is_of_crate(&self, name: &str, source: &Source) -> bool {
        let outside = self.before == "::" || !source.declares(name);
        let path = self.segments.len() > 1 || matches!(self.before.as_str(), "use" | "crate" | "::");
        self.starts_with(&[name]) && outside && path && self.before != "."
    }

    /// As it would be written.
    pub(crate) fn text(&self) -> String {
        self.segments.join("::")
    }
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    let joint = matches!(tokens.get(at), Some(TokenTree::Punct(one)) if one.as_char() == ':' && one.spacing() == Spacing::Joint);
    joint && is_punct(tokens.get(at + 1), ':')
}

fn is_attribute(group: &Group) -> bool {
    group.delimiter() == Delimiter::Bracket
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        Source::read(text).unwrap().names.iter().map(Name::text).collect()
    }

    #[test]
    fn grouped_imports_are_spelled_out() {
        let names = names("use std::{fs, io::{self, Read as R}, net::*};");
        for name in ["std::fs", "std::io::self", "std::io::Read", "std::net::*"] {
            assert!(names.contains(&name.to_owned()), "{name} is not among {names:?}");
        }
    }

    #[test]
    fn comments_and_texts_are_not_names() {
        let names = names(
            "/// std::fs\n//! std::fs\nfn a() { /* std::fs /* std::fs */ */ b(\"std::fs\", r#\"std::fs\"#, '\"') } // std::fs",
        );
        assert!(!names.iter().any(|name| name.contains("std")), "{names:?}");
    }

    #[test]
    fn what_is_built_for_tests_only_is_known_as_such() {
        let source = Source::read(
            "fn a() {}\n#[cfg(test)]\nuse x::{y};\nfn b() {}\n#[cfg(test)]\nmod tests { fn c() {} }\n#[cfg(not(test))]\nfn d() {}",
        );
        let source = source.unwrap();
        let in_test = |wanted: &str| source.names.iter().find(|name| name.text() == wanted).map(|name| name.in_test);
        assert_eq!(["a", "x::y", "b", "c", "d"].map(in_test), [false, true, false, true, false].map(Some));
    }

    #[test]
    fn a_module_of_ones_own_hides_a_crate() {
        let reaches = |text: &str| {
            let source = Source::read(text).unwrap();
            source.names.iter().any(|name| name.is_of_crate("sled", &source))
        };
        for text in [
            "fn a() { sled::open() }",
            "use sled;",
            "use ::sled::Db;",
            "mod sled; use ::sled::Db;",
            "#[derive(sled::X)] struct A;",
            "vec![sled::x()]",
        ] {
            assert!(reaches(text), "{text}");
        }
        for text in [
            "mod sled; fn a() { sled::open() }",
            "fn a(sled: u8) { sled }",
            "use super::sled::Db;",
            "fn a() { b.sled::<u8>() }",
        ] {
            assert!(!reaches(text), "{text}");
        }
    }
}
