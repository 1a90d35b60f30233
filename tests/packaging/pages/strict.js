import { indexedDbStorage, Runtime } from "./package.js";
import { keepBooks } from "./shared/books.js";
import { tell } from "./shared/tell.js";

tell(keepBooks(Runtime, indexedDbStorage()));
