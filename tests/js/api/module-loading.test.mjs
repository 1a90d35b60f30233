import { test } from "node:test";
import { inFreshProcess } from "./fresh-process.mjs";

test("loads by itself at the first create, once for all who ask at once", () =>
  inFreshProcess(`
    let compiled = 0;
    await interceptCompile((compile) => {
      compiled += 1;
      return compile();
    });
    globalThis.fetch = () => assert.fail("nothing is fetched");
    const { Runtime, initWasm } = await import("worker-runtime");
    assert.equal(compiled, 0, "nothing is compiled before it is needed");
    const runtimes = await Promise.all(Array.from({ length: 20 }, () => Runtime.create()));
    await initWasm();
    await initWasm(await moduleBytes());
    await Runtime.create();
    assert.equal(compiled, 1);
    assert.equal(new Set(runtimes.map((runtime) => runtime.runtimeId)).size, 20);
  `));

test("loads where the host compiles nothing large at once", () =>
  inFreshProcess(`
    const { length } = await moduleBytes();
    const asked = [];
    WebAssembly.Module = new Proxy(WebAssembly.Module, {
      construct(Module, [source]) {
        asked.push(source.byteLength);
        if (source.byteLength > 4096) throw new RangeError("too large for the main thread");
        return new Module(source);
      },
    });
    const { Runtime } = await import("worker-runtime");
    const runtimes = await Promise.all([Runtime.create(), Runtime.create()]);
    assert.ok(runtimes.every((runtime) => runtime.status() === "running"));
    assert.equal(asked.filter((bytes) => bytes === length).length, 1);
  `));

test("loads where there are neither Base64 nor Blobs nor streams", () =>
  inFreshProcess(`
    for (const name of ["atob", "Blob", "Response", "DecompressionStream"]) delete globalThis[name];
    const { Runtime } = await import("worker-runtime");
    assert.equal((await Runtime.create()).status(), "running");
  `));

test("a load that fails rejects with the host's own error, for all who share it, and can be tried again", () =>
  inFreshProcess(`
    const refusal = new EvalError("compiling is not allowed here");
    let allowed = false;
    await interceptCompile((compile) => (allowed ? compile() : Promise.reject(refusal)));
    const { Runtime, initWasm } = await import("worker-runtime");
    const errors = await Promise.all([rejected(Runtime.create()), rejected(Runtime.create()), rejected(initWasm())]);
    assert.deepEqual(errors, [refusal, refusal, refusal]);
    assert.ok(errors.every((error) => error === refusal));
    assert.equal(await rejected(Runtime.create()), refusal);
    allowed = true;
    assert.equal((await Runtime.create()).status(), "running");
  `));

for (const [name, source] of Object.entries({
  "a Node buffer": "await moduleBytes()",
  "an ArrayBuffer": "new Uint8Array(await moduleBytes()).buffer",
  "a view into a larger buffer":
    "(() => { const whole = new Uint8Array(bytes.length + 32); whole.set(bytes, 16); return whole.subarray(16, 16 + bytes.length); })()",
  "a DataView": "new DataView(new Uint8Array(bytes).buffer)",
  "a compiled module": "await WebAssembly.compile(bytes)",
  "a response that streams": `new Response(bytes, { headers: { "content-type": "application/wasm" } })`,
  "a response of another type": `new Response(bytes, { headers: { "content-type": "application/octet-stream" } })`,
  "a response without a type": "new Response(new Uint8Array(bytes))",
  "a promise of a response": "Promise.resolve(new Response(bytes))",
  "an address": 'origin + "/module.wasm"',
  "a URL": 'new URL("/module.wasm", origin)',
})) {
  const slim = ["a Node buffer", "a compiled module", "an address"].includes(name)
    ? ["worker-runtime/slim"]
    : [];
  for (const entry of ["worker-runtime", ...slim]) {
    test(`${entry}: initWasm takes ${name}`, () =>
      inFreshProcess(`
        import { createServer } from "node:http";
        const bytes = await moduleBytes();
        const server = createServer((request, response) => {
          response.writeHead(200, { "content-type": "application/wasm" });
          response.end(bytes);
        });
        await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
        const origin = \`http://127.0.0.1:\${server.address().port}\`;
        const { Runtime, initWasm } = await import("${entry}");
        const source = ${source};
        assert.equal(await initWasm(source), undefined);
        server.close();
        server.closeAllConnections();
        const runtime = await Runtime.create();
        const { workerRef } = await runtime.createWorker();
        assert.equal(workerRef.workerId, "worker-00000001");
      `));
  }
}

test("slim before initWasm is refused, and says what to do", () =>
  inFreshProcess(`
    const { Runtime, RuntimeError, initWasm } = await import("worker-runtime/slim");
    for (const call of [() => Runtime.create(), () => initWasm(), () => initWasm(undefined)]) {
      const error = await rejected(call());
      assert.ok(error instanceof RuntimeError);
      assert.equal(error.code, "invalid_request");
      assert.match(error.message, /initWasm/);
    }
    const failure = new Error("offline");
    assert.equal(await rejected(initWasm(Promise.reject(failure))), failure);
    assert.equal((await rejected(Runtime.create())).code, "invalid_request");
    const loading = initWasm(await moduleBytes());
    const [runtime] = await Promise.all([Runtime.create(), loading]);
    assert.equal(runtime.status(), "running");
  `));

test("slim and the default entry are one package", () =>
  inFreshProcess(`
    const slim = await import("worker-runtime/slim");
    const whole = await import("worker-runtime");
    assert.deepEqual(Object.keys(slim).sort(), Object.keys(whole).sort());
    for (const [name, value] of Object.entries(slim)) {
      assert.equal(value, whole[name], name);
    }
    assert.equal((await slim.Runtime.create()).status(), "running");
  `));

test("what is no source is refused at once and spoils nothing", () =>
  inFreshProcess(`
    const { Runtime, RuntimeError, initWasm } = await import("worker-runtime");
    for (const source of [null, 0, 1n, true, {}, [], () => {}, Symbol("s"), new Map(), Promise.resolve(5), Promise.resolve(null), Promise.resolve(undefined)]) {
      const promise = initWasm(source);
      assert.ok(promise instanceof Promise);
      const error = await rejected(promise);
      assert.ok(error instanceof RuntimeError, String(error));
      assert.equal(error.code, "invalid_request");
    }
    await Runtime.create();
    for (const source of [null, {}]) {
      assert.equal((await rejected(initWasm(source))).code, "invalid_request");
    }
  `));

test("what only looks like a source is refused, and what cannot be looked at", () =>
  inFreshProcess(`
    const { Runtime, RuntimeError, initWasm } = await import("worker-runtime");
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const detached = new ArrayBuffer(8);
    structuredClone(detached, { transfer: [detached] });
    const view = new Uint8Array(8);
    structuredClone(view, { transfer: [view.buffer] });
    const called = (name) => ({ [Symbol.toStringTag]: name });
    const throws = () => {
      throw new Error("no");
    };
    const sources = [
      revoked.proxy,
      detached,
      view,
      ...["URL", "Response", "WebAssembly.Module", "ArrayBuffer", "Uint8Array"].map(called),
      { get then() { return throws(); } },
      { get [Symbol.toStringTag]() { return throws(); } },
      { then: 5 },
      Promise.resolve(called("Response")),
      new Blob([]),
      new Request("http://127.0.0.1:9/"),
    ];
    for (const source of sources) {
      const promise = initWasm(source);
      assert.ok(promise instanceof Promise);
      const error = await rejected(promise);
      assert.ok(error instanceof RuntimeError, String(error));
      assert.equal(error.code, "invalid_request");
      assert.equal(error.details.path, "source");
    }
    assert.equal((await Runtime.create()).status(), "running");
  `));

test("a thenable that rejects, and one that never ends, hurt only who gave them", () =>
  inFreshProcess(`
    const { Runtime, initWasm } = await import("worker-runtime");
    const failure = new Error("no");
    assert.equal(await rejected(initWasm({ then: (_, reject) => reject(failure) })), failure);
    assert.equal(await rejected(initWasm({ then() { throw failure; } })), failure);
    assert.equal((await Runtime.create()).status(), "running");
  `));

test("bytes that are no module, or another one, or a server's error page", () =>
  inFreshProcess(`
    const { Runtime, initWasm } = await import("worker-runtime/slim");
    assert.ok((await rejected(initWasm(new Uint8Array(0)))) instanceof WebAssembly.CompileError);
    assert.ok((await rejected(initWasm(new Uint8Array(100)))) instanceof WebAssembly.CompileError);
    assert.ok((await rejected(initWasm((await moduleBytes()).subarray(0, 5000)))) instanceof WebAssembly.CompileError);
    const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    assert.ok((await rejected(initWasm(empty))) instanceof WebAssembly.LinkError);
    assert.ok((await rejected(initWasm(new WebAssembly.Module(empty)))) instanceof WebAssembly.LinkError);
    assert.match((await rejected(initWasm(new Response("not here", { status: 404 })))).message, /404/);
    assert.ok((await rejected(initWasm(new Response("<html>")))) instanceof WebAssembly.CompileError);
    const url = "http://127.0.0.1:9/module.wasm";
    assert.ok((await rejected(initWasm(url))) instanceof TypeError);
    await initWasm(await moduleBytes());
    await initWasm(url);
    await initWasm(new Uint8Array(0));
    assert.equal((await Runtime.create()).status(), "running");
  `));

test("a source given while another one fails is tried by itself", () =>
  inFreshProcess(`
    const { Runtime, initWasm } = await import("worker-runtime/slim");
    const broken = rejected(initWasm(new Uint8Array(4)));
    await initWasm(await moduleBytes());
    assert.ok((await broken) instanceof WebAssembly.CompileError);
    assert.equal((await Runtime.create()).status(), "running");
  `));

test("bytes are read at the call", () =>
  inFreshProcess(`
    const { Runtime, initWasm } = await import("worker-runtime/slim");
    const bytes = await moduleBytes();
    const loading = initWasm(bytes);
    bytes.fill(0);
    await loading;
    assert.equal((await Runtime.create()).status(), "running");
  `));
