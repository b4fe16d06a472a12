//! What goes on paper beside words: an entry's id as a picture that a phone reads.

use qrcode::{EcLevel, QrCode, render::svg};

/// An id as a picture; empty where it is too long for one.
pub(super) fn picture(id: &str) -> String {
    // Capital letters and digits alone take half the room.
    code(&id.to_ascii_uppercase())
}

/// A text as a picture; empty where it is too long for one.
pub(super) fn code(text: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return String::new();
    };
    let svg = code.render::<svg::Color<'_>>().min_dimensions(110, 110).quiet_zone(true).build();
    // Within a page the declaration of a file of its own is wrong.
    svg.split_once("?>").map_or(svg.clone(), |(_, svg)| svg.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_becomes_a_picture() {
        let picture = picture(&"ab".repeat(32));
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>"), "{picture}");
    }
}
