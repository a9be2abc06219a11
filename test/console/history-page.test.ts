import { expect, it, vi } from "vitest";
import { describeInBrowser, expectAccessible } from "../kit/browser.ts";
import { inForce, threeRules, writeAsOther } from "./editing.ts";
import { startStage } from "./stage.ts";

/** A browser and a router have to start, also on a machine that is busy. */
vi.setConfig({ testTimeout: 60_000 });

describeInBrowser("the history", (open) => {
  it("tells who, when, why and what, and goes back", async () => {
    const { router } = await startStage({}, threeRules);
    await writeAsOther(router.adminUrl, (text) => text.replace("candidate: 30%", "candidate: 60%"));
    const { page, troubles } = await open({ baseURL: router.adminUrl });
    await page.goto("/history");
    await page.getByRole("link", { name: /by another.*Revision 2/s }).click();
    await page.getByText("chat / everyone: 30 % → 60 %").waitFor();
    await expectAccessible(page);

    await page.getByRole("link", { name: /Revision 1/ }).click();
    await page.getByRole("button", { name: "Go back to this" }).click();
    const dialog = page.getByRole("dialog", { name: "Go back to revision 1?" });
    await dialog.getByText("chat / everyone: 60 % → 30 %").waitFor();
    await dialog.getByLabel("Why").fill("too early");
    await expectAccessible(page);
    await page.keyboard.press("Enter");
    await page.getByText("Revision 3 is in force, with the text of 1.").waitFor();
    await page.getByRole("link", { name: /too early.*Revision 3/s }).waitFor();
    expect((await inForce(router.adminUrl)).text).toContain("candidate: 30%");
    await page.goBack();
    await page.getByText("chat / everyone: 30 % → 60 %").waitFor();
    expect(troubles).toEqual([]);
  });

  it("has cuts and restorations in the same line", async () => {
    const { router } = await startStage({}, threeRules);
    const { page, troubles } = await open({ baseURL: router.adminUrl, colorScheme: "dark" });
    await page.goto("/history");
    await page.getByText("Revision 1 ·").waitFor();
    for (const [order, why] of [
      ["cut", "answers in the wrong language"],
      ["restore", "the tokenizer is repaired"],
    ]) {
      const response = await fetch(`${router.adminUrl}/api/routes/chat/${order}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ why }),
      });
      expect(response.status).toBe(200);
      await page.getByText(`${why}`).waitFor();
    }
    const titles = await page.locator(".entry-title").allInnerTexts();
    expect(titles.slice(0, 2)).toEqual(["Restored: v2 of chat", "Cut: v2 of chat"]);
    await expectAccessible(page);
    expect(troubles).toEqual([]);
  });
});
