import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSettings, type Settings } from "../src/config.ts";
import { startRouter } from "../src/main.ts";

const SILENT = { info() {}, warn() {}, error() {} };

describe("starting the router", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "canary-start-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  function settings(proxyPort: number, adminPort: number): Settings {
    const env = {
      CANARY_PROXY_HOST: "127.0.0.1",
      CANARY_PROXY_PORT: `${proxyPort}`,
      CANARY_ADMIN_PORT: `${adminPort}`,
      CANARY_RULES_FILE: join(folder, "rules.yaml"),
    };
    const read = readSettings({ file: undefined, env, flags: {} });
    if (read.kind === "refused") throw new Error(read.errors.join("\n"));
    return read.settings;
  }
  async function listening(port: number) {
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    return { server, port: typeof address === "object" && address !== null ? address.port : port };
  }

  it("closes what it had opened when it cannot listen for requests", async () => {
    const taken = await listening(0);
    const free = await listening(0);
    free.server.close();
    await once(free.server, "close");
    await expect(startRouter(settings(taken.port, free.port), SILENT)).rejects.toThrow(/EADDRINUSE/);
    const again = await listening(free.port);
    again.server.close();
    taken.server.close();
  });

  it("can be started anew where it has been stopped, and stops once however often it is asked to", async () => {
    const first = await startRouter(settings(0, 0), SILENT);
    const stopping = first.stop();
    expect(first.stop()).toBe(stopping);
    await stopping;
    const second = await startRouter(settings(first.proxyPort, first.adminPort), SILENT);
    expect(second.proxyPort).toBe(first.proxyPort);
    await second.stop();
  });
});
