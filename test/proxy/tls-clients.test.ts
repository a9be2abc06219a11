import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { copyFile, mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { connect as connectPlain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { followCertificate, readCertificate } from "../../src/proxy/certificate.ts";
import { certificate, certificatePath } from "../kit/certificates.ts";
import { memoryLog } from "../kit/memory-log.ts";
import { until } from "../kit/until.ts";
import { type Seen, startAnswering, startEcho, startSilent, startWebSocketEcho } from "../kit/upstream.ts";
import { laneTo, using } from "./lane-fixture.ts";

const ca = readFileSync(certificatePath("ca.crt"), "utf8");
const SERVER = { certificate: certificate("server") };
const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/** A raw TLS client that sends `text` and gathers what comes. */
function tlsClient(port: number, text: string, options: { readonly ALPNProtocols?: string[] } = {}) {
  const socket: TLSSocket = connect({ port, host: "127.0.0.1", ca, ...options }, () => socket.write(text));
  let received = "";
  let failed: Error | undefined;
  socket.setEncoding("latin1").on("data", (chunk) => {
    received += chunk;
  });
  socket.on("error", (error) => {
    failed = error;
  });
  onTestFinished(() => void socket.destroy());
  return { socket, text: () => received, failed: () => failed };
}

function nameOf(socket: TLSSocket): string | string[] | undefined {
  return socket.getPeerCertificate().subject?.CN;
}

describe("the proxy port with a certificate", () => {
  it("serves HTTP/1.1 over TLS, and tells the endpoint so", async () => {
    const echo = await using(startEcho());
    const { lane } = await laneTo(echo.url, { settings: SERVER });
    const body = await new Promise<string>((resolve, reject) => {
      const asking = request({ port: lane.port, host: "127.0.0.1", method: "POST", ca, agent: false }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk) => {
          text += chunk;
        });
        answer.on("end", () => resolve(text));
      });
      asking.on("error", reject);
      asking.end("x".repeat(300_000));
    });
    const seen: Seen = JSON.parse(body);
    expect(seen).toMatchObject({ method: "POST", length: 300_000 });
    expect(seen.headers).toContainEqual(["x-forwarded-proto", "https"]);
  });

  it("speaks http/1.1 of what a client offers, and nothing with one that only offers others", async () => {
    const echo = await using(startEcho());
    const { lane } = await laneTo(echo.url, { settings: SERVER });
    const both = tlsClient(lane.port, GET, { ALPNProtocols: ["h2", "http/1.1"] });
    await until("it is served", () => both.text().startsWith("HTTP/1.1 200 "));
    expect(both.socket.alpnProtocol).toBe("http/1.1");
    const other = tlsClient(lane.port, GET, { ALPNProtocols: ["h2"] });
    await until("it is refused", () => other.failed() !== undefined);
  });

  it("carries WebSockets, and tells the endpoint so", async () => {
    const told: unknown[] = [];
    const echo = await using(startWebSocketEcho((request) => told.push(request.headers["x-forwarded-proto"])));
    const { lane } = await laneTo(echo.url, { settings: SERVER });
    const socket = new WebSocket(`wss://127.0.0.1:${lane.port}/path`, { ca });
    const received: string[] = [];
    socket.on("message", (data) => received.push(String(data)));
    socket.on("open", () => socket.send("hello"));
    await until("it is back", () => received.length === 2);
    expect([received, told]).toEqual([["/path", "hello"], ["https"]]);
    socket.close();
  });

  it("breaks off an answer that the endpoint breaks, and harms nobody else by it", async () => {
    const upstream = await using(
      startAnswering("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "reset"),
    );
    const { lane, outcomes } = await laneTo(upstream.url, { settings: SERVER });
    const upgrade =
      "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    const client = tlsClient(lane.port, upgrade);
    await until("the outcome is told", () => outcomes.length === 1);
    await until("the client knows", () => client.socket.destroyed || client.socket.readableEnded);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 101, failure: "truncated" });
  });

  it("leaves the endpoint alone when the client goes", async () => {
    const silent = await using(startSilent());
    const { lane, outcomes } = await laneTo(silent.url, { settings: SERVER });
    const client = tlsClient(lane.port, GET);
    await until("it is forwarded", () => silent.open() === 1);
    client.socket.destroy();
    await until("the upstream connection is gone", () => silent.open() === 0, 200);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 499, failure: undefined });
  });

  it("is not kept open by who never ends the handshake, or speaks plain HTTP", async () => {
    const echo = await using(startEcho());
    const { lane } = await laneTo(echo.url, { settings: { ...SERVER, headTimeout: 50 } });
    for (const text of ["", GET]) {
      const socket = connectPlain({ port: lane.port, host: "127.0.0.1" });
      socket.on("error", () => {});
      socket.write(text);
      await until("it is closed", () => socket.destroyed || socket.readableEnded || socket.resume().closed);
    }
    expect(echo.accepted()).toBe(0);
  });

  it("does not wait for handshakes when it drains", async () => {
    const { lane } = await laneTo("http://127.0.0.1:9", { settings: SERVER });
    const socket = connectPlain({ port: lane.port, host: "127.0.0.1" });
    socket.on("error", () => {});
    await until("it is connected", () => !socket.connecting);
    const started = performance.now();
    await lane.drain(10_000);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe("a renewed certificate", () => {
  /** A folder as Kubernetes mounts secrets: the files are links into `..data`, itself a link that is swapped. */
  async function mountedSecret() {
    const folder = mkdtempSync(join(tmpdir(), "canary-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    let swaps = 0;
    const put = async (name: "server" | "renewed"): Promise<void> => {
      const version = `..${++swaps}`;
      await mkdir(join(folder, version));
      await copyFile(certificatePath(`${name}.crt`), join(folder, version, "tls.crt"));
      await copyFile(certificatePath(`${name}.key`), join(folder, version, "tls.key"));
      await symlink(version, join(folder, `..new${swaps}`));
      await rename(join(folder, `..new${swaps}`), join(folder, "..data"));
    };
    await put("server");
    for (const file of ["tls.crt", "tls.key"]) await symlink(join("..data", file), join(folder, file));
    return { files: { cert: join(folder, "tls.crt"), key: join(folder, "tls.key") }, put };
  }

  it("is shown to new connections, and old ones go on", async () => {
    const echo = await using(startEcho());
    const { files, put } = await mountedSecret();
    const first = await readCertificate(files);
    const { lane } = await laneTo(echo.url, { settings: { certificate: first } });
    const log = memoryLog();
    onTestFinished(followCertificate(files, first, (renewed) => lane.useCertificate(renewed), log, 10));
    const old = tlsClient(lane.port, GET);
    await until("it is served", () => old.text().endsWith("}"));
    expect(nameOf(old.socket)).toBe("server");
    await put("renewed");
    await until("it is noticed", () => log.said("info").length === 1);
    const fresh = tlsClient(lane.port, GET);
    await until("it is served too", () => fresh.text().endsWith("}"));
    expect(nameOf(fresh.socket)).toBe("renewed");
    old.socket.write(GET);
    await until("the old one goes on", () => old.text().split("HTTP/1.1 200").length === 3);
  });

  it("that is broken changes nothing but the log, once", async () => {
    const { files } = await mountedSecret();
    const first = await readCertificate(files);
    const log = memoryLog();
    const changes: unknown[] = [];
    const end = followCertificate(files, first, (renewed) => changes.push(renewed), log, 5);
    onTestFinished(end);
    // In one step: without a key, or with half of one, it would be broken in other ways first.
    await writeFile(`${files.key}.new`, certificate("renewed").key);
    await rename(`${files.key}.new`, files.key);
    await until("it is told", () => log.said("error").length === 1);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect([log.said("error").length, changes]).toEqual([1, []]);
    await writeFile(files.cert, "");
    await until("it is told again", () => log.said("error").length >= 2);
    await copyFile(certificatePath("renewed.crt"), files.cert);
    await until("the mended one is used", () => changes.length === 1);
    expect(changes).toEqual([certificate("renewed")]);
  });

  it("must be there and fit at the start", async () => {
    await expect(readCertificate({ cert: "/nowhere.crt", key: "/nowhere.key" })).rejects.toThrow(
      /^The certificate \/nowhere\.crt with the key \/nowhere\.key cannot be used \(.*ENOENT.*\): write /,
    );
    const files = { cert: certificatePath("server.crt"), key: certificatePath("renewed.key") };
    await expect(readCertificate(files)).rejects.toThrow(/cannot be used \(.*\): write a certificate and the key/);
  });
});
