/**
 * Stands between clients and a server and cuts a connection at a message of PostgreSQL's protocol.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import { connect, createServer } from "node:net";

/** Messages of one direction, cut out of the bytes as they come. A client's first one has no type. */
class Messages {
  #rest = Buffer.alloc(0);
  #untyped;

  constructor(untyped) {
    this.#untyped = untyped;
  }

  *add(bytes) {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const header = this.#untyped ? 0 : 1;
      if (this.#rest.length < header + 4) {
        return;
      }
      const length = header + this.#rest.readUInt32BE(header);
      if (this.#rest.length < length) {
        return;
      }
      const type = this.#untyped ? "startup" : String.fromCharCode(this.#rest[0]);
      this.#untyped = false;
      yield { type, bytes: this.#rest.subarray(0, length) };
      this.#rest = this.#rest.subarray(length);
    }
  }
}

class Cutter {
  #server;
  #connections = new Set();
  #plan;
  /** Where clients are connected to; may be changed at any time. */
  target;

  /** `to` is a port of this machine. */
  constructor(to) {
    this.target = to;
  }

  /** Answers the port to connect to. */
  listen() {
    this.#server = createServer((client) => this.#carry(client));
    return new Promise((resolve) => {
      this.#server.listen(0, "127.0.0.1", () => resolve(this.#server.address().port));
    });
  }

  /**
   * From now on counts the messages `seen` of each direction ("client" or "server" sends them); the one of this direction
   * and number is where the connection is cut: `before` it has been passed on, or after. With `keep` the server's end stays
   * as it is, and what the client had sent is passed on by `release` only. `gone` settles once the server has done what it was sent
   * and closed its end.
   */
  arm(plan = {}) {
    this.#plan = { ...plan, seen: { client: [], server: [] }, cuts: 0 };
    return this.#plan;
  }

  /** Ends every connection. */
  cutAll() {
    for (const { client, server } of this.#connections) {
      client.destroy();
      server.destroy();
    }
  }

  async close() {
    this.cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #carry(client) {
    const server = connect(this.target, "127.0.0.1");
    const connection = { client, server };
    this.#connections.add(connection);
    for (const [from, to, direction] of [
      [client, server, "client"],
      [server, client, "server"],
    ]) {
      const messages = new Messages(direction === "client");
      let held;
      from.on("data", (data) => {
        for (const { type, bytes } of messages.add(data)) {
          if (held !== undefined) {
            held.push(bytes);
            continue;
          }
          const plan = this.#plan;
          const number = plan?.seen[direction].push(type);
          const here = plan?.direction === direction && plan.number === number && plan.cuts === 0;
          if (!here || !plan.before) {
            to.write(bytes);
          }
          if (here) {
            held = plan.before ? [bytes] : [];
            this.#cut(connection, plan, held);
          }
        }
      });
      from.on("error", () => {});
      from.on("close", () => {
        this.#connections.delete(connection);
        if (!connection.kept) {
          to.end();
        }
      });
    }
  }

  #cut(connection, plan, held) {
    const { client, server } = connection;
    plan.cuts += 1;
    plan.gone = new Promise((resolve) => {
      server.once("close", resolve);
    });
    client.destroy();
    if (plan.keep) {
      connection.kept = true;
      plan.release = () => {
        server.write(Buffer.concat(held));
        server.end();
      };
    } else {
      // What was passed on arrives; then the server finds nobody there.
      server.end();
    }
  }
}

/** A proxy to a port of this machine, gone after the test, and its own port. */
export async function startProxy(context, to) {
  const proxy = new Cutter(to);
  const port = await proxy.listen();
  context.after(() => proxy.close());
  return { proxy, port };
}
