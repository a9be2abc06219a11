import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { RouterProcess } from "../kit/router-process.ts";
import { startHttp } from "../kit/upstream.ts";
import { rulesText, startRouter, startVersions, temporaryFile } from "./stage.ts";

const EDITOR = { name: "ann", role: "editor", sha256: createHash("sha256").update("ann").digest("hex") };

async function stage() {
  const versions = await startVersions();
  const file = temporaryFile("rules.yaml", rulesText(versions, "5%"));
  const router = await startRouter({
    RULES_FILE: file,
    ADMIN_HOST: "127.0.0.1",
    ADMIN_TOKEN: "root-token",
    ADMIN_TOKENS: JSON.stringify([EDITOR]),
    PROXY_LOOKUP_TIMEOUT: "300ms",
  });
  return { versions, router, text: rulesText(versions, "5%"), folder: join(file, "..") };
}

async function put({ adminUrl }: RouterProcess, text: string) {
  const headers = { "if-match": "*", authorization: "Bearer ann" };
  const answer = await fetch(`${adminUrl}/api/rules`, { method: "PUT", headers, body: text });
  return { status: answer.status, body: await answer.text() };
}

const ask = ({ proxyUrl }: RouterProcess, headers: Record<string, string> = {}) =>
  fetch(`${proxyUrl}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: "{}",
    signal: AbortSignal.timeout(10_000),
  });

describe("an editor", () => {
  it("has none of the router's own secrets sent to an endpoint", async () => {
    const { router, text } = await stage();
    const heard: string[] = [];
    const thief = await startHttp((request, response) => {
      heard.push(JSON.stringify(request.headers));
      response.end();
    });
    onTestFinished(() => thief.close());
    const stealing = (name: string) =>
      text.replace(
        /stable: .*/,
        `stable: { version: v1, endpoints: ["${thief.url}"], headers: { x-loot: "\${${name}}" } }`,
      );
    for (const name of ["CANARY_ADMIN_TOKEN", "CANARY_REDIS_PASSWORD", "OTEL_EXPORTER_OTLP_HEADERS"]) {
      const { status, body } = await put(router, stealing(name));
      expect([name, status]).toEqual([name, 422]);
      expect(body).toContain("is a setting of the router itself");
    }
    await ask(router);
    expect(heard.join()).not.toContain("root-token");
  });

  it("does not make the router fetch keys from where clouds keep credentials, by address or by name", async () => {
    const { router, text } = await stage();
    const keysAt = (url: string) =>
      text.replace("customers:", `customers:\n  jwt: { algorithms: [RS256], jwks: "${url}" }\n  type: jwt:plan`);
    for (const host of ["169.254.169.254", "0xa9fea9fe", "[::ffff:169.254.169.254]", "[fe80::1]"]) {
      const { status, body } = await put(router, keysAt(`http://${host}/latest/meta-data`));
      expect([host, status]).toEqual([host, 422]);
      expect(body).toContain("proxy.allowedEndpoints");
    }
    expect((await put(router, keysAt("https://login.example.com/keys"))).status).toBe(200);
  });

  it("does not stop the router with files that never end or never answer", async () => {
    const { router, text, folder } = await stage();
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    for (const path of [pipe, "/dev/zero"]) {
      const ca = text.replace(
        /stable: .*/,
        `stable: { version: v1, endpoints: ["https://127.0.0.1:9"], tls: { ca: "${path}" } }`,
      );
      expect((await put(router, ca)).status).toBe(200);
      expect((await ask(router)).status).toBe(502);
      const keys = text.replace(
        "customers:",
        `customers:\n  jwt: { algorithms: [RS256], jwks: "${path}" }\n  type: jwt:plan`,
      );
      const asking = keys.replace("candidate: 5%", "when: { customerType: paid }\n        candidate: 5%");
      expect((await put(router, asking)).status).toBe(200);
      const token = `${Buffer.from('{"alg":"RS256","kid":"k"}').toString("base64url")}.e30.c2ln`;
      expect((await ask(router, { authorization: `Bearer ${token}` })).status).toBe(200);
    }
    const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${router.pid}/status`, "utf8"))?.[1]);
    expect(peak).toBeLessThan(400_000);
  }, 60_000);
});
