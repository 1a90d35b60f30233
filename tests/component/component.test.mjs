// The component in Node.js, over the package's own adapters: the scenarios that every host of the runtime passes, and
// stores that the package and the component hand to each other.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { ComponentHost } from "../../component/node/component-host.mjs";
import { ComponentSubject, PackageSubject } from "./subjects.mjs";

const folder = new URL("../data/scenarios/", import.meta.url);
const scenarios = await Promise.all(
  (await readdir(folder)).map(async (name) => ({
    name: name.replace(".json", ""),
    ...JSON.parse(await readFile(new URL(name, folder), "utf8")),
  })),
);

/** Throws where `found` lacks anything that is expected: objects may have more fields, lists may not have more items. */
function fits(expected, found, place) {
  if (Array.isArray(expected)) {
    assert.equal(found?.length, expected.length, `${place}: ${JSON.stringify(found)}`);
    expected.forEach((item, index) => {
      fits(item, found[index], `${place}[${index}]`);
    });
  } else if (expected !== null && typeof expected === "object") {
    for (const [name, value] of Object.entries(expected)) {
      fits(value, found?.[name], `${place}.${name}`);
    }
  } else {
    assert.equal(found, expected, place);
  }
}

async function play({ name, steps }, subject) {
  for (const [index, step] of steps.entries()) {
    const place = `${name}, step ${index}, ${step.call}`;
    if (step.call === "reopen") {
      await subject.reopen();
      continue;
    }
    for (let times = step.times ?? 1; times > 0; times -= 1) {
      if (step.refuse !== undefined) {
        const refusal = await subject.call(step).then(
          (answer) => assert.fail(`${place} answered ${JSON.stringify(answer)}`),
          (error) => subject.refusal(error),
        );
        fits(step.refuse, refusal, place);
        continue;
      }
      const answer = await subject.call(step);
      for (const absent of step.absent ?? []) {
        assert.equal(answer[absent], undefined, `${place}: ${absent}`);
      }
      if (step.expect !== undefined) {
        const few = step.call === "diagnostics" ? answer.slice(0, step.expect.length) : answer;
        fits(step.expect, few, place);
      }
    }
  }
}

describe("the component in Node.js", { concurrency: false }, () => {
  let directory;
  const hosts = [];
  const start = (storage) => {
    const host = new ComponentHost(storage);
    hosts.push(host);
    return host;
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "worker-runtime-component-"));
  });

  after(async () => {
    await Promise.all(hosts.map((host) => host.end()));
    await rm(directory, { recursive: true, force: true });
  });

  it("has scenarios to pass", () => {
    assert.ok(scenarios.length >= 6);
  });

  for (const scenario of scenarios) {
    it(`passes ${scenario.name} in memory`, async () => {
      await play(scenario, await ComponentSubject.start(start(memoryStorage()), false));
    });

    it(`passes ${scenario.name} on memoryStorage`, async () => {
      await play(scenario, await ComponentSubject.start(start(memoryStorage()), true));
    });

    it(`passes ${scenario.name} on files`, async () => {
      const storage = nodeFsStorage({ directory: join(directory, scenario.name) });
      await play(scenario, await ComponentSubject.start(start(storage), true));
    });

    it(`passes ${scenario.name} as the package does`, async () => {
      await play(scenario, await PackageSubject.start(() => Runtime.create({ runtimeId: "here" }), false));
      const storage = memoryStorage();
      await play(
        scenario,
        await PackageSubject.start(() => Runtime.open({ runtimeId: "here", storage }), true),
      );
    });
  }

  it("reads what the package has written, and the other way round", async () => {
    const storage = memoryStorage();
    const first = await Runtime.open({ runtimeId: "here", storage });
    const { workerRef } = await first.createWorker();
    await first.sendInput(workerRef, { kind: "user", content: "from the package" });
    await first.close();
    const subject = await ComponentSubject.start(start(storage), true);
    await subject.call({
      call: "recordOutput",
      worker: workerRef,
      output: { kind: "assistant", content: "from the component" },
    });
    const second = await Runtime.open({ runtimeId: "here", storage });
    const { items } = await second.transcriptProjection(workerRef, { start: 0, limit: 10 });
    assert.deepEqual(
      items.map(({ content }) => content),
      ["from the package", "from the component"],
    );
    // The package has taken it over: the component is fenced.
    await assert.rejects(
      subject.call({ call: "sendInput", worker: workerRef, input: { kind: "user", content: "late" } }),
      {
        code: "storage_conflict",
      },
    );
    await second.close();
  });
});
