// A CommonJS program, which Node.js gives the package by require().
import { memoryStorage, Runtime } from "worker-runtime";

export const opened: Promise<Runtime> = Runtime.open({ storage: memoryStorage() });

// @ts-expect-error: nothing here is of type any
export const wrong: number = Runtime.create({ runtimeId: "r" });
