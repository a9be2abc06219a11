import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "undici";
import { onTestFinished } from "vitest";
import { type RouterProcess, startRouterProcess } from "../kit/router-process.ts";
import { startHttp } from "../kit/upstream.ts";

/** Two versions of one model that answer with their names. */
export interface Versions {
  readonly stable: string;
  readonly candidate: string;
}

export async function startVersions(): Promise<Versions> {
  const start = async (version: string): Promise<string> => {
    const upstream = await startHttp((request, response) => {
      request.resume();
      request.on("end", () => response.end(version));
    });
    onTestFinished(() => upstream.close());
    return upstream.url;
  };
  return { stable: await start("v1"), candidate: await start("v2") };
}

export function rulesText({ stable, candidate }: Versions, share: string): string {
  return `version: 1
customers:
  id: [header:x-customer-id]
routes:
  - name: chat
    match: [{ path: /v1/chat/completions }]
    stable: { version: v1, endpoints: ["${stable}"] }
    candidate: { version: v2, endpoints: ["${candidate}"] }
    stickyBy: [customer]
    rules:
      - name: everyone
        candidate: ${share}
`;
}

/** A temporary file that is gone after the test. */
export function temporaryFile(name: string, text?: string): string {
  const folder = mkdtempSync(join(tmpdir(), "canary-e2e-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  if (text !== undefined) writeFileSync(path, text);
  return path;
}

export async function startRouter(
  env: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<RouterProcess> {
  const router = await startRouterProcess(env, flags);
  onTestFinished(() => router.kill());
  return router;
}

export interface Client {
  /** Who answered a customer's request: `v1` or `v2`; throws for any status but 200. */
  ask(customer: string): Promise<string>;
}

export function client(router: RouterProcess): Client {
  const pool = new Pool(router.proxyUrl, { connections: 16 });
  onTestFinished(() => pool.destroy());
  return {
    async ask(customer) {
      const { statusCode, body } = await pool.request({
        path: "/v1/chat/completions",
        method: "POST",
        headers: { "x-customer-id": customer, "content-type": "application/json" },
        body: "{}",
      });
      const answer = await body.text();
      if (statusCode !== 200) throw new Error(`${statusCode} ${answer}`);
      return answer;
    },
  };
}

/** The part of so many customers, of one request each, whom the candidate answers. */
export async function shareOf(asking: Client, customers = 400): Promise<number> {
  const answers = await Promise.all(Array.from({ length: customers }, (_, i) => asking.ask(`customer-${i}`)));
  return answers.filter((version) => version === "v2").length / customers;
}
