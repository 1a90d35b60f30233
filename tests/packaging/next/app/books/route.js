import { Runtime } from "worker-runtime";
import { nodeFsStorage } from "worker-runtime/node-fs";
import { keepBooks } from "../../shared/books.js";

export const dynamic = "force-dynamic";

export async function GET() {
  return Response.json(await keepBooks(Runtime, nodeFsStorage({ directory: process.env.BOOKS })));
}
