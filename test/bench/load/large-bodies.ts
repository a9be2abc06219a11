import { createHash, randomBytes } from "node:crypto";
import { type LocalModel, startModel } from "./local-model.ts";

export const MIB = 1024 * 1024;
/** What is sent either way: 8 MiB without a pattern. */
export const BODY = randomBytes(8 * MIB);
const DIGEST = digestOf(BODY);

export interface LargeModel extends LocalModel {
  /** Bytes of requests' bodies so far. */
  received(): number;
}

/** Answers a GET with the 8 MiB, and a POST with how much came (and, at `/…?digest`, what). */
export async function startLargeModel(): Promise<LargeModel> {
  let received = 0;
  const model = await startModel((asked, response) => {
    if (asked.method === "GET") {
      response.writeHead(200, { "content-length": BODY.length }).end(BODY);
      return;
    }
    const digest = asked.url?.endsWith("?digest") === true ? createHash("sha256") : undefined;
    asked.on("data", (chunk: Buffer) => {
      received += chunk.length;
      digest?.update(chunk);
    });
    asked.on("end", () => {
      const answer = digest?.digest("hex") ?? "taken";
      response.writeHead(200, { "content-length": answer.length }).end(answer);
    });
  });
  return { ...model, received: () => received };
}

/** Rejects unless 8 MiB come through a proxy byte for byte, both ways. */
export async function checkBodies(name: string, url: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const down = digestOf(Buffer.from(await (await fetch(url, { headers })).arrayBuffer()));
  const up = await (await fetch(`${url}?digest`, { method: "POST", headers, body: BODY })).text();
  if (down !== DIGEST) throw new Error(`${name} changed a downloaded body.`);
  if (up !== DIGEST) throw new Error(`${name} changed an uploaded body: ${up.slice(0, 300)}`);
}

function digestOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
