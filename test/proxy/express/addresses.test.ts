import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { describe, expect, it } from "vitest";
import { onlyAllowed, rememberingLookup } from "../../../src/proxy/express/addresses.ts";

const SECOND = 1000;

/** `never`: the resolver hangs. */
type Answer = readonly string[] | Error | "never";

/** A resolver that answers as it is told, on a clock that is moved by hand. */
function stage(...first: string[]) {
  let now = 0;
  let known: Answer = first;
  let asked = 0;
  const lookup = rememberingLookup(
    () => now,
    (_hostname, _options, callback) => {
      asked++;
      if (known === "never") return;
      if (known instanceof Error) callback(known, []);
      else
        callback(
          null,
          known.map((address) => ({ address, family: 4 })),
        );
    },
  );
  return {
    all: () => resolved(lookup, true),
    one: () => resolved(lookup, false),
    pass: (ms: number) => {
      now += ms;
    },
    answer: (next: Answer) => {
      known = next;
    },
    asked: () => asked,
  };
}

function resolved(lookup: LookupFunction, all: boolean): Promise<string> {
  return new Promise((resolve) =>
    lookup("models.internal", { all }, (error, found: string | LookupAddress[]) =>
      resolve(error?.message ?? (typeof found === "string" ? found : found.map(({ address }) => address).join(" "))),
    ),
  );
}

describe("looking up a name", () => {
  it("asks the resolver once for a few seconds", async () => {
    const { all, pass, asked, answer } = stage("10.0.0.1");
    await all();
    answer(["10.0.0.2"]);
    pass(4.9 * SECOND);
    expect(await all()).toBe("10.0.0.1");
    expect(asked()).toBe(1);
    pass(0.2 * SECOND);
    expect(await all()).toBe("10.0.0.2");
    expect(asked()).toBe(2);
  });

  it("gives each of a name's addresses its turn to be first", async () => {
    const { one, all } = stage("10.0.0.1", "10.0.0.2", "10.0.0.3");
    expect([await one(), await one(), await one(), await one()]).toEqual([
      "10.0.0.1",
      "10.0.0.2",
      "10.0.0.3",
      "10.0.0.1",
    ]);
    expect(await all()).toBe("10.0.0.2 10.0.0.3 10.0.0.1");
  });

  it.each([new Error("SERVFAIL"), []])("keeps the last good answer while the resolver says %j", async (bad) => {
    const { one, pass, answer } = stage("10.0.0.1");
    await one();
    answer(bad);
    pass(3600 * SECOND);
    expect(await one()).toBe("10.0.0.1");
    answer(["10.0.0.9"]);
    pass(5 * SECOND);
    expect(await one()).toBe("10.0.0.9");
  });

  it("makes one wait at the most when the resolver hangs", async () => {
    const { one, pass, answer, asked } = stage("10.0.0.1");
    await one();
    answer("never");
    pass(10 * SECOND);
    void one();
    expect([await one(), await one()]).toEqual(["10.0.0.1", "10.0.0.1"]);
    expect(asked()).toBe(2);
  });

  it("fails when there never was an answer", async () => {
    const { one, answer } = stage();
    expect(await one()).toBe("models.internal has no address");
    answer(new Error("ENOTFOUND"));
    expect(await one()).toBe("ENOTFOUND");
  });
});

describe("a resolver of allowed addresses", () => {
  const resolve = onlyAllowed(
    (address) => !address.startsWith("169.254."),
    (hostname, _options, callback) => {
      if (hostname === "nobody") return callback(new Error("ENOTFOUND"), []);
      const addresses = hostname === "mixed" ? ["10.0.0.1", "169.254.169.254"] : ["169.254.169.254"];
      callback(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );
    },
  );
  const asked = (hostname: string) =>
    new Promise<string[] | string>((told) => {
      resolve(hostname, { all: true }, (error, addresses) => {
        told(error === null ? addresses.map(({ address }) => address) : error.message);
      });
    });

  it("leaves out those that are not", async () => {
    expect(await asked("mixed")).toEqual(["10.0.0.1"]);
  });

  it("fails where none is left, and where the resolver fails", async () => {
    expect(await asked("metadata")).toBe("metadata has no address that the router may send to");
    expect(await asked("nobody")).toBe("ENOTFOUND");
  });
});
