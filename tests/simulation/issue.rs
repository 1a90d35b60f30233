//! What callers ask for: mutations with contents that are found nowhere else.

use std::rc::Rc;

use worker_runtime::{
    CapabilityRequest, Command, ConfigBundleRef, CreateWorkerRequest, OperationId, TranscriptRole, WorkerEnd,
    WorkerId, WorkerIntent, WorkerRef, WorkerStatus,
};

use crate::audit::runtime_id;
use crate::faults::Faults;
use crate::model::{Issued, Model};
use crate::random::Random;

/// A reference to a Worker of the simulated runtime.
fn worker_ref(number: usize) -> WorkerRef {
    let id = WorkerId::parse(&format!("worker-{number:08x}")).expect("a valid id");
    WorkerRef::new(&runtime_id(), id)
}

/// A text that no other mutation has; sometimes one that is stored apart, or in several parts.
fn text(random: &mut Random, serial: usize, long_texts: usize) -> String {
    let mut text = format!("«{serial}»");
    let fill = if random.chance(long_texts) { random.below(900) } else { random.below(40) };
    let unit = *random.pick(&["a", "b", "é", "日", "🦀"]);
    while text.len() < fill {
        text.push_str(unit);
    }
    text
}

fn create(random: &mut Random, serial: usize, long_texts: usize) -> Command {
    let intent = match random.below(12) {
        0 => WorkerIntent::Task { objective: " \n".into() },
        1..5 => WorkerIntent::Task { objective: text(random, serial, long_texts) },
        5..8 => {
            let purpose = random.chance(500).then(String::new);
            WorkerIntent::Role { role: text(random, serial, long_texts), purpose }
        }
        _ => WorkerIntent::Assistant { purpose: Some(text(random, serial, long_texts)) },
    };
    let config_bundle = random.chance(300).then(|| ConfigBundleRef { id: format!("bundle {serial}") });
    let capability = || CapabilityRequest { name: format!("capability {serial}"), reason: None };
    let requested_capabilities = if random.chance(300) { vec![capability()] } else { Vec::new() };
    Command::CreateWorker(CreateWorkerRequest {
        intent,
        config_bundle,
        requested_capabilities,
        ..CreateWorkerRequest::default()
    })
}

/// A Worker, mostly one that runs; some hear much more than others.
fn worker(random: &mut Random, model: &Model) -> usize {
    let known = model.workers.len();
    let mut number = 1;
    for _ in 0..4 {
        number = if random.chance(300) { 1 } else { 1 + random.below(known) };
        if model.workers[number - 1].status == WorkerStatus::Running {
            break;
        }
    }
    number
}

fn command(random: &mut Random, serial: usize, model: &Model, faults: &Faults) -> Command {
    let known = model.workers.len();
    let running = model.workers.iter().filter(|worker| worker.status == WorkerStatus::Running).count();
    if random.chance(faults.stops) {
        return Command::StopRuntime;
    }
    if known == 0 || running < faults.workers && random.chance(120) {
        return create(random, serial, faults.long_texts);
    }
    let worker = match random.below(60) {
        0 => worker_ref(known + 1 + random.below(2)),
        1 => WorkerRef { runtime_id: "another".into(), ..worker_ref(1) },
        _ => worker_ref(worker(random, model)),
    };
    if random.chance(15) {
        let end = if random.chance(500) { WorkerEnd::Stop } else { WorkerEnd::Cancel };
        let reason = match random.below(4) {
            0 => None,
            1 => Some(String::new()),
            _ => Some(text(random, serial, faults.long_texts)),
        };
        return Command::EndWorker { worker, end, reason };
    }
    let role = *random.pick(&TranscriptRole::ALL);
    let content = if random.chance(15) { "\u{a0}".into() } else { text(random, serial, faults.long_texts) };
    Command::Interact { worker, role, content }
}

/// The next mutation, given all that were issued before: sometimes one of them again.
pub(crate) fn issue(
    random: &mut Random,
    faults: &Faults,
    before: &[Rc<Issued>],
    model: &Model,
) -> Rc<Issued> {
    let serial = before.len();
    if serial > 0 && random.chance(80) {
        let recent = &before[serial.saturating_sub(if random.chance(700) { 12 } else { serial })..];
        let first = random.pick(recent);
        if let Some(operation) = &first.operation {
            let other = random.chance(100);
            let command = if other { command(random, serial, model, faults) } else { first.command.clone() };
            let operation = Some(operation.clone()).filter(|_| command != Command::StopRuntime);
            return Rc::new(Issued { serial, command, operation });
        }
    }
    let command = command(random, serial, model, faults);
    let named = random.chance(400) && command != Command::StopRuntime;
    let operation = named.then(|| OperationId::new(format!("operation {serial}")).expect("a valid id"));
    Rc::new(Issued { serial, command, operation })
}
