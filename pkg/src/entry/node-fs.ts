/** "worker-runtime/node-fs": storage in files of this machine. */
export { nodeFsStorage } from "../storage/node-fs.js";
