import { expect, it, vi } from "vitest";
import { describeInBrowser, expectAccessible } from "../kit/browser.ts";
import { threeRules } from "./editing.ts";
import { startStage } from "./stage.ts";

/** A browser and a router have to start, also on a machine that is busy. */
vi.setConfig({ testTimeout: 60_000 });

describeInBrowser("explain", (open) => {
  it("says where a pasted line of curl goes, step by step, and what would change it", async () => {
    const { router } = await startStage({}, threeRules);
    const { page, troubles } = await open({ baseURL: router.adminUrl });
    await page.goto("/explain");
    const line = `curl https://models.example/v1/chat/completions -H 'X-Customer-Id: customer-1' \\\n --json '{"model": "m"}'`;
    await page.getByLabel("A request, or a line of curl").fill(line);
    await page.keyboard.press("Control+Enter");
    await page.getByRole("heading", { name: /^v[12] answers, as (stable|candidate)$/ }).waitFor();
    const steps = await page.getByRole("list", { name: "Step by step" }).getByRole("listitem").allInnerTexts();
    expect(steps).toHaveLength(4);
    expect(steps[1]).toContain("staff first does not hold");
    expect(steps[3]).toMatch(/the rule everyone holds[\s\S]*Bucket \d+ of 9999/);
    await page.getByRole("region", { name: "What would change it" }).getByText("If the rule everyone gave").waitFor();
    await expectAccessible(page);
    expect(troubles).toEqual([]);
  });

  it("says what it cannot read, and what no route takes", async () => {
    const { router } = await startStage({}, threeRules);
    const { page } = await open({
      baseURL: router.adminUrl,
      viewport: { width: 380, height: 800 },
      colorScheme: "dark",
    });
    await page.goto("/explain");
    await page.getByLabel("A request, or a line of curl").fill("what?!");
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByRole("alert").getByText("This is neither a curl line nor a request").waitFor();
    await page.getByLabel("A request, or a line of curl").fill("GET /elsewhere");
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByRole("heading", { name: "No route takes this request" }).waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Try an example" }).click();
    await page.getByRole("heading", { name: /answers, as/ }).waitFor();
  });
});
