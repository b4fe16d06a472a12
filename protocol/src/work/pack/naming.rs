//! Codes of the protocol as a pack's text names them: roles by name, levels by number.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{trust::charter::Role, work::case::Level};

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.name() {
            Some(name) => serializer.serialize_str(name),
            // A newer version's: shown, never read back.
            None => serializer.serialize_str(&format!("role {}", self.0)),
        }
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Role, D::Error> {
        let name = String::deserialize(deserializer)?;
        Role::from_name(&name).ok_or_else(|| de::Error::custom(format_args!("there is no role {name:?}")))
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.0)
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Level, D::Error> {
        u8::deserialize(deserializer).map(Level)
    }
}
