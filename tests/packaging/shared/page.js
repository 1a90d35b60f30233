import { Runtime } from "worker-runtime";
import { indexedDbStorage } from "worker-runtime/indexeddb";
import { keepBooks } from "./books.js";
import { tell } from "./tell.js";

tell(keepBooks(Runtime, indexedDbStorage()));
