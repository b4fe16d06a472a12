//! How words get into a page: as words, whatever is in them.
//!
//! Besides what HTML wants escaped, signs that are not seen but change what is: those that turn the direction of a line
//! around, so that a receipt reads as its opposite ("Trojan Source", CVE-2021-42574), those of no width, in which two
//! names differ that look alike, and control signs. They are shown by their number instead. The joiners of scripts that
//! need them stay.

use std::fmt::{self, Write};

use askama::filters::{Escaper, Html};

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Visible;

impl Escaper for Visible {
    fn write_escaped_str<W: Write>(&self, mut dest: W, string: &str) -> fmt::Result {
        let mut rest = string;
        while let Some((at, sign)) = rest.char_indices().find(|(_, sign)| is_unseen(*sign)) {
            let (before, from) = rest.split_at(at);
            Html.write_escaped_str(&mut dest, before)?;
            write!(dest, "⟦U+{:04X}⟧", u32::from(sign))?;
            rest = from.get(sign.len_utf8()..).unwrap_or_default();
        }
        Html.write_escaped_str(dest, rest)
    }
}

/// Whether a sign changes what is read without being seen.
fn is_unseen(sign: char) -> bool {
    match sign {
        '\n' | '\r' | '\t' => false,
        '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}' => true,
        sign => sign.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut shown = String::new();
        Visible.write_escaped_str(&mut shown, text).unwrap();
        shown
    }

    #[test]
    fn what_is_not_seen_is_shown_and_the_rest_stays() {
        assert_eq!(shown("柳河村·第一行\n第二行"), "柳河村·第一行\n第二行");
        assert_eq!(shown("收据\u{202e}gpj.exe"), "收据⟦U+202E⟧gpj.exe");
        assert_eq!(shown("\u{feff}<a>\u{0}\u{200b}"), "⟦U+FEFF⟧&#60;a&#62;⟦U+0000⟧⟦U+200B⟧");
        assert_eq!(shown("می\u{200c}خواهم"), "می\u{200c}خواهم", "a script that needs joiners");
        assert_eq!(shown(""), "");
    }
}
