import { lookup } from "node:dns";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompactSign, exportSPKI, importJWK, SignJWT } from "jose";
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { Tokens } from "../../../src/proxy/identities/tokens.ts";
import type { JwtSettings } from "../../../src/routing/rules.ts";
import { type MemoryLog, memoryLog } from "../../kit/memory-log.ts";
import { until } from "../../kit/until.ts";
import { type KeyServer, type SigningKey, signedWith, signingKey, startKeyServer } from "./issuer.ts";

const SECRET = "a secret that nobody would guess, ever";
const HS256: JwtSettings = settings({ algorithms: ["HS256"], keys: { from: "secret", env: "JWT_SECRET" } });
const NONE = new Map();

function settings(some: Pick<JwtSettings, "algorithms" | "keys"> & Partial<JwtSettings>): JwtSettings {
  return { issuer: undefined, audience: undefined, ...some };
}

describe("tokens", () => {
  let log: MemoryLog;
  /** Ms by which both clocks are ahead. */
  let ahead: number;
  let rs: SigningKey;
  let rs2: SigningKey;
  let es: SigningKey;
  beforeAll(async () => {
    [rs, rs2, es] = await Promise.all([
      signingKey("RS256", "r1"),
      signingKey("RS256", "r2"),
      signingKey("ES256", "e1"),
    ]);
  });
  beforeEach(() => {
    log = memoryLog();
    ahead = 0;
  });

  const open = (some: JwtSettings, environment: Record<string, string> = { JWT_SECRET: SECRET }, timeoutMs = 1000) =>
    new Tokens(some, {
      wallClock: () => Date.now() + ahead,
      now: () => performance.now() + ahead,
      environment,
      log,
      timeoutMs,
      lookup,
    });
  /** As a request asks: at once, or once more after the wait. */
  async function claims(tokens: Tokens, token: string): Promise<ReadonlyMap<string, string> | "unknown still"> {
    const first = tokens.claims(token);
    if (!(first instanceof Promise)) return first;
    await first;
    const second = tokens.claims(token);
    return second instanceof Promise ? "unknown still" : second;
  }
  const subject = async (tokens: Tokens, token: string) => {
    const found = await claims(tokens, token);
    return found === "unknown still" ? found : found.get("sub");
  };

  describe("signed with a shared secret", () => {
    it("are verified once and then known at once", async () => {
      const tokens = open(HS256);
      const token = await signedWith(SECRET, { sub: "acme", plan: "premium" });
      expect(tokens.claims(token)).toBeInstanceOf(Promise);
      const found = await claims(tokens, token);
      expect(found).toEqual(
        new Map([
          ["sub", "acme"],
          ["plan", "premium"],
          ["exp", expect.any(String)],
        ]),
      );
      expect(tokens.claims(token)).toBe(tokens.claims(token));
      expect(tokens.claims(token)).toBeInstanceOf(Map);
    });

    it("are verified once for all who ask meanwhile", async () => {
      const tokens = open(HS256);
      const token = await signedWith(SECRET, { sub: "acme" });
      expect(tokens.claims(token)).toBe(tokens.claims(token));
    });

    it("have nothing without the variable, which is said once, and warn of a secret that is short", async () => {
      const tokens = open(HS256, { JWT_SECRET: "" });
      expect(await claims(tokens, await signedWith(SECRET, { sub: "acme" }))).toEqual(NONE);
      expect(log.said("warn")).toHaveLength(1);
      open(HS256, { JWT_SECRET: "hush" });
      expect(log.said("warn")).toHaveLength(2);
      expect(JSON.stringify(log.lines)).not.toContain("hush");
    });

    it("count until they run out, and 5 s longer, since clocks differ", async () => {
      const tokens = open(HS256);
      const token = await signedWith(SECRET, { sub: "acme", exp: Math.floor(Date.now() / 1000) + 60 });
      expect(await subject(tokens, token)).toBe("acme");
      ahead = 62_000;
      expect(await subject(tokens, token)).toBe("acme");
      ahead = 66_000;
      expect(await subject(tokens, token)).toBeUndefined();
    });

    it("count from the time on that they say", async () => {
      const tokens = open(HS256);
      const token = await signedWith(SECRET, { sub: "acme", nbf: Math.floor(Date.now() / 1000) + 60 });
      expect(await subject(tokens, token)).toBeUndefined();
      ahead = 61_000;
      expect(await subject(tokens, token)).toBe("acme");
    });
  });

  describe("that somebody made up", () => {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    /** With the right signature, whatever it says. */
    const signedText = (payload: string): Promise<string> =>
      new CompactSign(Buffer.from(payload, "base64url")).setProtectedHeader({ alg: "HS256" }).sign(Buffer.from(SECRET));
    const later = Math.floor(Date.now() / 1000) + 3600;

    it.each<[string, () => string | Promise<string>]>([
      ["no signature", () => `${part({ alg: "none" })}.${part({ sub: "acme", exp: later })}.`],
      ["no signature, with a name in capitals", () => `${part({ alg: "NONE" })}.${part({ sub: "acme" })}.`],
      ["another secret", () => signedWith(`${SECRET}!`, { sub: "acme" })],
      [
        "their signature taken away",
        () => signedWith(SECRET, { sub: "acme" }).then((token) => token.replace(/\.[^.]*$/, ".")),
      ],
      [
        "changed claims",
        () =>
          signedWith(SECRET, { sub: "evil" }).then((token) => token.replace(/\.[^.]*\./, `.${part({ sub: "acme" })}.`)),
      ],
      [
        "a key of their own in the header",
        () => rs.sign({ sub: "acme" }, Object.assign({ kid: "x" }, { jwk: rs.published })),
      ],
      [
        "an extension that nobody knows",
        () =>
          new SignJWT({ sub: "acme" })
            .setProtectedHeader({ alg: "HS256", crit: ["x"], x: 1 })
            .sign(Buffer.from(SECRET), { crit: { x: true } }),
      ],
      ["an end in the past", () => signedWith(SECRET, { sub: "acme", exp: 1_000_000_000 })],
      ["an end that is no number", () => signedText(part({ sub: "acme", exp: "never" }))],
      ["claims that are no object", () => signedText(part("acme"))],
      ["claims that are no JSON", () => signedText(Buffer.from("{sub: acme}").toString("base64url"))],
      ["no sense at all", () => "eyJ.."],
    ])("have nothing: %s", async (_, forge) => {
      const token = await forge();
      expect(await claims(open(HS256), token)).toEqual(NONE);
      expect(JSON.stringify(log.lines)).not.toContain(token);
    });

    it("have nothing when they are signed with the public key as if it were a secret", async () => {
      const server = await serving(rs, es);
      const tokens = open(settings({ algorithms: ["RS256", "ES256"], keys: { from: "jwks", at: server.url } }));
      const key = await importJWK({ ...rs.published, ext: true }, "RS256", { extractable: true });
      if (key instanceof Uint8Array) throw new Error("not a public key");
      for (const secret of [await exportSPKI(key), rs.published.n ?? "", JSON.stringify(rs.published)]) {
        expect(await claims(tokens, await signedWith(secret, { sub: "acme" }))).toEqual(NONE);
      }
      expect(await subject(tokens, await rs.sign({ sub: "acme" }))).toBe("acme");
    });

    it("have nothing when an ES256 key is said to be another's", async () => {
      const server = await serving(rs, es);
      const tokens = open(settings({ algorithms: ["RS256", "ES256"], keys: { from: "jwks", at: server.url } }));
      expect(await claims(tokens, await es.sign({ sub: "acme" }, { kid: "r1" }))).toEqual(NONE);
    });

    it("are not looked at when they are huge", async () => {
      const tokens = open(HS256);
      const token = await signedWith(SECRET, { sub: "acme", more: "x".repeat(16_384) });
      expect(tokens.claims(token)).toEqual(NONE);
      expect(tokens.size).toBe(0);
    });

    it("are forgotten when there are 100,000, and displace no good one", async () => {
      const tokens = open(HS256);
      const good = await signedWith(SECRET, { sub: "acme" });
      await claims(tokens, good);
      let most = 0;
      const head = part({ alg: "RS256" }); // refused before anything is computed: the test takes long enough
      for (let i = 0; i < 100_000; i += 1000) {
        await Promise.all(Array.from({ length: 1000 }, (_, j) => claims(tokens, `${head}.${part(i + j)}.x`)));
        most = Math.max(most, tokens.size);
      }
      expect(most).toBeLessThan(12_001);
      expect(tokens.claims(good)).toBeInstanceOf(Map);
    }, 60_000);
  });

  describe("for somebody", () => {
    it.each([
      ["who it is for and from", { iss: "https://login", aud: "inference" }, "acme"],
      ["one of those it is for", { iss: "https://login", aud: ["x", "inference"] }, "acme"],
      ["another issuer", { iss: "https://evil", aud: "inference" }, undefined],
      ["no issuer", { aud: "inference" }, undefined],
      ["another audience", { iss: "https://login", aud: "billing" }, undefined],
      ["no audience", { iss: "https://login" }, undefined],
    ])("count by %s", async (_, said, expected) => {
      const tokens = open({ ...HS256, issuer: "https://login", audience: "inference" });
      expect(await subject(tokens, await signedWith(SECRET, { sub: "acme", ...said }))).toBe(expected);
    });
  });

  const serving = async (...keys: readonly SigningKey[]): Promise<KeyServer> => {
    const server = await startKeyServer(...keys);
    onTestFinished(() => server.close());
    return server;
  };

  describe("with keys at a URL", () => {
    let server: KeyServer;
    let published: JwtSettings;
    beforeEach(async () => {
      server = await startKeyServer(rs, es);
      published = settings({ algorithms: ["RS256", "ES256"], keys: { from: "jwks", at: server.url } });
    });
    afterEach(() => server.close());

    it("are verified by the key that they name, which is read once", async () => {
      const tokens = open(published);
      expect(await subject(tokens, await rs.sign({ sub: "a" }))).toBe("a");
      expect(await subject(tokens, await es.sign({ sub: "b" }))).toBe("b");
      expect(server.asked()).toBe(1);
    });

    it("are verified by any key that fits, when they name none", async () => {
      server.publish(rs2, rs);
      const tokens = open(published);
      expect(await subject(tokens, await rs.sign({ sub: "a" }, {}))).toBe("a");
      expect(await subject(tokens, await rs2.sign({ sub: "b" }, {}))).toBe("b");
      const stranger = await signingKey("RS256", undefined);
      expect(await subject(tokens, await stranger.sign({ sub: "c" }))).toBeUndefined();
    });

    it("are not verified by an algorithm that the rules do not name", async () => {
      const tokens = open({ ...published, algorithms: ["ES256"] });
      expect(await subject(tokens, await rs.sign({ sub: "a" }))).toBeUndefined();
      expect(await subject(tokens, await es.sign({ sub: "b" }))).toBe("b");
    });

    it("make the keys be read again when they name a new one, at most every 10 s", async () => {
      const tokens = open(published);
      await subject(tokens, await rs.sign({ sub: "a" }));
      server.publish(rs2);
      const token = await rs2.sign({ sub: "b" });
      expect(await subject(tokens, token)).toBeUndefined(); // too soon after the first reading
      for (let i = 0; i < 50; i++) await subject(tokens, await rs.sign({ sub: "a" }, { kid: `unknown ${i}` }));
      expect(server.asked()).toBe(1);
      ahead = 11_000;
      expect(await subject(tokens, token)).toBe("b");
      expect(server.asked()).toBe(2);
    });

    it("count no more when their key has been taken away", async () => {
      const tokens = open(published);
      const token = await rs.sign({ sub: "a" });
      expect(await subject(tokens, token)).toBe("a");
      server.publish(es);
      ahead = 301_000;
      expect(await subject(tokens, token)).toBe("a"); // reads in the background; nobody waits
      await until("the keys have changed", async () => (await subject(tokens, token)) === undefined);
    });

    it.each<[string, Parameters<KeyServer["misbehave"]>[0]]>([
      ["fails", (response) => response.writeHead(500).end("{}")],
      ["sends a page", (response) => response.end("<html>we will be back</html>")],
      ["sends something else", (response) => response.end('{"keys":{}}')],
      [
        "breaks off",
        (response) => response.writeHead(200, { "content-length": 100 }).write("{", () => response.destroy()),
      ],
      ["redirects", (response) => response.writeHead(302, { location: "/other" }).end()],
      ["never ends", (response) => void response.write(" ")],
      ["sends a flood", (response) => response.end(" ".repeat(2_000_000))],
    ])("are verified by the last good keys when the server %s", async (_, answer) => {
      const tokens = open(published, {}, 200);
      const first = await rs.sign({ sub: "a" });
      expect(await subject(tokens, first)).toBe("a");
      server.misbehave(answer);
      ahead = 301_000;
      expect(await subject(tokens, first)).toBe("a");
      await until("the trouble is told", () => log.said("warn").length === 1);
      expect(await subject(tokens, await rs.sign({ sub: "b" }))).toBe("b");
      expect(log.said("warn")[0]).toContain("the last good ones are used on");
      server.misbehave(undefined);
      ahead += 11_000;
      await subject(tokens, first);
      await until("the end of the trouble is told", () => log.said("info").length === 1);
    });

    it("wait no longer than the limit for keys that never come, and have nothing then", async () => {
      server.misbehave(() => {});
      const tokens = open(published, {}, 100);
      const token = await rs.sign({ sub: "a" });
      const began = performance.now();
      expect(await claims(tokens, token)).toEqual(NONE);
      expect(await claims(tokens, await rs.sign({ sub: "b" }))).toEqual(NONE); // nobody waits a second time
      expect(performance.now() - began).toBeLessThan(1000);
      expect(server.asked()).toBe(1);
      server.misbehave(undefined);
      ahead = 11_000;
      await until("they are verified", async () => (await subject(tokens, token)) === "a");
    });

    it("have nothing while nothing listens there", async () => {
      await server.close();
      expect(await claims(open(published), await rs.sign({ sub: "a" }))).toEqual(NONE);
      expect(log.lines[0]?.fields).toMatchObject({ at: server.url, why: expect.stringContaining("ECONNREFUSED") });
    });
  });

  it("are verified by keys in a file, which is read again when it changes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "canary-jwks-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const at = join(folder, "jwks.json");
    const tokens = open(settings({ algorithms: ["RS256"], keys: { from: "jwks", at } }));
    const [token, token2] = await Promise.all([rs.sign({ sub: "a" }), rs2.sign({ sub: "b" })]);
    expect(await subject(tokens, token)).toBeUndefined();
    expect(log.said("warn")).toHaveLength(1);
    writeFileSync(at, JSON.stringify({ keys: [rs.published] }));
    ahead = 3_000;
    await until("the file is found", async () => (await subject(tokens, token)) === "a");
    writeFileSync(at, JSON.stringify({ keys: [{ kty: "AKP", alg: "of the future" }, rs2.published] }));
    ahead = 6_000;
    await until("the new key counts", async () => (await subject(tokens, token2)) === "b");
    expect(await subject(tokens, token)).toBeUndefined();
  });
});
