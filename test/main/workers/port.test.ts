import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Call, Port } from "../../../src/main/workers/port.ts";

const DOUBLE: Call<number, number> = { name: "double", asks: z.number(), answers: z.number() };
const NOTE: Call<string, void> = { name: "note", asks: z.string(), answers: z.void() };

/** Two ends of one channel. */
function pair() {
  const troubles: string[] = [];
  const end = (other: () => Port) =>
    new Port({ send: (message) => void queueMicrotask(() => other().take(structuredClone(message))) }, (why) =>
      troubles.push(why),
    );
  const one: Port = end(() => two);
  const two: Port = end(() => one);
  return { one, two, troubles };
}

describe("a port", () => {
  it("answers questions from both sides", async () => {
    const { one, two } = pair();
    one.answer(DOUBLE, (number) => 2 * number);
    two.answer(DOUBLE, async (number) => 20 * number);
    expect(await Promise.all([one.ask(DOUBLE, 1), two.ask(DOUBLE, 1), one.ask(DOUBLE, 2)])).toEqual([20, 2, 40]);
  });

  it("keeps what is said and what is asked in their order", async () => {
    const { one, two } = pair();
    const heard: string[] = [];
    two.answer(NOTE, (text) => void heard.push(text));
    one.tell(NOTE, "a");
    const answered = one.ask(NOTE, "b");
    one.tell(NOTE, "c");
    await answered;
    expect(heard.join("")).toBe("abc");
  });

  it("tells whoever asks why there is no answer", async () => {
    const { one, two } = pair();
    await expect(one.ask(DOUBLE, 1)).rejects.toThrow('nobody here answers "double"');
    two.answer(DOUBLE, () => {
      throw new Error("it is too much");
    });
    await expect(one.ask(DOUBLE, 1)).rejects.toThrow("it is too much");
    two.answer({ ...DOUBLE, asks: z.string(), answers: z.string() }, (text) => text);
    await expect(one.ask(DOUBLE, 1)).rejects.toThrow(/expected string/);
    two.answer({ ...DOUBLE, asks: z.unknown(), answers: z.string() }, () => "two");
    await expect(one.ask(DOUBLE, 1)).rejects.toThrow(/expected number/);
  });

  it("tells of what was said in vain", async () => {
    const { one, troubles } = pair();
    one.tell(NOTE, "hello");
    await expect.poll(() => troubles).toEqual(['note: nobody here answers "note"']);
  });

  it("lets nobody wait for a process that has ended", async () => {
    const port = new Port({ send: () => undefined }, () => undefined);
    const asked = port.ask(DOUBLE, 1);
    port.close("it has ended");
    await expect(asked).rejects.toThrow("it has ended");
    await expect(port.ask(DOUBLE, 2)).rejects.toThrow("it has ended");
    const broken = new Port({ send: (_, sent) => sent(new Error("the pipe is closed")) }, () => undefined);
    await expect(broken.ask(DOUBLE, 1)).rejects.toThrow("the pipe is closed");
  });
});
