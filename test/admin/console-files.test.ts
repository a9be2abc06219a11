import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import express from "express";
import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveConsole } from "../../src/admin/console-files.ts";
import { notFound } from "../../src/admin/troubles.ts";

const SCRIPT = "console.log('a script');\n".repeat(100);

describe("the console's files", () => {
  const app = express();
  const folder = mkdtempSync(join(tmpdir(), "canary-console-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeAll(() => {
    mkdirSync(join(folder, "assets"));
    writeFileSync(join(folder, "index.html"), "<!doctype html>");
    writeFileSync(join(folder, "assets", "plain-1.js"), SCRIPT);
    for (const [ending, bytes] of [
      ["", SCRIPT],
      [".br", brotliCompressSync(SCRIPT)],
      [".gz", gzipSync(SCRIPT)],
    ] as const) {
      writeFileSync(join(folder, "assets", `main-1.js${ending}`), bytes);
    }
    serveConsole(app, folder);
    app.use(notFound);
  });
  const asking = (encodings: string, path = "/assets/main-1.js") =>
    request(app).get(path).set("accept-encoding", encodings);

  it.each([
    ["br", "gzip, deflate, br, zstd"],
    ["gzip", "gzip, deflate"],
    ["gzip", "br;q=0, gzip"],
    [undefined, "identity"],
    [undefined, "zstd"],
  ])("come packed as %s to a browser that takes %s", async (encoding, accepted) => {
    const { headers, text } = await asking(accepted).expect(200);
    expect(headers["content-encoding"]).toBe(encoding);
    expect(headers).toMatchObject({
      "content-type": expect.stringMatching(/^text\/javascript/),
      "cache-control": "public, max-age=31536000, immutable",
      vary: expect.stringMatching(/accept-encoding/i),
    });
    expect(text).toBe(SCRIPT);
  });

  it("come as they are where the build has not packed them", async () => {
    const { headers, text } = await asking("br", "/assets/plain-1.js").expect(200);
    expect(headers).not.toHaveProperty("content-encoding");
    expect(text).toBe(SCRIPT);
  });

  it("are not there under names that the build has not made, whatever the browser takes", async () => {
    for (const encodings of ["br", "identity"]) {
      const { body, headers } = await asking(encodings, "/assets/main-2.js").expect(404);
      expect(body.error.message).toBe("There is no GET /assets/main-2.js here.");
      expect(headers).not.toHaveProperty("content-encoding");
    }
  });
});
