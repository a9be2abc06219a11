import { describe, expect, it } from "vitest";
import { Opened } from "../../src/main/opened.ts";

describe("what was opened", () => {
  it("is closed in the opposite order, each thing though another cannot be closed", async () => {
    const closed: string[] = [];
    const errors: unknown[] = [];
    const opened = new Opened({
      info() {},
      warn() {},
      error: (_, fields) => errors.push(fields?.["error"]),
    });
    const broken = new Error("broken");
    opened.add(async () => void closed.push("first"));
    opened.add(() => {
      throw broken;
    });
    opened.add(() => void closed.push("last"));
    await opened.close();
    await opened.close();
    expect(closed).toEqual(["last", "first"]);
    expect(errors).toEqual([broken]);
  });
});
