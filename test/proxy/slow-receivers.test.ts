import { createHash, randomBytes } from "node:crypto";
import { Agent, type IncomingMessage, request } from "node:http";
import { describe, expect, it } from "vitest";
import { startHttp } from "../kit/upstream.ts";
import { laneTo, using } from "./lane-fixture.ts";

const BODIES = Array.from({ length: 5 }, () => randomBytes(12 * 1024 * 1024));
const DIGESTS = BODIES.map((body) => createHash("sha256").update(body).digest("hex"));

/**
 * Readers of whom each begins when the one before it is done: what the kernel does not take in advance waits in the sender's
 * memory while others go on.
 */
function readersInTurn(): (message: IncomingMessage) => Promise<string> {
  let before: Promise<unknown> = Promise.resolve();
  return (message) => {
    const digest = before.then(async () => {
      const hash = createHash("sha256");
      for await (const piece of message) hash.update(piece);
      return hash.digest("hex");
    });
    before = digest;
    return digest;
  };
}

function send(url: string, method: string, body: Buffer | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method, agent: new Agent(), headers: { "content-length": body?.length ?? 0 } },
      resolve,
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

describe("bodies whose receivers are slow by turns", () => {
  it("come down unchanged, many at once", async () => {
    const upstream = await using(startHttp((asked, response) => response.end(BODIES[Number(asked.url?.slice(1))])));
    const { url } = await laneTo(upstream.url);
    const read = readersInTurn();
    const digests = BODIES.map(async (_, i) => read(await send(`${url}/${i}`, "GET", undefined)));
    expect(await Promise.all(digests)).toEqual(DIGESTS);
  });

  it("go up unchanged, many at once", async () => {
    const read = readersInTurn();
    const upstream = await using(
      startHttp(async (asked, response) => {
        response.end(await read(asked));
      }),
    );
    const { url } = await laneTo(upstream.url);
    const digests = BODIES.map(async (body) => {
      const answer = await send(url, "POST", body);
      return String((await answer.toArray())[0]);
    });
    expect(await Promise.all(digests)).toEqual(DIGESTS);
  });
});
