import { beforeEach, describe, expect, it } from "vitest";
import { type Answers, LookedUp } from "../../../src/proxy/identities/looked-up.ts";
import { until } from "../../kit/until.ts";

describe("what is looked up", () => {
  let now: number;
  let content: Map<string, string>;
  let questions: (readonly string[])[];
  /** undefined: as it should. */
  let otherwise: (() => Promise<Answers<string>>) | undefined;
  let troubles: (string | undefined)[];
  let names: LookedUp<string>;
  beforeEach(() => {
    now = 1000;
    content = new Map([
      ["a", "Ann"],
      ["b", "Bob"],
    ]);
    questions = [];
    otherwise = undefined;
    troubles = [];
    names = new LookedUp(
      async (asked) => {
        questions.push(asked);
        return otherwise?.() ?? { kind: "found", values: asked.map((key) => content.get(key)) };
      },
      { now: () => now, timeoutMs: 100, onTrouble: (why) => troubles.push(why) },
    );
  });
  const gone = async (): Promise<Answers<string>> => ({ kind: "unavailable", why: "it is gone" });
  /** As a request asks: at once, or once more after the wait. */
  async function ask(key: string): Promise<string | undefined> {
    const first = names.get(key);
    if (!(first instanceof Promise)) return first;
    await first;
    const second = names.get(key);
    if (second instanceof Promise) throw new Error("it must be known now");
    return second;
  }

  it("is asked for once, and known at once from then on, also that there is nothing", async () => {
    expect(await ask("a")).toBe("Ann");
    expect(await ask("?")).toBeUndefined();
    expect([names.get("a"), names.get("?")]).toEqual(["Ann", undefined]);
    expect(questions).toEqual([["a"], ["?"]]);
  });

  it("is one question when many ask in one turn, each key once", async () => {
    expect(await Promise.all(["a", "b", "a", "?"].map(ask))).toEqual(["Ann", "Bob", "Ann", undefined]);
    expect(questions).toEqual([["a", "b", "?"]]);
  });

  it("is several questions when it is more than a thousand keys", async () => {
    await Promise.all(Array.from({ length: 2500 }, (_, i) => ask(`${i}`)));
    expect(questions.map(({ length }) => length)).toEqual([1000, 1000, 500]);
  });

  it("is asked for again in the background after 2 s, without anybody waiting", async () => {
    await Promise.all([ask("a"), ask("?")]);
    content = new Map([
      ["a", "Anna"],
      ["?", "somebody"],
    ]);
    now += 2_001;
    expect([names.get("a"), names.get("?")]).toEqual(["Ann", undefined]);
    await until("the answers are new", () => names.get("a") === "Anna" && names.get("?") === "somebody");
    content = new Map();
    now += 2_001;
    await until("it is gone", () => names.get("a") === undefined);
    expect(questions).toHaveLength(3);
  });

  it("is waited for when what is known is older than 10 s", async () => {
    await ask("a");
    content.set("a", "Anna");
    now += 10_001;
    expect(await ask("a")).toBe("Anna");
  });

  it("is the last that was known while nobody answers, however old, and nobody waits", async () => {
    await ask("a");
    otherwise = gone;
    now += 3_600_000;
    expect(await ask("a")).toBe("Ann"); // the first one finds out
    expect(names.get("a")).toBe("Ann");
    expect(names.get("b")).toBeUndefined();
    expect(troubles).toEqual(["it is gone"]);
  });

  it("is tried again once a second, and is as always when somebody answers", async () => {
    otherwise = gone;
    expect(await ask("a")).toBeUndefined();
    for (let i = 0; i < 100; i++) names.get("a");
    expect(questions).toHaveLength(1);
    now += 1_001;
    for (let i = 0; i < 100; i++) names.get("a");
    await until("it was tried again", () => questions.length === 2);
    otherwise = undefined;
    content.set("a", "Anna");
    now += 1_001;
    names.get("a");
    await until("it is back", () => troubles.length === 2);
    expect([await ask("a"), await ask("b")]).toEqual(["Anna", "Bob"]);
    expect(troubles).toEqual(["it is gone", undefined]);
  });

  it("is given up when the answer does not come in time", async () => {
    otherwise = () => new Promise(() => {});
    expect(await ask("a")).toBeUndefined();
    expect(troubles).toEqual(["it did not answer within 100 ms"]);
  });

  it("is unavailable, and nothing worse, when the look-up itself fails", async () => {
    otherwise = () => Promise.reject(new Error("a bug"));
    expect(await ask("a")).toBeUndefined();
    expect(troubles).toEqual(["Error: a bug"]);
  });

  it("is forgotten when it is 100,000 that nobody knows, and they displace nobody who is known", async () => {
    await ask("a");
    let most = 0;
    for (let i = 0; i < 100_000; i += 1000) {
      await Promise.all(Array.from({ length: 1000 }, (_, j) => ask(`nobody ${i + j}`)));
      most = Math.max(most, names.size);
    }
    expect(most).toBeLessThan(12_001);
    expect(names.get("a")).toBe("Ann");
  });
});
