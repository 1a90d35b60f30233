"use client";

import { useEffect } from "react";
import { Runtime } from "worker-runtime";
import { indexedDbStorage } from "worker-runtime/indexeddb";
import { keepBooks } from "../shared/books.js";
import { tell } from "../shared/tell.js";

let started = false;

export default function Page() {
  // While developing, effects run twice.
  useEffect(() => {
    if (started) return;
    started = true;
    tell(keepBooks(Runtime, indexedDbStorage()));
  }, []);
  return <p>books</p>;
}
