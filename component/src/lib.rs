//! The component: the world in `wit/` over the crate's blocking layer. It converts and passes on; it decides nothing.

mod convert;
mod host;
mod kept;
mod lines;
mod runtime;

wit_bindgen::generate!({ path: "../wit", world: "worker-runtime" });

struct Component;

impl exports::worker_runtime::runtime::runtimes::Guest for Component {
    type Runtime = runtime::Handle;
    type LineSource = lines::Source;
    type LineSink = lines::Sink;
}

export!(Component);
