//! Create requests as an export holds them: read as strictly as a caller's, with nothing left out. Where something is blank
//! is for the core to find.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::fields::{Fields, Value, field_path};
use crate::catalog::{
    CapabilityRequest, ConfigBundleRef, CreateWorkerRequest, ProfileSelector, ResourceRef, WorkerIntent,
};
use crate::error::{Error, Result};
use crate::history::utf16_len;

/// A list of a create request has at most this many items.
const MAX_LIST_ITEMS: usize = 65_536;
/// The strings of one create request have at most this many UTF-16 code units together.
const MAX_REQUEST_UNITS: u64 = 32 * 1024 * 1024;

/// Reads one create request; what it leaves out is filled in.
pub(super) fn read_request(value: Value<'_>) -> Result<CreateWorkerRequest> {
    Reader { units: 0 }.request(&value.object("request")?)
}

/// An export has the defaults filled in.
pub(super) fn check_whole(value: Option<Value<'_>>) -> Result<()> {
    let value = value.ok_or_else(|| Error::invalid("request", "is missing"))?;
    let request = value.object("request")?;
    for name in ["intent", "profile"] {
        request.need(name, &field_path("request", name))?;
    }
    for name in ["requestedCapabilities", "workspaceRefs", "mountRefs"] {
        if request.get(name).is_none() {
            return Err(Error::invalid(&field_path("request", name), "must be a list"));
        }
    }
    Ok(())
}

struct Reader {
    units: u64,
}

impl Reader {
    fn request(&mut self, fields: &Fields<'_>) -> Result<CreateWorkerRequest> {
        let mut request = CreateWorkerRequest::default();
        if let Some(intent) = fields.get("intent") {
            request.intent = self.intent(&intent.object("intent")?)?;
        }
        if let Some(profile) = fields.get("profile") {
            request.profile = self.profile(&profile.object("profile")?)?;
        }
        if let Some(bundle) = fields.get("configBundle") {
            let bundle = bundle.object("configBundle")?;
            let id = self.text(&bundle, "id", "configBundle")?;
            bundle.refuse_others(&["id"], "configBundle")?;
            request.config_bundle = Some(ConfigBundleRef { id });
        }
        request.requested_capabilities =
            self.list(fields, "requestedCapabilities", "reason", |reader, item, path| {
                let name = reader.text(item, "name", path)?;
                Ok(CapabilityRequest { name, reason: reader.optional_text(item, "reason", path)? })
            })?;
        request.workspace_refs = self.resources(fields, "workspaceRefs")?;
        request.mount_refs = self.resources(fields, "mountRefs")?;
        let known =
            ["intent", "profile", "configBundle", "requestedCapabilities", "workspaceRefs", "mountRefs"];
        fields.refuse_others(&known, "")?;
        Ok(request)
    }

    fn intent(&mut self, fields: &Fields<'_>) -> Result<WorkerIntent> {
        let (intent, known): (_, &[&str]) = match kind(fields, "intent", &["assistant", "task", "role"])? {
            0 => {
                let purpose = self.optional_text(fields, "purpose", "intent")?;
                (WorkerIntent::Assistant { purpose }, &["kind", "purpose"])
            }
            1 => {
                let objective = self.text(fields, "objective", "intent")?;
                (WorkerIntent::Task { objective }, &["kind", "objective"])
            }
            _ => {
                let role = self.text(fields, "role", "intent")?;
                let purpose = self.optional_text(fields, "purpose", "intent")?;
                (WorkerIntent::Role { role, purpose }, &["kind", "role", "purpose"])
            }
        };
        fields.refuse_others(known, "intent")?;
        Ok(intent)
    }

    fn profile(&mut self, fields: &Fields<'_>) -> Result<ProfileSelector> {
        let kind = kind(fields, "profile", &["runtime_default", "builtin", "named"])?;
        if kind == 0 {
            fields.refuse_others(&["kind"], "profile")?;
            return Ok(ProfileSelector::RuntimeDefault);
        }
        let value = self.text(fields, "value", "profile")?;
        fields.refuse_others(&["kind", "value"], "profile")?;
        Ok(if kind == 1 { ProfileSelector::Builtin { value } } else { ProfileSelector::Named { value } })
    }

    fn resources(&mut self, fields: &Fields<'_>, path: &str) -> Result<Vec<ResourceRef>> {
        self.list(fields, path, "reference", |reader, item, path| {
            let name = reader.text(item, "name", path)?;
            Ok(ResourceRef { name, reference: reader.text(item, "reference", path)? })
        })
    }

    /// The items of a list: objects of a name and one more field.
    fn list<T>(
        &mut self,
        fields: &Fields<'_>,
        path: &str,
        other: &str,
        mut read: impl FnMut(&mut Self, &Fields<'_>, &str) -> Result<T>,
    ) -> Result<Vec<T>> {
        let Some(value) = fields.get(path) else {
            return Ok(Vec::new());
        };
        let items = value.list(path)?;
        if items.len() > MAX_LIST_ITEMS {
            return Err(Error::invalid(path, &format!("has more than {MAX_LIST_ITEMS} items")));
        }
        let mut all = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let path = format!("{path}[{index}]");
            let item = item.object(&path)?;
            all.push(read(self, &item, &path)?);
            item.refuse_others(&["name", other], &path)?;
        }
        Ok(all)
    }

    fn text(&mut self, fields: &Fields<'_>, name: &str, prefix: &str) -> Result<String> {
        let path = field_path(prefix, name);
        self.counted(fields.need(name, &path)?, &path)
    }

    fn optional_text(&mut self, fields: &Fields<'_>, name: &str, prefix: &str) -> Result<Option<String>> {
        let path = field_path(prefix, name);
        fields.get(name).map(|value| self.counted(value, &path)).transpose()
    }

    fn counted(&mut self, value: Value<'_>, path: &str) -> Result<String> {
        let text = value.text(path)?;
        self.units += u64::from(utf16_len(&text));
        if self.units > MAX_REQUEST_UNITS {
            let reason = format!("makes the request longer than {MAX_REQUEST_UNITS} UTF-16 code units");
            return Err(Error::invalid(path, &reason));
        }
        Ok(text.into_owned())
    }
}

/// The place of a kind among all there are.
fn kind(fields: &Fields<'_>, prefix: &str, kinds: &[&str]) -> Result<usize> {
    let path = field_path(prefix, "kind");
    let value = fields.need("kind", &path)?;
    if !value.written().starts_with('"') {
        return Err(Error::invalid(&path, "must be a string"));
    }
    let place = kinds.iter().position(|kind| value.is_text(kind));
    place.ok_or_else(|| Error::invalid(&path, &("must be one of ".to_owned() + &kinds.join(", "))))
}
