import { mkdtempSync, rmSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer, TLSSocket } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { EndpointTls } from "../../src/proxy/endpoint-tls.ts";
import type { TlsSettings } from "../../src/routing/rules.ts";
import { certificate, certificatePath } from "../kit/certificates.ts";
import { until } from "../kit/until.ts";
import { startHttps, startRaw } from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

const TRUSTED: TlsSettings = { ca: certificatePath("ca.crt"), servername: undefined };

function stable(endpoint: string, tls: TlsSettings | undefined) {
  return { route: { stable: { version: "v1", endpoints: [endpoint], tls } } };
}

async function answerOf(url: string) {
  const response = await fetch(url);
  await response.text();
  return [response.status, response.headers.get("x-canary-error")];
}

describe("an endpoint behind TLS", () => {
  it("is asked by the name of its URL, and the session is used again", async () => {
    const names: (string | false | null)[] = [];
    const reused: boolean[] = [];
    const upstream = await using(
      startHttps(certificate("server"), ({ socket }, response) => {
        if (socket instanceof TLSSocket) {
          names.push(socket.servername);
          reused.push(socket.isSessionReused());
        }
        response.setHeader("connection", "close").end("ok");
      }),
    );
    const { url } = await laneTo("", stable(upstream.url.replace("127.0.0.1", "localhost"), TRUSTED));
    for (let i = 0; i < 3; i++) expect(await answerOf(url)).toEqual([200, null]);
    expect(names).toEqual(["localhost", "localhost", "localhost"]);
    expect(reused).toEqual([false, true, true]);
  });

  it("is asked by no name where its URL has an address, and connections are kept", async () => {
    const names = new Set<string | false | null>();
    const upstream = await using(
      startHttps(certificate("server"), ({ socket }, response) => {
        if (socket instanceof TLSSocket) names.add(socket.servername);
        response.end("ok");
      }),
    );
    const { url } = await laneTo("", stable(upstream.url, TRUSTED));
    for (let i = 0; i < 3; i++) expect(await answerOf(url)).toEqual([200, null]);
    expect([...names]).toEqual([false]);
    expect(upstream.accepted()).toBe(1);
  });

  it("is asked by the name that the version gives", async () => {
    const names: (string | false | null)[] = [];
    const upstream = await using(
      startHttps(certificate("server"), ({ socket }, response) => {
        if (socket instanceof TLSSocket) names.push(socket.servername);
        response.end("ok");
      }),
    );
    const { url } = await laneTo("", stable(upstream.url, { ...TRUSTED, servername: "model.internal" }));
    expect(await answerOf(url)).toEqual([200, null]);
    expect(names).toEqual(["model.internal"]);
  });

  it.each([
    ["nobody vouches for", "stranger", TRUSTED],
    ["nobody of the system's authorities vouches for", "server", undefined],
    ["is for another name", "server", { ...TRUSTED, servername: "other.internal" }],
    ["cannot be checked, because the authorities' file is missing", "server", { ...TRUSTED, ca: "/nowhere/ca.pem" }],
  ] as const)("is not asked when its certificate %s", async (_what, name, tls) => {
    let asked = 0;
    const upstream = await using(
      startHttps(certificate(name), (_request, response) => {
        asked++;
        response.end();
      }),
    );
    const { url, outcomes } = await laneTo("", stable(upstream.url, tls));
    expect(await answerOf(url)).toEqual([502, "upstream_bad_certificate"]);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 502, failure: "bad_certificate" });
    const socket = new WebSocket(url.replace("http:", "ws:"));
    const answer = await new Promise<IncomingMessage>((resolve) =>
      socket.on("unexpected-response", (_request, response) => resolve(response)),
    );
    expect(answer).toMatchObject({ statusCode: 502, headers: { "x-canary-error": "upstream_bad_certificate" } });
    answer.destroy();
    await until("the outcome is told", () => outcomes.length === 2);
    expect(outcomes[1]?.outcome).toMatchObject({ status: 502, failure: "bad_certificate" });
    expect(asked).toBe(0);
  });

  it("that speaks no TLS is a 502", async () => {
    const upstream = await using(
      startRaw((socket) => socket.on("data", () => socket.write("HTTP/1.1 400 No\r\n\r\n"))),
    );
    const { url } = await laneTo("", stable(upstream.url.replace("http:", "https:"), TRUSTED));
    expect(await answerOf(url)).toEqual([502, "upstream_refused"]);
  });

  it("is heard when it answers an upload early and closes", async () => {
    const server = createTlsServer(certificate("server"), (socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.write("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno", () => socket.destroy());
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const { lane } = await laneTo("", stable(`https://127.0.0.1:${port}`, TRUSTED));
    const upload = Buffer.alloc(64 * 1024);
    for (let i = 0; i < 50; i++) {
      const client = rawClient(lane.port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
      const send = (error?: Error | null): void => {
        if (!error && !client.text()) client.socket.write(upload, send);
      };
      send();
      await until("it is answered", () => client.text() !== "");
      expect(client.text()).toMatch(/^HTTP\/1\.1 413 /);
      client.socket.destroy();
    }
  });

  it("carries WebSockets", async () => {
    const server = createServer(certificate("server"));
    new WebSocketServer({ server }).on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const { lane, outcomes } = await laneTo("", stable(`https://localhost:${port}`, TRUSTED));
    const socket = new WebSocket(`ws://127.0.0.1:${lane.port}/`);
    socket.on("open", () => socket.send("hello"));
    const [data] = await new Promise<unknown[]>((resolve) => socket.on("message", (...got) => resolve(got)));
    expect(String(data)).toBe("hello");
    socket.close();
    await until("the outcome is told", () => outcomes.length === 1);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 101, failure: undefined });
  });
});

describe("the file of authorities", () => {
  it("is read again within seconds, and stays believed while it cannot be read", async () => {
    const folder = mkdtempSync(join(tmpdir(), "canary-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const ca = join(folder, "ca.pem");
    await copyFile(certificatePath("ca.crt"), ca);
    let now = 0;
    const warnings: string[] = [];
    const settings = { ca, servername: undefined };
    const tls = new EndpointTls(
      "localhost",
      settings,
      () => now,
      (message) => warnings.push(message),
    );
    const first = tls.secureContext();
    await copyFile(certificatePath("stranger.crt"), ca);
    now = 9_000;
    expect(tls.secureContext()).toBe(first);
    now = 11_000;
    const second = tls.secureContext();
    expect(second).not.toBe(first);
    rmSync(ca);
    now = 100_000;
    expect([tls.secureContext(), tls.secureContext()]).toEqual([second, second]);
    expect(warnings).toEqual([expect.stringMatching(/^The authorities in .*ca\.pem cannot be used \(.*ENOENT/)]);
  });
});
