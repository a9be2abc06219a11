import { describe, expect, it } from "vitest";
import { onlyAllowed } from "../../src/proxy/express/addresses.ts";
import { startHttp } from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

const PLAIN = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
const UPGRADE = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

describe.each([
  ["a request", PLAIN],
  ["a WebSocket", UPGRADE],
])("%s to a name", (_, head) => {
  it.each([true, false])("reaches its address when that is allowed: %s", async (allowed) => {
    let reached = 0;
    const upstream = await using(
      startHttp((_, response) => {
        reached++;
        response.end("here");
      }),
    );
    const resolve = onlyAllowed(
      () => allowed,
      (_, __, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]),
    );
    const endpoint = upstream.url.replace("127.0.0.1", "model.internal");
    const { lane, outcomes } = await laneTo(endpoint, { surroundings: { resolve } });
    const client = rawClient(lane.port, head);
    await expect.poll(() => outcomes.length).toBe(1);
    await client.closed;
    expect(client.text()).toMatch(allowed ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 502 /);
    expect(reached).toBe(allowed ? 1 : 0);
  });
});
