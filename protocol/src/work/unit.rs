//! A unit's place in the tree: a path of segments, as in the national statistical division codes.
//!
//! `370126.105.201` is a village: the genesis code is the root segment and each child adds only its own digits, so
//! containment is by whole segments and the path of one place is written in one way only. A department is a segment
//! beginning with `d`: `370126.d07`. Source: domain §2; codes 统计用区划代码 (2, 4, 6, 9 and 12 digits).

use std::{fmt, str::FromStr, sync::Arc};

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use thiserror::Error;

use crate::limits::{DEPARTMENT_DIGITS_MAX, PATH_SEGMENTS_MAX};

/// Digits a division code may have: province 2, prefecture 4, county 6, township 9, village 12.
const CODE_LENGTHS: [usize; 5] = [2, 4, 6, 9, 12];

/// The place of one unit in the tree. Ordered so that a unit comes right before everything below it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitPath(Arc<str>);

/// Why a text is not a unit path or a code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UnitPathFault {
    /// The digits of all segments together must be 2, 4, 6, 9 or 12, growing by one level a segment.
    #[error(
        "{path:?} is not a unit path: digits up to {at:?} are not a province, prefecture, county, township or village code"
    )]
    Digits {
        /// What was given.
        path: String,
        /// The segment at which it goes wrong.
        at: String,
    },
    /// A department is `d` and one to four digits, and only departments stand below it.
    #[error("{path:?} is not a unit path: {at:?} is not a department segment")]
    Department {
        /// What was given.
        path: String,
        /// The segment at which it goes wrong.
        at: String,
    },
    /// More segments than [`PATH_SEGMENTS_MAX`].
    #[error("unit path has {segments} segments, at most {PATH_SEGMENTS_MAX} are allowed")]
    TooDeep {
        /// How many there are.
        segments: usize,
    },
    /// A twelve-digit code: digits only.
    #[error("{code:?} is not a division code of twelve digits")]
    Code {
        /// What was given.
        code: String,
    },
    /// The code does not stand below the tree's root.
    #[error("code {code} does not stand below {root}")]
    NotBelow {
        /// The code.
        code: String,
        /// The tree's root.
        root: UnitPath,
    },
}

impl UnitPath {
    /// The path of a twelve-digit code in the tree whose root is `root`: `370126105201` below `370126` is
    /// `370126.105.201`. Trailing zeros stand for the levels the code does not reach.
    ///
    /// # Errors
    ///
    /// [`UnitPathFault::Code`] if it is not twelve digits, [`UnitPathFault::NotBelow`] if another tree's.
    pub fn from_code(code: &str, root: &UnitPath) -> Result<UnitPath, UnitPathFault> {
        let fault = || UnitPathFault::Code { code: code.into() };
        if code.len() != 12 || !code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(fault());
        }
        let mut parts = Vec::new();
        let mut start = 0;
        for end in CODE_LENGTHS {
            parts.push((end, code.get(start..end).ok_or_else(fault)?));
            start = end;
        }
        // The levels below the last one that is not all zeros are not reached by this code.
        while parts.last().is_some_and(|(_, part)| part.bytes().all(|b| b == b'0')) {
            parts.pop();
        }
        let root_len = root.digits().len();
        let not_below = || UnitPathFault::NotBelow { code: code.into(), root: root.clone() };
        let reached = parts.last().map_or(0, |(end, _)| *end);
        if root.is_department() || reached < root_len || !code.starts_with(&root.digits()) {
            return Err(not_below());
        }
        let mut path = root.to_string();
        for (end, part) in parts {
            if end > root_len {
                path.push('.');
                path.push_str(part);
            }
        }
        path.parse()
    }

    /// The twelve-digit code of this unit, or `None` for a department.
    #[must_use]
    pub fn to_code(&self) -> Option<String> {
        (!self.is_department()).then(|| format!("{:0<12}", self.digits()))
    }

    /// Whether `other` is this unit or stands below it.
    #[must_use]
    pub fn contains(&self, other: &UnitPath) -> bool {
        other.0.strip_prefix(&*self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Whether `other` stands below this unit.
    #[must_use]
    pub fn is_above(&self, other: &UnitPath) -> bool {
        self != other && self.contains(other)
    }

    /// The unit right above, or `None` at the root.
    #[must_use]
    pub fn parent(&self) -> Option<UnitPath> {
        self.0.rsplit_once('.').map(|(above, _)| UnitPath(above.into()))
    }

    /// This unit's ancestors from the root down, itself not included.
    #[must_use]
    pub fn ancestors(&self) -> Vec<UnitPath> {
        self.0.match_indices('.').filter_map(|(at, _)| Some(UnitPath(self.0.get(..at)?.into()))).collect()
    }

    /// The unit right below this one on the way to `below`, or `None` if that is not below.
    #[must_use]
    pub fn child_towards(&self, below: &UnitPath) -> Option<UnitPath> {
        let rest = below.0.strip_prefix(&*self.0)?.strip_prefix('.')?;
        let segment = rest.split('.').next()?;
        Some(UnitPath(format!("{self}.{segment}").into()))
    }

    /// The last segment: what this unit adds to the one above.
    #[must_use]
    pub fn segment(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or(&self.0)
    }

    /// This path with one more segment.
    ///
    /// # Errors
    ///
    /// As for parsing a path.
    pub fn child(&self, segment: &str) -> Result<UnitPath, UnitPathFault> {
        format!("{self}.{segment}").parse()
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many segments.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.split('.').count()
    }

    /// Whether this is a department or a section rather than a place.
    #[must_use]
    pub fn is_department(&self) -> bool {
        self.segment().starts_with('d')
    }

    fn digits(&self) -> String {
        self.0.split('.').take_while(|segment| !segment.starts_with('d')).collect()
    }
}

impl FromStr for UnitPath {
    type Err = UnitPathFault;

    fn from_str(path: &str) -> Result<Self, UnitPathFault> {
        let segments = path.split('.').count();
        if segments > PATH_SEGMENTS_MAX {
            return Err(UnitPathFault::TooDeep { segments });
        }
        let mut digits = 0;
        let mut in_departments = false;
        for (at, segment) in path.split('.').enumerate() {
            let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            if let Some(number) = segment.strip_prefix('d') {
                // A root is always a place, so that every tree has a code.
                if at == 0 || !is_number(number) || number.len() > DEPARTMENT_DIGITS_MAX {
                    return Err(UnitPathFault::Department { path: path.into(), at: segment.into() });
                }
                in_departments = true;
                continue;
            }
            let fault = || UnitPathFault::Digits {
                path: path.chars().take(64).collect(),
                at: segment.chars().take(16).collect(),
            };
            if in_departments || !is_number(segment) || segment.len() > 12 {
                return Err(fault());
            }
            let next = digits + segment.len();
            // A child adds exactly one level; the root may be any of them.
            let is_level = CODE_LENGTHS.contains(&next)
                && (at == 0 || CODE_LENGTHS.iter().find(|length| **length > digits) == Some(&next));
            if !is_level {
                return Err(fault());
            }
            digits = next;
        }
        Ok(UnitPath(path.into()))
    }
}

impl fmt::Display for UnitPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UnitPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<C> Encode<C> for UnitPath {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for UnitPath {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let at = d.position();
        d.str()?.parse().map_err(|_| decode::Error::message("not a unit path").at(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> UnitPath {
        text.parse().unwrap()
    }

    #[test]
    fn a_path_is_written_in_one_way_only() {
        for good in [
            "37",
            "3701",
            "370126",
            "370126.105",
            "370126.105.201",
            "37.01.26.105.201",
            "370126.d07",
            "370126.105.d02.d1",
        ] {
            assert_eq!(path(good).to_string(), good);
        }
        for bad in [
            "",
            ".",
            "370126.",
            "3701265",
            "370126.10",
            "370126.1052",
            "370126.105201",
            "370126.105.201.1",
            "d07",
            "370126.d",
            "370126.d07.105",
            "370126.d12345",
            "370126. 105",
            "３７",
            "37.01.26.105.201.d1.d2.d3.d4",
        ] {
            assert!(bad.parse::<UnitPath>().is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn codes_of_twelve_digits_go_there_and_back() {
        let county = path("370126");
        for (code, want) in
            [("370126000000", "370126"), ("370126105000", "370126.105"), ("370126105201", "370126.105.201")]
        {
            let unit = UnitPath::from_code(code, &county).unwrap();
            assert_eq!(unit.as_str(), want);
            assert_eq!(unit.to_code().as_deref(), Some(code));
        }
        assert_eq!(UnitPath::from_code("370126105201", &path("37")).unwrap().as_str(), "37.01.26.105.201");
        assert!(matches!(UnitPath::from_code("370127105201", &county), Err(UnitPathFault::NotBelow { .. })));
        assert!(matches!(UnitPath::from_code("370100000000", &county), Err(UnitPathFault::NotBelow { .. })));
        assert!(matches!(UnitPath::from_code("37012610520", &county), Err(UnitPathFault::Code { .. })));
        assert!(matches!(UnitPath::from_code("37012610520x", &county), Err(UnitPathFault::Code { .. })));
        assert_eq!(path("370126.d07").to_code(), None);
    }

    #[test]
    fn containment_is_by_whole_segments() {
        assert!(path("370126").contains(&path("370126.105.201")));
        assert!(path("370126").contains(&path("370126")));
        assert!(!path("3701").contains(&path("370126")));
        assert!(!path("370126.105.201").contains(&path("370126.105")));
        assert_eq!(path("370126.105.201").ancestors(), [path("370126"), path("370126.105")]);
        assert_eq!(path("370126").child_towards(&path("370126.105.201")), Some(path("370126.105")));
        assert_eq!(path("370126.105").child_towards(&path("370126")), None);
    }

    #[test]
    fn a_unit_comes_right_before_everything_below_it() {
        let mut paths = ["370126.106", "370126.105.201", "370126.d07", "370126", "370126.105"].map(path);
        paths.sort();
        assert_eq!(
            paths.map(|p| p.to_string()),
            ["370126", "370126.105", "370126.105.201", "370126.106", "370126.d07"]
        );
    }
}
