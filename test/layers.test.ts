import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = resolve(import.meta.dirname, "../src");

/** Imports point from a room to rooms of lower levels only; rooms of one level do not see each other. */
const LEVELS = [
  ["routing", "inference", "config", "log", "slices", "at-most"],
  ["rules", "metrics", "tracing"],
  ["store", "proxy", "guard"],
  ["admin", "demo", "capture"],
  ["console"],
  ["main"],
  ["cli"],
];
/**
 * Rooms and files that know no IO, clock or dice: nothing but files of the house, and the globals of the language. What
 * stands before a dash in a file's name is its family's: `guard/sequential` is `guard/sequential-curve.ts`, too.
 */
const PURE = [
  "routing",
  "inference",
  "guard/agreement",
  "guard/breaker",
  "guard/callers",
  "guard/disagreements",
  "guard/guard",
  "guard/paces",
  "guard/sequential",
  "guard/slowness",
  "guard/tallies",
  "guard/verdict",
];
/**
 * The browser's room. Nobody sees it, and of the router it takes types, and code of these rooms and files, which asks
 * nothing of Node.
 */
const BROWSER = "console";
const FOR_BROWSERS = ["routing", "inference", "rules", "config/roles.ts"];
const IMPURE_GLOBALS =
  /\b(Date\.now|new Date\(\)|Math\.random|performance\.now|setTimeout|setInterval|process\.|fetch\()/;

interface Source {
  readonly path: string;
  readonly text: string;
}

interface Import {
  readonly file: string;
  readonly specifier: string;
  /** Gone once it is compiled. */
  readonly typeOnly: boolean;
}

function sources(): Source[] {
  return readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(SRC, path), "utf8") }));
}

function importsOf({ path, text }: Source): Import[] {
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b( type\b)?[^;'"]*?from\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g,
  );
  return [...found].map((match) => ({
    file: path,
    specifier: match[2] ?? match[3] ?? "",
    typeOnly: match[1] !== undefined,
  }));
}

function roomOf(path: string): string {
  return (path.split("/")[0] ?? "").replace(/\.ts$/, "");
}

function levelOf(room: string): number {
  return LEVELS.findIndex((rooms) => rooms.includes(room));
}

/** The name in `PURE` that a file falls under. */
function purityOf(file: string): string | undefined {
  return PURE.find((name) => ["/", "-", ".ts"].some((end) => file.startsWith(`${name}${end}`)));
}

/** What is wrong with one import, in words; undefined: nothing. */
function breach({ file, specifier, typeOnly }: Import): string | undefined {
  const from = roomOf(file);
  const pure = purityOf(file);
  if (!specifier.startsWith(".")) {
    return pure === undefined ? undefined : `${file} imports ${specifier}, but ${pure} is pure`;
  }
  const target = relative(SRC, resolve(SRC, dirname(file), specifier));
  const to = roomOf(target);
  if (levelOf(to) < 0) return `${file} imports ${specifier}, which is in no room`;
  if (to === from) return undefined;
  if (to === BROWSER) return `${file} imports ${specifier}, which is for browsers`;
  if (from === BROWSER && !typeOnly && !FOR_BROWSERS.some((one) => one === to || one === target)) {
    return `${file} imports ${specifier}, of which the browser may have types only`;
  }
  return levelOf(to) < levelOf(from) ? undefined : `${file} imports ${specifier}: ${from} may not see ${to}`;
}

describe("the house", () => {
  it("has every source file in a room that has a level", () => {
    expect(sources().filter(({ path }) => levelOf(roomOf(path)) < 0)).toEqual([]);
  });

  it("imports one way only", () => {
    const breaches = sources()
      .flatMap(importsOf)
      .map(breach)
      .filter((found) => found !== undefined);
    expect(breaches).toEqual([]);
  });

  it("catches nothing that nobody has caught", () => {
    const lastResorts = sources().filter(({ text }) => /uncaughtException|unhandledRejection/.test(text));
    expect(lastResorts.map(({ path }) => path)).toEqual([]);
  });

  it("keeps clock, dice and IO out of the pure rooms", () => {
    const impure = sources()
      .filter(({ path }) => purityOf(path) !== undefined)
      .filter(({ text }) => IMPURE_GLOBALS.test(text));
    expect(impure.map(({ path }) => path)).toEqual([]);
  });

  it.each([
    ["routing/decide.ts", "../proxy/door.ts"],
    ["routing/decide.ts", "../inference/modality.ts"],
    ["routing/decide.ts", "node:crypto"],
    ["guard/sequential-curve.ts", "node:crypto"],
    ["store/redis.ts", "../proxy/door.ts"],
    ["proxy/http-lane.ts", "../admin/app.ts"],
    ["admin/app.ts", "../main.ts"],
    ["main.ts", "./console/session.ts"],
    ["console/session.ts", "../admin/shapes/session.ts"],
  ])("calls it a breach when %s imports %s", (file, specifier) => {
    expect(breach({ file, specifier, typeOnly: false })).toBeTypeOf("string");
  });

  it("lets the browser know the types of everything, and the language of rules", () => {
    const file = "console/session.ts";
    expect(breach({ file, specifier: "../admin/shapes/session.ts", typeOnly: true })).toBeUndefined();
    expect(breach({ file, specifier: "../rules/read-rules.ts", typeOnly: false })).toBeUndefined();
  });
});
