import { Agent, request } from "node:http";
import { SHARE_PERCENT } from "./peer.ts";
import { answerOf } from "./upstream.ts";
import type { Load } from "./wrk.ts";

const AT_ONCE = 16;

/** What the customers' requests came to, one version a customer, in order. Rejects on any answer that is not right. */
export async function versionsOf(port: number, load: Load, customers: number): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const versions: string[] = [];
  let next = 0;
  const worker = async () => {
    while (next < customers) {
      const customer = next++;
      versions[customer] = versionIn(await post(agent, port, load, customer + 1), load);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    agent.destroy();
  }
  return versions;
}

/** Rejects unless every answer is right, the share is near what it should be, and customers keep their version. */
export async function checkPeer(name: string, port: number, load: Load): Promise<void> {
  const versions = await versionsOf(port, load, load.customers.count).catch((error: unknown) => {
    throw new Error(`${name} does not do this right, so there is nothing to measure.`, { cause: error });
  });
  const percent = (100 * versions.filter((version) => version === "candidate").length) / versions.length;
  // Four standard deviations of a fair draw: customers are few, so their hashes stray.
  const tolerance = 4 * Math.sqrt((SHARE_PERCENT * (100 - SHARE_PERCENT)) / versions.length);
  if (Math.abs(percent - SHARE_PERCENT) > tolerance) {
    throw new Error(`${name} sent ${percent.toFixed(2)} % to the candidate instead of ${SHARE_PERCENT} %.`);
  }
  const again = await versionsOf(port, load, load.customers.count / 4);
  const moved = again.filter((version, i) => version !== versions[i]).length;
  if (moved > 0) throw new Error(`${name} moved ${moved} of ${again.length} customers to another version.`);
}

function versionIn(answer: Answer, { body }: Load): string {
  const version = ["stable", "candidate"].find((known) => answer.body === answerOf(known, Buffer.byteLength(body)));
  if (answer.status === 200 && version !== undefined) return version;
  throw new Error(`The answer is not right: ${answer.status} ${answer.body.slice(0, 300)}`);
}

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

function post(agent: Agent, port: number, { path, headers, body, customers }: Load, customer: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const all = {
      ...headers,
      "content-length": Buffer.byteLength(body),
      "x-customer-id": `${customers.prefix}${customer}`,
    };
    const sent = request({ agent, port, host: "127.0.0.1", method: "POST", path, headers: all }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode, body: text }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
