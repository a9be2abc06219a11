import { existsSync } from "node:fs";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished } from "vitest";

/** Debian's, or what a person may have. */
const EXECUTABLE = [
  process.env["CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
].find((path) => path !== "" && existsSync(path));

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A busy machine starts a router and a browser slowly. */
const SLOW_MS = 90_000;

/** A page, and what went wrong on it: errors, refused by the page's policy, requests to elsewhere. */
export interface Visit {
  readonly page: Page;
  readonly troubles: string[];
}

/** Opens a page in a browser of its own; relative addresses are below `baseURL`. */
export type Open = (options: BrowserContextOptions & { readonly baseURL: string }) => Promise<Visit>;

/** Tests in a real browser. Skipped with a word where there is none, but not in CI. */
export function describeInBrowser(name: string, tests: (open: Open) => void): void {
  if (EXECUTABLE === undefined) {
    const how = "Install it with `apt-get install chromium`, or say where it is with CHROMIUM=/path.";
    if (process.env["CI"] === "true") throw new Error(`There is no Chromium, and CI must test with it. ${how}`);
    console.warn(`!! SKIPPED: ${name}: there is no Chromium. ${how}`);
    describe.skip(name, () => tests(() => Promise.reject(new Error("there is no browser"))));
    return;
  }
  describe(name, { timeout: SLOW_MS }, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
    });
    afterAll(() => browser?.close());
    tests(async (options) => {
      if (browser === undefined) throw new Error("the browser has not started");
      const context = await browser.newContext({ reducedMotion: "reduce", ...options });
      context.setDefaultTimeout(10_000);
      onTestFinished(() => context.close());
      const page = await context.newPage();
      return { page, troubles: troublesOf(page, options.baseURL) };
    });
  });
}

function troublesOf(page: Page, own: string): string[] {
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("console", (message) => {
    // A status that says no is told as an error too.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      troubles.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(own) && !request.url().startsWith("data:")) troubles.push(`asks ${request.url()}`);
  });
  return troubles;
}

/** Nothing that axe finds serious or worse, and nothing wider than the window. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const found: unknown =
    await page.evaluate(`axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
    violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) =>
      id + ": " + nodes.map(({ html, failureSummary }) => html.slice(0, 200) + " " + failureSummary).join(" | ")))`);
  expect(found).toEqual([]);
  const wider = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth");
  expect(wider, "the page scrolls sideways").toBe(false);
}
