//! Create requests as the structs of the catalog, to and from their stored form.

use alloc::borrow::ToOwned;
use alloc::vec::Vec;

use crate::catalog::{
    CapabilityRequest, ConfigBundleRef, CreateWorkerRequest, ProfileSelector, ResourceRef, WorkerIntent,
};
use crate::codec::{Decoded, Malformed, Reader, put_opt_str, put_str, put_varint};
use crate::error::Result;
use crate::request::{RequestBytes, store_request};

impl CreateWorkerRequest {
    /// Refuses what must not be blank and is.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) with the field's path, such as
    /// `requestedCapabilities[3].name`.
    pub fn check(&self) -> Result<()> {
        RequestBytes(&encode_request(self)).check()
    }

    /// Refuses a text above 16 MiB of UTF-8: a malformed argument, whatever the state. Answers with the stored form.
    pub(crate) fn stored(&self) -> Result<Vec<u8>> {
        store_request(&mut Reader::new(&encode_request(self)))
    }
}

/// The stored form of a create request.
pub(crate) fn encode_request(request: &CreateWorkerRequest) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    match &request.intent {
        WorkerIntent::Assistant { purpose } => {
            out.push(0);
            put_opt_str(&mut out, purpose.as_deref());
        }
        WorkerIntent::Task { objective } => {
            out.push(1);
            put_str(&mut out, objective);
        }
        WorkerIntent::Role { role, purpose } => {
            out.push(2);
            put_str(&mut out, role);
            put_opt_str(&mut out, purpose.as_deref());
        }
    }
    match &request.profile {
        ProfileSelector::RuntimeDefault => out.push(0),
        ProfileSelector::Builtin { value } => {
            out.push(1);
            put_str(&mut out, value);
        }
        ProfileSelector::Named { value } => {
            out.push(2);
            put_str(&mut out, value);
        }
    }
    put_opt_str(&mut out, request.config_bundle.as_ref().map(|bundle| bundle.id.as_str()));
    put_varint(&mut out, request.requested_capabilities.len() as u64);
    for capability in &request.requested_capabilities {
        put_str(&mut out, &capability.name);
        put_opt_str(&mut out, capability.reason.as_deref());
    }
    for resources in [&request.workspace_refs, &request.mount_refs] {
        put_varint(&mut out, resources.len() as u64);
        for resource in resources {
            put_str(&mut out, &resource.name);
            put_str(&mut out, &resource.reference);
        }
    }
    out
}

/// Reads a create request back.
pub(crate) fn decode_request(bytes: &[u8]) -> Decoded<CreateWorkerRequest> {
    let mut reader = Reader::new(bytes);
    let intent = match reader.byte() {
        0 => WorkerIntent::Assistant { purpose: reader.opt_str().map(str::to_owned) },
        1 => WorkerIntent::Task { objective: reader.str().to_owned() },
        2 => {
            WorkerIntent::Role { role: reader.str().to_owned(), purpose: reader.opt_str().map(str::to_owned) }
        }
        _ => return Err(Malformed),
    };
    let profile = match reader.byte() {
        0 => ProfileSelector::RuntimeDefault,
        1 => ProfileSelector::Builtin { value: reader.str().to_owned() },
        2 => ProfileSelector::Named { value: reader.str().to_owned() },
        _ => return Err(Malformed),
    };
    let config_bundle = reader.opt_str().map(|id| ConfigBundleRef { id: id.to_owned() });
    let requested_capabilities = reader.list(|reader| {
        let name = reader.str().to_owned();
        CapabilityRequest { name, reason: reader.opt_str().map(str::to_owned) }
    });
    let mut resources = || {
        reader.list(|reader| {
            let name = reader.str().to_owned();
            ResourceRef { name, reference: reader.str().to_owned() }
        })
    };
    let request = CreateWorkerRequest {
        intent,
        profile,
        config_bundle,
        requested_capabilities,
        workspace_refs: resources(),
        mount_refs: resources(),
    };
    reader.finish().map(|()| request)
}
