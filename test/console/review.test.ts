import type { Page } from "playwright-core";
import { expect, it, vi } from "vitest";
import { describeInBrowser, expectAccessible } from "../kit/browser.ts";
import { until } from "../kit/until.ts";
import { inForce, threeRules, writeAsOther, yamlOf } from "./editing.ts";
import { startStage } from "./stage.ts";

/** A browser and a router have to start, also on a machine that is busy. */
vi.setConfig({ testTimeout: 60_000 });

/** Gives everyone another share. */
async function giveEveryone(page: Page, percent: string): Promise<void> {
  await page.getByRole("button", { name: "3. everyone" }).click();
  await page.getByLabel("Share of v2", { exact: true }).fill(percent);
  await page.keyboard.press("Tab");
  await page.getByText(`Send ${percent} % of all other requests to v2`).waitFor();
}

describeInBrowser("before rules are saved", (open) => {
  it("it is said who would move and what changes, and saving puts it in force", async () => {
    const { router } = await startStage({}, threeRules);
    const { page, troubles } = await open({ baseURL: router.adminUrl });
    await page.goto("/rules");
    await until("requests have been seen", async () => {
      const response = await fetch(`${router.adminUrl}/api/routes`);
      return /"requests":\d{2}/.test(await response.text());
    });
    await giveEveryone(page, "60");
    await page.getByRole("button", { name: "Review changes" }).click();
    await page.getByText(/\d+ of the last \d+ requests would move: \d+ to a candidate \(\d+ callers?\)/).waitFor();
    await page.getByText("chat / everyone: 30 % → 60 %").waitFor();
    await expectAccessible(page);
    await page.getByLabel("Why").fill("it does well");
    await page.getByRole("button", { name: "Save and put in force" }).click();
    await page.getByText("Revision 2 is in force.").waitFor();
    expect((await inForce(router.adminUrl)).text).toContain("candidate: 60%");
    expect(await (await fetch(`${router.adminUrl}/api/rules/history`)).json()).toMatchObject({
      entries: [{ revision: 2, message: "it does well" }, {}],
    });
    expect(troubles).toEqual([]);
  });

  it("a test of the document that fails is told, and keeps it from being saved", async () => {
    const tests = "tests:\n  - { route: chat, given: { bucket: 100 }, expect: v2 }\n";
    const { router } = await startStage({}, (text) => threeRules(text) + tests);
    const { page } = await open({ baseURL: router.adminUrl });
    await page.goto("/rules");
    await giveEveryone(page, "1");
    await page.getByRole("button", { name: "Review changes" }).click();
    await page.getByRole("heading", { name: "One mistake" }).waitFor();
    const save = page.getByRole("button", { name: "Save and put in force" });
    expect(await save.getAttribute("aria-disabled")).toBe("true");
    await page.getByRole("button", { name: /^Line \d+/ }).waitFor();
    await page.goBack();
    await page.getByText("Send 1 % of all other requests to v2").waitFor();
  });

  it("a draft survives a reload, and can be discarded", async () => {
    const { router } = await startStage({}, threeRules);
    const { page } = await open({ baseURL: router.adminUrl });
    await page.goto("/rules");
    await giveEveryone(page, "44");
    await page.reload();
    await page.getByText("Send 44 % of all other requests to v2").waitFor();
    await page.getByText("kept in this browser").waitFor();
    await page.getByRole("button", { name: "Discard" }).click();
    await page.getByText("Send 30 % of all other requests to v2").waitFor();
    await page.reload();
    await page.getByText("Send 30 % of all other requests to v2").waitFor();
  });

  it("two edits of the same rule are shown beside each other, and nothing is lost", async () => {
    const { router } = await startStage({}, threeRules);
    const { page, troubles } = await open({ baseURL: router.adminUrl });
    await page.goto("/rules");
    await giveEveryone(page, "44");
    await writeAsOther(router.adminUrl, (text) =>
      text.replace("candidate: 30%", "candidate: 33%").replace("candidate: 100%", "candidate: 90%"),
    );
    await page.getByText("Revision 2 has been written meanwhile").waitFor();
    await page.getByRole("button", { name: "Review changes" }).click();
    await page.getByRole("button", { name: "Save and put in force" }).click();
    await page.getByRole("heading", { name: "Two edits of the same rules" }).waitFor();
    const both = page.getByRole("region", { name: "Both changed this" });
    expect(await both.locator("pre").allInnerTexts()).toEqual([
      "        candidate: 30%",
      "        candidate: 44%",
      "        candidate: 33%",
    ]);
    const goOn = page.getByRole("button", { name: "Go on with both" });
    expect(await goOn.getAttribute("aria-disabled")).toBe("true");
    await expectAccessible(page);
    await both.getByLabel("yours", { exact: true }).check();
    await goOn.click();
    await page.getByText("chat / everyone: 33 % → 44 %").waitFor();
    await page.getByRole("button", { name: "Save and put in force" }).click();
    await page.getByText("Revision 3 is in force.").waitFor();
    const { text } = await inForce(router.adminUrl);
    expect(text).toContain("candidate: 44%");
    expect(text).toContain("candidate: 90%");
    expect(troubles).toEqual([]);
  });

  it("whoever has no draft sees what others write", async () => {
    const { router } = await startStage({}, threeRules);
    const { page } = await open({ baseURL: router.adminUrl });
    await page.goto("/rules");
    await page.getByText("Send 30 % of all other requests to v2").waitFor();
    await writeAsOther(router.adminUrl, (text) => text.replace("candidate: 30%", "candidate: 31%"));
    await page.getByText("Send 31 % of all other requests to v2").waitFor();
    expect(await yamlOf(page)).toContain("candidate: 31%");
  });

  it("a draft goes on when others have changed something and changed it back", async () => {
    const { router } = await startStage({}, threeRules);
    const { page } = await open({ baseURL: router.adminUrl });
    await page.goto("/rules");
    await giveEveryone(page, "44");
    await writeAsOther(router.adminUrl, (text) => text.replace("candidate: 30%", "candidate: 31%"));
    await page.getByText("Revision 2 has been written meanwhile").waitFor();
    await writeAsOther(router.adminUrl, (text) => text.replace("candidate: 31%", "candidate: 30%"));
    await page.getByText("begun with revision 3").waitFor();
    expect(await page.getByText("has been written meanwhile").count()).toBe(0);
    await page.getByRole("button", { name: "Discard" }).click();
    await page.reload();
    await page.getByText("Revision 3 is in force").waitFor();
    await page.getByText("Send 30 % of all other requests to v2").waitFor();
  });
});
