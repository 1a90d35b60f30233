/** For `../processes/appender.mjs`: the place is a directory. */
import { nodeFsStorage } from "../../../../pkg/dist/entry/node-fs.js";

export const openStorage = (directory) => nodeFsStorage({ directory });
