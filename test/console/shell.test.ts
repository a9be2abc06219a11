import type { Response } from "playwright-core";
import { expect, it } from "vitest";
import { describeInBrowser, expectAccessible } from "../kit/browser.ts";
import { until } from "../kit/until.ts";
import { startStage } from "./stage.ts";

const MOST_KILOBYTES = 150;

const PAGES = ["/", "/rules", "/explain", "/history", "/replicas"];
/** The editor of YAML, which comes after everything else. */
const EDITOR = /^\/assets\/yaml-editor-/;

/** What came over the wire; of what the browser had already, what did once. */
async function sizeOf(response: Response): Promise<number> {
  const headers = await response.allHeaders();
  expect(headers["content-encoding"]).toBe("gzip");
  return Number(headers["content-length"]);
}

describeInBrowser("the console", (open) => {
  it("paints within a second", async () => {
    const { router } = await startStage();
    const paints: number[] = [];
    for (let i = 0; i < 3; i++) {
      const { page } = await open({ baseURL: router.adminUrl });
      await page.goto("/");
      await page.getByRole("article", { name: "chat" }).waitFor();
      paints.push(Number(await page.evaluate('performance.getEntriesByName("first-contentful-paint")[0].startTime')));
    }
    expect(Math.min(...paints)).toBeGreaterThan(0);
    expect(Math.min(...paints)).toBeLessThan(1_000);
  });

  it.each(["light", "dark"] as const)(
    "is accessible on every page, and asks nobody else, in %s",
    async (colorScheme) => {
      const { router } = await startStage();
      for (const viewport of [
        { width: 380, height: 800 },
        { width: 1600, height: 900 },
      ]) {
        const { page, troubles } = await open({ baseURL: router.adminUrl, colorScheme, viewport });
        for (const path of PAGES) {
          await page.goto(path);
          await page.getByRole("heading", { level: 1 }).first().waitFor();
          await expectAccessible(page);
        }
        expect(troubles).toEqual([]);
      }
    },
  );

  it(`loads less than ${MOST_KILOBYTES} KB, packed, for all pages together without the editor of YAML`, async () => {
    const { router } = await startStage();
    // As browsers that know no better ask.
    const { page } = await open({ baseURL: router.adminUrl, extraHTTPHeaders: { "accept-encoding": "gzip" } });
    const files = new Map<string, Promise<number>>();
    page.on("response", (response) => {
      const { pathname } = new URL(response.url());
      if (pathname.startsWith("/assets/") && !EDITOR.test(pathname)) files.set(pathname, sizeOf(response));
    });
    for (const path of PAGES) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).first().waitFor();
    }
    await page.goto("/rules");
    await page.locator(".yaml-place[data-ready]").waitFor();
    const bytes = await Promise.all(files.values());
    expect(files.size).toBeGreaterThan(5);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST_KILOBYTES * 1000);
  });

  it("has pages that can be linked to, and goes back and forward between them", async () => {
    const { router } = await startStage();
    const { page } = await open({ baseURL: router.adminUrl });
    const heading = (name: string) => page.getByRole("heading", { level: 1, name }).waitFor();
    await page.goto("/replicas");
    await heading("Replicas");
    await page.getByText(/1 of 1 have revision 1 in force/).waitFor();
    await page.getByRole("cell", { name: "1 of 1", exact: true }).waitFor();
    await page.getByRole("link", { name: "Overview", exact: true }).click();
    await heading("Overview");
    expect(await page.title()).toBe("Overview · canary-router");
    await page.goBack();
    await heading("Replicas");
    await page.goForward();
    await heading("Overview");
    await page.goto("/nowhere");
    await page.getByText("There is no page at /nowhere.").waitFor();
  });

  it("keeps the colours that somebody chose", async () => {
    const { router } = await startStage();
    const { page } = await open({ baseURL: router.adminUrl, colorScheme: "light" });
    const ground = () => page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
    await page.goto("/");
    const light = await ground();
    const button = page.getByRole("button", { name: /^Colours/ });
    await button.click();
    await button.click();
    await until("it is dark", async () => (await ground()) !== light);
    await page.reload();
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await ground()).not.toBe(light);
  });
});
