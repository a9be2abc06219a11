import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { SignJWT } from "jose";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { hasRedis, startRedis } from "../kit/redis-server.ts";
import type { RouterProcess } from "../kit/router-process.ts";
import { until } from "../kit/until.ts";
import { startRouter, startVersions, temporaryFile, type Versions } from "./stage.ts";

const SECRET = "a secret that nobody would guess, ever";
const digestOf = (key: string) => createHash("sha256").update(key).digest("hex");

/** Staff get the candidate; everybody may ask. */
const rules = ({ stable, candidate }: Versions): string => `version: 1
customers:
  id: [jwt:sub, apiKey]
  type: [jwt:org.role, apiKey, directory]
  jwt: { algorithms: [HS256], secret: "\${TEST_JWT_SECRET}", audience: inference }
routes:
  - name: chat
    match: [{ path: /v1/chat/completions }]
    stable: { version: v1, endpoints: ["${stable}"] }
    candidate: { version: v2, endpoints: ["${candidate}"] }
    rules: [{ name: staff, when: { customerType: staff }, candidate: 100% }]
`;

async function ask(router: RouterProcess, headers: Record<string, string>): Promise<string> {
  const answer = await fetch(`${router.proxyUrl}/v1/chat/completions`, { method: "POST", headers, body: "{}" });
  expect(answer.status).toBe(200);
  return answer.text();
}

const token = (claims: object, secret = SECRET): Promise<string> =>
  new SignJWT({ aud: "inference", ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(secret));
const bearer = (shown: string) => ({ authorization: `Bearer ${shown}` });

describe("who is asking", () => {
  it("is told by signed tokens, and by nothing that somebody made up", async () => {
    vi.stubEnv("TEST_JWT_SECRET", SECRET);
    onTestFinished(() => void vi.unstubAllEnvs());
    const versions = await startVersions();
    const router = await startRouter({ RULES_FILE: temporaryFile("rules.yaml", rules(versions)) });
    const staff = { sub: "ann", org: { role: "staff" } };
    expect(await ask(router, bearer(await token(staff)))).toBe("v2");
    expect(await ask(router, bearer(await token({ sub: "bob", org: { role: "guest" } })))).toBe("v1");
    expect(await ask(router, bearer(await token(staff, `${SECRET}!`)))).toBe("v1");
    expect(await ask(router, bearer(await token({ ...staff, aud: "billing" })))).toBe("v1");
    expect(await ask(router, {})).toBe("v1");
    expect(JSON.stringify(router.log)).not.toContain("eyJ");
  });

  it("is told by a directory in a file, which may change", async () => {
    const versions = await startVersions();
    const directory = temporaryFile(
      "customers.yaml",
      `{ customers: { acme: staff }, apiKeys: { ${digestOf("k")}: acme } }`,
    );
    const router = await startRouter({
      RULES_FILE: temporaryFile("rules.yaml", rules(versions)),
      DIRECTORY_FILE: directory,
    });
    expect(await ask(router, { "x-api-key": "k" })).toBe("v2");
    expect(await ask(router, { "x-api-key": "k", ...bearer(await token({ sub: "bob" })) })).toBe("v2"); // no valid token
    expect(await ask(router, { "x-api-key": "another" })).toBe("v1");
    writeFileSync(directory, "customers: { acme: guest }");
    await until("the key counts no more", async () => (await ask(router, { "x-api-key": "k" })) === "v1");
  });

  it.skipIf(!hasRedis)("is told by the directory in Redis, and stays known while Redis is gone", async () => {
    const [store, versions] = await Promise.all([startRedis(), startVersions()]);
    onTestFinished(() => store.remove());
    store.cli(["-x", "SET", "{canary}:rules"], rules(versions));
    store.cli(["HSET", "{canary}:customers", "acme", "staff"]);
    store.cli(["HSET", "{canary}:apikeys", digestOf("sk-acme"), "acme"]);
    const router = await startRouter({ REDIS_URL: store.url });
    expect(await ask(router, bearer("sk-acme"))).toBe("v2");
    expect(await ask(router, { "api-key": "sk-acme" })).toBe("v2");
    expect(await ask(router, bearer("sk-other"))).toBe("v1");
    // A key that is given out counts soon.
    store.cli(["HSET", "{canary}:apikeys", digestOf("sk-other"), "acme"]);
    await until("the other key is known", async () => (await ask(router, bearer("sk-other"))) === "v2");
    await store.kill();
    await until("Redis is missed", async () => {
      await ask(router, bearer("sk-acme"));
      return router.log.some(({ message }) => message.startsWith("API keys cannot be looked up"));
    });
    expect(await ask(router, bearer("sk-acme"))).toBe("v2");
    expect(await ask(router, bearer("sk-new"))).toBe("v1");
    expect(JSON.stringify(router.log)).not.toContain("sk-");
  });
});
