import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { EXPRESS_DEFAULTS } from "../../src/proxy/express/express-settings.ts";
import { laneClock } from "../kit/lane-clock.ts";
import { until } from "../kit/until.ts";
import { startEcho, startHttp, startRaw } from "../kit/upstream.ts";
import { laneTo, rawClient, using } from "./lane-fixture.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/** A lane with the settings that hold where nothing is said, on a clock that is moved by hand. */
async function defaultLaneTo(url: string) {
  const clock = laneClock();
  const fixture = await laneTo(url, { settings: EXPRESS_DEFAULTS, surroundings: { clock } });
  return { ...fixture, pass: clock.pass };
}

/** Tells when there is one that `url` was asked for; answers only when told. */
async function startPatient() {
  const answers: ((part: string) => void)[] = [];
  const upstream = await using(
    startHttp((_request, response) => {
      answers.push((part) => (part === "" ? response.end() : response.write(part)));
    }),
  );
  return { upstream, asked: () => answers.length, say: (part: string) => answers.at(-1)?.(part) };
}

describe("at the default settings", () => {
  it("a model may think for 15 minutes before it begins to answer, but not for ever", async () => {
    const { upstream, asked, say } = await startPatient();
    const { lane, pass } = await defaultLaneTo(upstream.url);
    const client = rawClient(lane.port, GET);
    await until("it is asked", () => asked() === 1);
    pass(15 * MINUTE);
    say("at last");
    say("");
    await until("it is answered", () => client.text().endsWith("\r\n0\r\n\r\n"));
    expect(client.text()).toMatch(/^HTTP\/1\.1 200 [\s\S]*at last/);
    client.socket.write(GET);
    await until("it is asked again", () => asked() === 2);
    pass(31 * MINUTE);
    await until("it is given up", () => client.text().includes("x-canary-error: first_byte_timeout"));
  });

  it("a stream may last 30 minutes with long pauses, but may not fall silent", async () => {
    const { upstream, asked, say } = await startPatient();
    const { lane, pass } = await defaultLaneTo(upstream.url);
    const client = rawClient(lane.port, GET);
    await until("it is asked", () => asked() === 1);
    for (let minute = 0; minute < 32; minute += 8) {
      say(`after ${minute} minutes`);
      await until("it has come", () => client.text().includes(`after ${minute} minutes`));
      pass(8 * MINUTE);
    }
    say("still there");
    await until("it has come", () => client.text().includes("still there"));
    pass(11 * MINUTE);
    expect(await client.closed).toBe("broken");
  });

  it("an upload of 2 GiB may take 10 minutes", { timeout: 120_000 }, async () => {
    const total = 2 * 1024 ** 3;
    let received = 0;
    const upstream = await using(
      startRaw((socket) => {
        let headLength = 0;
        socket.on("data", (data) => {
          if (headLength === 0) headLength = data.indexOf("\r\n\r\n") + 4;
          received += data.length;
          if (received - headLength === total) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
        });
      }),
    );
    const { lane, outcomes, pass } = await defaultLaneTo(upstream.url);
    const client = connect(lane.port, "127.0.0.1");
    let answer = "";
    client.on("data", (data) => {
      answer += data.toString("latin1");
    });
    client.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${total}\r\n\r\n`);
    const part = Buffer.alloc(total / 64);
    for (let i = 0; i < 64; i++) {
      const before = received;
      if (!client.write(part)) await new Promise((resolve) => client.once("drain", resolve));
      await until("it moves", () => received > before);
      pass(10 * SECOND);
    }
    await until("it is answered", () => answer.endsWith("done"), 60_000);
    expect(outcomes[0]?.outcome).toMatchObject({ status: 200, failure: undefined });
    expect(outcomes[0]?.outcome.duration).toBeGreaterThan(10 * MINUTE);
    client.destroy();
  });

  it("a client keeps its idle connection for longer than a load balancer's 60 s, and not for ever", async () => {
    const echo = await using(startEcho());
    const { lane, pass } = await defaultLaneTo(echo.url);
    const client = rawClient(lane.port, GET);
    for (let i = 1; i < 3; i++) {
      await until("it is answered", () => client.text().split("HTTP/1.1 200").length === i + 1);
      pass(74 * SECOND);
      client.socket.write(GET);
    }
    await until("the last is answered", () => client.text().split("HTTP/1.1 200").length === 4);
    pass(76 * SECOND);
    expect(await client.closed).toBe("clean");
  });

  it("a body may trickle in, but must not stop for a minute", async () => {
    let received = 0;
    const upstream = await using(
      startRaw((socket) =>
        socket.on("data", (data) => {
          received += data.length;
        }),
      ),
    );
    const { lane, pass } = await defaultLaneTo(upstream.url);
    const client = rawClient(lane.port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n");
    await until("it is forwarded", () => received > 0);
    for (let i = 0; i < 20; i++) {
      const before = received;
      pass(55 * SECOND);
      client.socket.write("x");
      await until("the byte has come", () => received === before + 1);
    }
    expect(client.text()).toBe("");
    pass(61 * SECOND);
    await until("it is told", () => client.text().includes("x-canary-error: body_timeout"));
  });

  it("a head has 30 s", async () => {
    const echo = await using(startEcho());
    const { lane, pass } = await defaultLaneTo(echo.url);
    // The answer says that the part behind the first request has been seen too.
    const client = rawClient(lane.port, `${GET}GET / HT`);
    await until("the first is answered", () => client.text().endsWith("}"));
    pass(29 * SECOND);
    client.socket.write(`TP/1.1\r\nHost: x\r\n\r\n${GET.slice(0, 5)}`);
    await until("the second is answered", () => client.text().split("HTTP/1.1 200").length === 3);
    pass(31 * SECOND);
    await until("it is told", () => client.text().includes("x-canary-error: request_timeout"));
  });
});
