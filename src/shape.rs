//! The flat shapes in which tagged requests arrive, before their `kind` decides what they are.

use alloc::string::String;

use serde::Deserialize;

use crate::catalog::{ProfileSelector, WorkerIntent};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IntentShape {
    kind: String,
    #[serde(default)]
    purpose: Option<String>,
    #[serde(default)]
    objective: Option<String>,
    #[serde(default)]
    role: Option<String>,
}

impl TryFrom<IntentShape> for WorkerIntent {
    type Error = &'static str;

    fn try_from(shape: IntentShape) -> Result<Self, Self::Error> {
        match (shape.kind.as_str(), shape.purpose, shape.objective, shape.role) {
            ("assistant", purpose, None, None) => Ok(Self::Assistant { purpose }),
            ("task", None, Some(objective), None) => Ok(Self::Task { objective }),
            ("role", purpose, None, Some(role)) => Ok(Self::Role { role, purpose }),
            _ => Err("intent has an unknown kind, or fields that do not fit its kind"),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileShape {
    kind: String,
    #[serde(default)]
    value: Option<String>,
}

impl TryFrom<ProfileShape> for ProfileSelector {
    type Error = &'static str;

    fn try_from(shape: ProfileShape) -> Result<Self, Self::Error> {
        match (shape.kind.as_str(), shape.value) {
            ("runtime_default", None) => Ok(Self::RuntimeDefault),
            ("builtin", Some(value)) => Ok(Self::Builtin { value }),
            ("named", Some(value)) => Ok(Self::Named { value }),
            _ => Err("profile has an unknown kind, or fields that do not fit its kind"),
        }
    }
}
