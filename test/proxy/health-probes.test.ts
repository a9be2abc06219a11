import { describe, expect, it } from "vitest";
import type { Resolve } from "../../src/proxy/express/addresses.ts";
import type { TlsSettings, Version } from "../../src/routing/rules.ts";
import { certificate, certificatePath } from "../kit/certificates.ts";
import { until } from "../kit/until.ts";
import { startHttp, startHttps } from "../kit/upstream.ts";
import { laneTo, using } from "./lane-fixture.ts";

const settings = { healthInterval: 20 };

/** A model server that says how it is, answers every request all the same, and counts both. */
function server(name: string) {
  const seen = { well: true, probes: [] as (string | undefined)[], requests: 0 };
  const upstream = (start: typeof startHttp) =>
    using(
      start((request, response) => {
        if (request.url?.endsWith("/health")) {
          seen.probes.push(request.url);
          response.statusCode = seen.well ? 200 : 503;
          response.end();
        } else {
          seen.requests++;
          response.end(name);
        }
      }),
    );
  return { seen, upstream };
}

async function ask(url: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await (await fetch(`${url}/v1/chat/completions`)).text();
}

describe("an endpoint whose version says where it tells how it is", () => {
  it("gets no request while it says that it is not well, and gets its part again when it is", async () => {
    const [one, other] = [server("one"), server("other")];
    const endpoints = [(await one.upstream(startHttp)).url, `${(await other.upstream(startHttp)).url}/base`];
    const version: Version = { version: "v1", endpoints, health: "/health" };
    const { lane, url } = await laneTo("", { route: { stable: version }, settings });
    await until("both were asked", () => one.seen.probes.length > 2 && other.seen.probes.length > 2);
    expect(other.seen.probes[0]).toBe("/base/health");

    other.seen.well = false;
    await until("it is left out", () => lane.leftOut(version).length > 0);
    expect(lane.leftOut(version)).toEqual([endpoints[1]]);
    const before = other.seen.requests;
    await ask(url, 20);
    expect(other.seen.requests).toBe(before);

    other.seen.well = true;
    await until("it is back", () => lane.leftOut(version).length === 0);
    await ask(url, 40);
    expect(other.seen.requests).toBeGreaterThan(before);
  });

  it("is asked through the TLS that its version wants", async () => {
    const one = server("one");
    const upstream = await one.upstream((listener) => startHttps(certificate("server"), listener));
    const version = (tls: TlsSettings | undefined): Version => ({
      version: "v1",
      endpoints: [upstream.url],
      health: "/health",
      tls,
    });
    const trusted = version({ ca: certificatePath("ca.crt"), servername: undefined });
    const fixture = await laneTo("", { route: { stable: trusted }, settings });
    await until("it was asked", () => one.seen.probes.length > 2);
    expect(fixture.lane.leftOut(trusted)).toEqual([]);
    const strange = version(undefined);
    fixture.edit({ stable: strange });
    await until("it is left out", () => fixture.lane.leftOut(strange).length === 1);
  });

  it("is not left out any more when nobody asks it any more", async () => {
    const one = server("one");
    one.seen.well = false;
    const { url } = await one.upstream(startHttp);
    const version: Version = { version: "v1", endpoints: [url], health: "/health" };
    const fixture = await laneTo("", { route: { stable: version }, settings });
    await until("it is left out", () => fixture.lane.leftOut(version).length === 1);
    const unasked: Version = { version: "v1", endpoints: [url] };
    fixture.edit({ stable: unasked });
    await until("it is asked like any other", () => fixture.lane.leftOut(unasked).length === 0);
    const asked = one.seen.probes.length;
    await ask(fixture.url, 5);
    expect(one.seen.requests).toBe(5);
    expect(one.seen.probes.length).toBeLessThanOrEqual(asked + 1);
  });

  it("is not left out because this machine has no room to ask it", async () => {
    const version: Version = { version: "v1", endpoints: ["http://model.test"], health: "/health" };
    let asked = 0;
    const resolve: Resolve = (_name, _options, callback) => {
      asked++;
      callback(Object.assign(new Error("too many open files"), { code: "EMFILE" }), []);
    };
    const { lane } = await laneTo("", { route: { stable: version }, settings, surroundings: { resolve } });
    await until("it would have been asked", () => asked > 4);
    expect(lane.leftOut(version)).toEqual([]);
  });

  it("is asked all the same when it is the last one", async () => {
    const one = server("one");
    one.seen.well = false;
    const { url } = await one.upstream(startHttp);
    const version: Version = { version: "v1", endpoints: [url], health: "/health" };
    const fixture = await laneTo("", { route: { stable: version }, settings });
    await until("it is left out", () => fixture.lane.leftOut(version).length === 1);
    await ask(fixture.url, 3);
    expect(one.seen.requests).toBe(3);
  });
});
