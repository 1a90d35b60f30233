//! Creating and listing Workers.

use worker_runtime::{
    CapabilityRequest, ConfigBundleRef, CreateWorkerRequest, ProfileSelector, ResourceRef, Severity,
    WorkerIntent, WorkerStatus,
};

use crate::support::{
    NOW, create, events, full_request, log, refused, runtime, text_detail, user, with_worker,
};

#[test]
fn everything_in_a_request_has_a_default() {
    let mut runtime = runtime();
    let detail = runtime.create_worker(&CreateWorkerRequest::default(), NOW).expect("a Worker");
    assert_eq!(detail.intent, WorkerIntent::Assistant { purpose: None });
    assert_eq!(detail.profile, ProfileSelector::RuntimeDefault);
    assert_eq!(detail.config_bundle, None);
    assert!(detail.requested_capabilities.is_empty());
    assert!(detail.workspace_refs.is_empty() && detail.mount_refs.is_empty());
    assert_eq!(detail.status, WorkerStatus::Running);
    assert_eq!((detail.transcript_len, detail.last_event_id), (0, 2));
}

#[test]
fn a_detail_holds_the_request_unchanged() {
    let mut runtime = runtime();
    let request = full_request();
    let created = runtime.create_worker(&request, NOW).expect("a Worker");
    assert_eq!(created.intent, request.intent);
    assert_eq!(created.profile, request.profile);
    assert_eq!(created.config_bundle, request.config_bundle);
    assert_eq!(created.requested_capabilities, request.requested_capabilities);
    assert_eq!(created.workspace_refs, request.workspace_refs);
    assert_eq!(created.mount_refs, request.mount_refs);
    assert_eq!(runtime.worker_detail(&created.worker_ref).expect("a detail"), created);
}

#[test]
fn every_intent_and_profile_is_kept() {
    let mut runtime = runtime();
    let intents = [
        WorkerIntent::Assistant { purpose: None },
        WorkerIntent::Assistant { purpose: Some(String::new()) },
        WorkerIntent::Assistant { purpose: Some("help".into()) },
        WorkerIntent::Task { objective: "wash up 🧽".into() },
        WorkerIntent::Role { role: "cook".into(), purpose: None },
        WorkerIntent::Role { role: "cook".into(), purpose: Some("\u{3000}".into()) },
    ];
    let profiles = [
        ProfileSelector::RuntimeDefault,
        ProfileSelector::Builtin { value: "small".into() },
        ProfileSelector::Named { value: "mine".into() },
    ];
    for intent in &intents {
        for profile in &profiles {
            let request = CreateWorkerRequest {
                intent: intent.clone(),
                profile: profile.clone(),
                ..Default::default()
            };
            let worker = runtime.create_worker(&request, NOW).expect("a Worker").worker_ref;
            let detail = runtime.worker_detail(&worker).expect("a detail");
            assert_eq!((&detail.intent, &detail.profile), (intent, profile));
        }
    }
}

#[test]
fn creating_emits_one_event_that_names_the_worker() {
    let (runtime, worker) = with_worker();
    let event = &events(&runtime)[1];
    assert_eq!((event.id, event.kind.as_str()), (2, "worker_created"));
    assert_eq!(event.message, "worker worker-00000001 created");
    assert_eq!(event.worker_ref.as_ref(), Some(&worker));
    assert_eq!(log(&runtime).len(), 2);
}

#[test]
fn what_a_worker_lacks_is_remarked_in_order() {
    let mut runtime = runtime();
    let bare = create(&mut runtime);
    let config_bundle = Some(ConfigBundleRef { id: "b".into() });
    let requested_capabilities = vec![CapabilityRequest { name: "c".into(), reason: None }];
    let with_bundle = CreateWorkerRequest { config_bundle: config_bundle.clone(), ..Default::default() };
    let bundled = runtime.create_worker(&with_bundle, NOW).expect("a Worker").worker_ref;
    let with_tool =
        CreateWorkerRequest { requested_capabilities: requested_capabilities.clone(), ..Default::default() };
    let tooled = runtime.create_worker(&with_tool, NOW).expect("a Worker").worker_ref;
    let complete = CreateWorkerRequest { config_bundle, requested_capabilities, ..Default::default() };
    runtime.create_worker(&complete, NOW).expect("a Worker");

    let resources = "worker created without ConfigBundleRef; runtime-local defaults are assumed";
    let tools = "worker created without requested tool capabilities";
    let expected = [
        (1, "runtime.local_default_resources", resources, &bare),
        (2, "worker.tools_less", tools, &bare),
        (3, "worker.tools_less", tools, &bundled),
        (4, "runtime.local_default_resources", resources, &tooled),
    ];
    let diagnostics = runtime.diagnostics();
    assert_eq!(diagnostics.len(), expected.len());
    for (found, (id, code, message, worker)) in diagnostics.iter().zip(expected) {
        assert_eq!((found.id, found.code, found.message), (id, code, message));
        assert_eq!((found.severity, found.worker_ref.as_ref()), (Severity::Info, Some(worker)));
    }
    assert_eq!(runtime.summary().diagnostic_count, 4);
}

fn resource(name: &str) -> ResourceRef {
    ResourceRef { name: name.into(), reference: "r".into() }
}

fn capability(name: &str) -> CapabilityRequest {
    CapabilityRequest { name: name.into(), reason: None }
}

#[test]
fn a_blank_field_is_refused_by_its_path() {
    for blank in ["", " ", "\t\r\n", "\u{85}\u{2003}\u{3000}"] {
        let text = || blank.to_owned();
        let empty = CreateWorkerRequest::default;
        let cases = [
            (
                "intent.objective",
                CreateWorkerRequest { intent: WorkerIntent::Task { objective: text() }, ..empty() },
            ),
            (
                "intent.role",
                CreateWorkerRequest {
                    intent: WorkerIntent::Role { role: text(), purpose: Some("p".into()) },
                    ..empty()
                },
            ),
            (
                "profile.value",
                CreateWorkerRequest { profile: ProfileSelector::Builtin { value: text() }, ..empty() },
            ),
            (
                "profile.value",
                CreateWorkerRequest { profile: ProfileSelector::Named { value: text() }, ..empty() },
            ),
            (
                "configBundle.id",
                CreateWorkerRequest { config_bundle: Some(ConfigBundleRef { id: text() }), ..empty() },
            ),
            (
                "requestedCapabilities[1].name",
                CreateWorkerRequest {
                    requested_capabilities: vec![capability("c"), capability(blank)],
                    ..empty()
                },
            ),
            (
                "workspaceRefs[0].name",
                CreateWorkerRequest { workspace_refs: vec![resource(blank), resource("w")], ..empty() },
            ),
            (
                "mountRefs[2].name",
                CreateWorkerRequest {
                    mount_refs: vec![resource("m"), resource("m"), resource(blank)],
                    ..empty()
                },
            ),
        ];
        for (path, request) in cases {
            let error = refused(&mut runtime(), |runtime| runtime.create_worker(&request, NOW));
            assert_eq!(error.code(), "invalid_request", "{path}");
            assert_eq!(text_detail(&error, "path").as_deref(), Some(path));
            assert!(error.to_string().contains(path), "the message names the field: {error}");
        }
    }
}

#[test]
fn reference_purpose_and_reason_may_be_blank() {
    let mut runtime = runtime();
    let request = CreateWorkerRequest {
        intent: WorkerIntent::Role { role: "r".into(), purpose: Some(String::new()) },
        requested_capabilities: vec![CapabilityRequest { name: "c".into(), reason: Some(" ".into()) }],
        workspace_refs: vec![ResourceRef { name: "w".into(), reference: String::new() }],
        mount_refs: vec![ResourceRef { name: "m".into(), reference: "\n".into() }],
        ..Default::default()
    };
    let worker = runtime.create_worker(&request, NOW).expect("a Worker").worker_ref;
    let detail = runtime.worker_detail(&worker).expect("a detail");
    assert_eq!(detail.intent, request.intent);
    assert_eq!(detail.requested_capabilities, request.requested_capabilities);
    assert_eq!((detail.workspace_refs, detail.mount_refs), (request.workspace_refs, request.mount_refs));
}

#[test]
fn the_list_is_in_order_of_creation_and_agrees_with_the_details() {
    let mut runtime = runtime();
    let first = runtime.create_worker(&full_request(), NOW).expect("a Worker").worker_ref;
    let second = create(&mut runtime);
    runtime.send_input(&second, &user("hi"), NOW).expect("an ack");
    runtime.send_input(&first, &user("hi"), NOW).expect("an ack");
    runtime.send_input(&first, &user("ho"), NOW).expect("an ack");
    runtime.cancel_worker(&second, None, NOW).expect("an end");

    let list = runtime.list_workers();
    assert_eq!(list.iter().map(|worker| &worker.worker_ref).collect::<Vec<_>>(), [&first, &second]);
    let of_first = &list[0];
    assert_eq!((of_first.requested_capability_count, of_first.has_config_bundle), (2, true));
    assert_eq!((of_first.transcript_len, of_first.last_event_id), (2, 6));
    assert_eq!((&of_first.intent, &of_first.profile), (&full_request().intent, &full_request().profile));
    let of_second = &list[1];
    assert_eq!((of_second.requested_capability_count, of_second.has_config_bundle), (0, false));
    assert_eq!((of_second.transcript_len, of_second.last_event_id), (1, 7));
    assert_eq!(of_second.status, WorkerStatus::Cancelled);
    for summary in &list {
        let detail = runtime.worker_detail(&summary.worker_ref).expect("a detail");
        assert_eq!(summary.runtime_id, detail.runtime_id);
        assert_eq!(summary.worker_id, detail.worker_id);
        assert_eq!((summary.status, summary.transcript_len), (detail.status, detail.transcript_len));
        assert_eq!(summary.last_event_id, detail.last_event_id);
        assert_eq!(summary.has_config_bundle, detail.config_bundle.is_some());
    }
}

#[test]
fn the_summary_counts_workers_by_status() {
    let mut runtime = runtime();
    let workers: Vec<_> = (0..6).map(|_| create(&mut runtime)).collect();
    runtime.stop_worker(&workers[0], None, NOW).expect("an end");
    runtime.cancel_worker(&workers[1], None, NOW).expect("an end");
    runtime.cancel_worker(&workers[2], None, NOW).expect("an end");
    let summary = runtime.summary();
    assert_eq!((summary.worker_count, summary.active_worker_count), (6, 3));
    assert_eq!((summary.stopped_worker_count, summary.cancelled_worker_count), (1, 2));
}
