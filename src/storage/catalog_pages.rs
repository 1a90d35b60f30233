//! Batches of create requests, and batches of receipts.

use alloc::vec::Vec;

use crate::codec::{Decoded, Reader, put_varint};
use crate::operation::{Answer, Fingerprint, OperationKey, Receipt};

/// A batch of create requests in the store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CatalogBatch {
    pub(crate) first: u32,
    pub(crate) id: u64,
    pub(crate) parts: usize,
    pub(crate) bytes: usize,
}

/// A batch of create requests in their stored form: count, then each after its length.
pub(crate) fn encode_requests<'a>(requests: impl ExactSizeIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    put_varint(&mut out, requests.len() as u64);
    for request in requests {
        put_varint(&mut out, request.len() as u64);
        out.extend_from_slice(request);
    }
    out
}

/// Reads a batch of create requests.
pub(crate) fn decode_requests(bytes: &[u8]) -> Decoded<Vec<&[u8]>> {
    let mut reader = Reader::new(bytes);
    let requests = reader.list(|reader| {
        let len = reader.count();
        reader.bytes(len)
    });
    reader.finish().map(|()| requests)
}

/// A batch of receipts, oldest first: count, then for each key 16, fingerprint 8, kind, Worker, event, sequence.
pub(crate) fn encode_receipts<'a>(
    receipts: impl ExactSizeIterator<Item = (&'a OperationKey, &'a Receipt)>,
) -> Vec<u8> {
    let mut out = Vec::new();
    put_varint(&mut out, receipts.len() as u64);
    for (key, receipt) in receipts {
        out.extend_from_slice(&key.0);
        out.extend_from_slice(&receipt.fingerprint.0.to_le_bytes());
        let (kind, worker, event, sequence) = match receipt.answer {
            Answer::Created { worker, event } => (0, worker, event, None),
            Answer::Interaction { worker, event, sequence } => (1, worker, event, Some(sequence)),
            Answer::Ended { worker, event, cancelled: false } => (2, worker, event, None),
            Answer::Ended { worker, event, cancelled: true } => (3, worker, event, None),
        };
        out.push(kind);
        put_varint(&mut out, u64::from(worker));
        put_varint(&mut out, event);
        if let Some(sequence) = sequence {
            put_varint(&mut out, sequence);
        }
    }
    out
}

/// Reads a batch of receipts.
pub(crate) fn decode_receipts(bytes: &[u8]) -> Decoded<Vec<(OperationKey, Receipt)>> {
    let mut reader = Reader::new(bytes);
    let receipts = reader.list(|reader| {
        let key = OperationKey(reader.array());
        let fingerprint = Fingerprint(u64::from_le_bytes(reader.array()));
        let kind = reader.byte();
        let worker = reader.varint_u32();
        let event = reader.varint();
        reader.require(kind <= 3);
        let answer = match kind {
            0 => Answer::Created { worker, event },
            1 => Answer::Interaction { worker, event, sequence: reader.varint() },
            _ => Answer::Ended { worker, event, cancelled: kind == 3 },
        };
        (key, Receipt { fingerprint, answer })
    });
    reader.finish().map(|()| receipts)
}
