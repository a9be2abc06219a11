import { describe, expect, it } from "vitest";
import { type Identities, NO_IDENTITIES } from "../../src/proxy/identities.ts";
import type { Customers, Route } from "../../src/routing/rules.ts";
import { heldBytes } from "../kit/memory.ts";
import { until } from "../kit/until.ts";
import { startEcho, startWebSocketEcho } from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

const customers: Customers = {
  id: [{ from: "apiKey" }],
  type: [{ from: "directory" }],
  defaultType: "standard",
  types: [],
  jwt: undefined,
};

/** Gold customers go to the candidate. */
function goldTo(candidate: string): Partial<Route> {
  return {
    candidates: [{ version: "v2", endpoints: [candidate] }],
    rules: [
      {
        name: "gold",
        when: [{ fact: "customerType", values: ["gold"] }],
        shares: [{ version: "v2", points: 10_000 }],
        between: undefined,
      },
    ],
  };
}

/** Knows keys and types only after somebody has asked, as a store behind a network does. */
function slowIdentities(answers: boolean): Identities & { readonly asked: string[] } {
  const asked: string[] = [];
  const known = new Map<string, string>();
  const ask = (what: string, answer: string): string | Promise<void> => {
    const value = known.get(what);
    if (value !== undefined) return value;
    asked.push(what);
    if (!answers) return new Promise(() => {});
    return new Promise((resolve) =>
      setImmediate(() => {
        known.set(what, answer);
        resolve();
      }),
    );
  };
  return {
    ...NO_IDENTITIES,
    asked,
    owner(key) {
      const customer = ask(`key ${key}`, `owner of ${key}`);
      return typeof customer === "string" ? { customer, type: undefined } : customer;
    },
    typeOf: (customer) => ask(`type of ${customer}`, "gold"),
  };
}

describe("finding out who is asking", () => {
  it("hears x-canary from anywhere when a key proves who may choose, and not when a header says so", async () => {
    const [stable, candidate] = [await using(startEcho()), await using(startEcho())];
    const said: Customers = { ...customers, type: [{ from: "header", name: "x-type" }, { from: "directory" }] };
    const { url } = await laneTo(stable.url, {
      route: { ...goldTo(candidate.url), rules: [], override: [{ fact: "customerType", values: ["gold"] }] },
      rules: { customers: said },
      settings: { trustedProxies: [] },
      surroundings: { identities: slowIdentities(true) },
    });
    const versionFor = async (headers: Record<string, string>) =>
      (await fetch(url, { method: "POST", body: "hello", headers })).headers.get("x-canary-version");
    expect(await versionFor({ "x-canary": "always", "x-api-key": "k1" })).toBe("v2");
    expect(await versionFor({ "x-canary": "always", "x-type": "gold" })).toBe("v1");
    expect(await versionFor({ "x-api-key": "k1" })).toBe("v1");
  });

  it("keeps the request until it is known, one question after the other, and asks once", async () => {
    const [stable, candidate] = [await using(startEcho()), await using(startEcho())];
    const identities = slowIdentities(true);
    const { url } = await laneTo(stable.url, {
      route: goldTo(candidate.url),
      rules: { customers },
      surroundings: { identities },
    });
    for (let i = 0; i < 2; i++) {
      const response = await fetch(url, { method: "POST", body: "hello", headers: { "x-api-key": "k1" } });
      expect(response.headers.get("x-canary-version")).toBe("v2");
      expect(await response.json()).toMatchObject({ body: "hello" });
    }
    expect(identities.asked).toEqual(["key k1", "type of owner of k1"]);
  });

  it("gives up after a while, and the request goes where a stranger's goes", async () => {
    const stable = await using(startEcho());
    const { url } = await laneTo(stable.url, {
      route: goldTo("http://127.0.0.1:9"),
      rules: { customers },
      settings: { lookupTimeout: 40 },
      surroundings: { identities: slowIdentities(false) },
    });
    const response = await fetch(url, { headers: { "x-api-key": "k1" } });
    expect([response.status, response.headers.get("x-canary-version")]).toEqual([200, "v1"]);
  });

  it("forgets a client that leaves meanwhile", async () => {
    const stable = await using(startEcho());
    const identities = slowIdentities(false);
    const { lane, decisions } = await laneTo(stable.url, {
      route: goldTo("http://127.0.0.1:9"),
      rules: { customers },
      surroundings: { identities },
    });
    const client = rawClient(lane.port, "GET / HTTP/1.1\r\nHost: x\r\nX-Api-Key: k1\r\n\r\n");
    await until("it is asked", () => identities.asked.length === 1);
    client.socket.destroy();
    await client.closed;
    expect([lane.inFlight(), decisions, stable.accepted()]).toEqual([0, [], 0]);
  });

  it("lets an upload wait, so that it costs no more memory than any other", async () => {
    const stable = await using(startEcho());
    const identities = slowIdentities(false);
    const { lane } = await laneTo(stable.url, {
      route: goldTo("http://127.0.0.1:9"),
      rules: { customers },
      surroundings: { identities },
    });
    const piece = Buffer.alloc(64 * 1024);
    const before = heldBytes();
    const head = "POST / HTTP/1.1\r\nHost: x\r\nX-Api-Key: k1\r\nContent-Length: 30000000\r\n\r\n";
    const client = rawClient(lane.port, head);
    let sent = 0;
    const send = (error?: Error | null): void => {
      if (error || sent === 30_000_000) return;
      const next = piece.subarray(0, Math.min(piece.length, 30_000_000 - sent));
      sent += next.length;
      client.socket.write(next, send);
    };
    send();
    await until("it has to wait", () => lane.waiting.size === 1);
    expect(heldBytes() - before).toBeLessThan(256 * 1024);
    await until("it is answered all the same", () => client.text().includes('"length":30000000'));
  });

  it("comes before an upgrade is handed over", async () => {
    const candidate = await using(startWebSocketEcho());
    const { lane } = await laneTo("http://127.0.0.1:9", {
      route: goldTo(candidate.url),
      rules: { customers },
      surroundings: { identities: slowIdentities(true) },
    });
    const client = rawClient(
      lane.port,
      "GET / HTTP/1.1\r\nHost: x\r\nX-Api-Key: k1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    await until("it is switched", () => client.text().startsWith("HTTP/1.1 101 "));
    expect(client.text()).toContain("x-canary-version: v2");
  });
});
