import { memoryStorage, Runtime } from "worker-runtime";
import { keepBooksInMemory } from "../../shared/books.js";

export const runtime = "edge";
export const dynamic = "force-dynamic";

export async function GET() {
  return Response.json(await keepBooksInMemory(Runtime, memoryStorage()));
}
