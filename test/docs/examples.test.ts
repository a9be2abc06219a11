import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { SETTING_NAMES } from "../../src/config.ts";
import { routerMetrics } from "../../src/metrics/router-metrics.ts";
import { NO_CUTS } from "../../src/routing/cuts.ts";
import { type ReadRules, readRules } from "../../src/rules/read-rules.ts";
import { fileDirectory } from "../../src/store/file-directory.ts";
import { memoryLog } from "../kit/memory-log.ts";

const BASE = `version: 1
customers: { id: header:x-customer-id, type: header:x-customer-type }
routes:
  - name: chat
    match: [{ path: /v1/chat/completions }]
    stable: { version: "2026-10", endpoints: [http://10.0.0.11:8000] }
    candidate: { version: "2026-11", endpoints: [http://10.0.1.11:8000] }
`;

interface Block {
  /** What stands after the three back-ticks. */
  readonly kind: string;
  readonly text: string;
  readonly line: number;
}

function blocksOf(path: string): Block[] {
  const document = readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  return [...document.matchAll(/^```(.+)\n([\s\S]*?)^```$/gm)].map((found) => ({
    kind: found[1] ?? "",
    text: found[2] ?? "",
    line: document.slice(0, found.index).split("\n").length,
  }));
}

/** A whole document, or the rules of a route or its customers, which get the rest around them. */
function documentOf(text: string): string {
  if (text.startsWith("customers:")) return BASE.replace(/^customers:.*\n/m, text);
  return text.startsWith("rules:") ? BASE + text.replace(/^/gm, "    ") : text;
}

function mistakesOf(result: ReadRules): string {
  if (result.kind === "rules") return "";
  return result.errors.map(({ line, column, message }) => `${line}:${column} ${message}\n`).join("");
}

describe.each(["README.md", "docs/rules.md", "docs/identity.md", "docs/capture.md", "docs/shadow.md"])(
  "the rules in %s",
  (path) => {
    const blocks = blocksOf(path);

    it.each(blocks.filter(({ kind }) => kind === "yaml"))("are right in line $line", ({ text }) => {
      expect(mistakesOf(readRules(documentOf(text)))).toBe("");
    });

    it("are there", () => {
      expect(blocks.filter(({ kind }) => kind === "yaml")).not.toEqual([]);
    });
  },
);

describe("the mistakes in docs/rules.md", () => {
  it("are told as the document says", () => {
    const blocks = blocksOf("docs/rules.md");
    const wrong = blocks.findIndex(({ kind }) => kind === "yaml mistakes");
    expect(mistakesOf(readRules(blocks[wrong]?.text ?? ""))).toBe(blocks[wrong + 1]?.text);
  });
});

it("knows the customer of the directory in docs/identity.md by the key that it shows", async () => {
  const folder = mkdtempSync(join(tmpdir(), "canary-docs-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "customers.yaml");
  writeFileSync(path, blocksOf("docs/identity.md").find(({ kind }) => kind === "yaml directory")?.text ?? "");
  const answer = await fileDirectory(path, memoryLog()).owners([createHash("sha256").update("KEY").digest("hex")]);
  expect(answer).toEqual({ kind: "found", values: [{ customer: "acme", type: "premium" }] });
});

describe("docs/operating.md", () => {
  const operating = readFileSync(new URL("../../docs/operating.md", import.meta.url), "utf8");

  it.each(SETTING_NAMES)("has the setting $key and $env", ({ key, env }) => {
    expect(operating).toMatch(new RegExp(`^\\| \`${key}\` \\| \`${env}\` \\|`, "m"));
  });

  it("has every metric of the router and no other", async () => {
    const state = {
      table: undefined,
      cuts: NO_CUTS,
      ramps: [],
      storeUp: true,
      age: 0,
      rejected: 0,
      leftOut: () => [],
      guard: { candidates: [], shared: true },
    };
    const exposed = (await routerMetrics("1.0.0", () => state).exposition()).matchAll(/^# HELP (canary_router_\w+)/gm);
    const told = operating.matchAll(/^\| `(canary_router_\w+)`/gm);
    const names = (found: Iterable<RegExpMatchArray>) => [...found].map(([, name]) => name).sort();
    expect(names(told)).toEqual(names(exposed));
  });
});
