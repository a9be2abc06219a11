import { expect, it } from "vitest";
import { describeInBrowser, expectAccessible } from "../kit/browser.ts";
import { until } from "../kit/until.ts";
import { startStage } from "./stage.ts";

const PHONE = { width: 380, height: 800 };

describeInBrowser("the overview", (open) => {
  it("shows both versions of a route side by side, the split that is wanted and the one that came", async () => {
    const { router } = await startStage();
    const { page, troubles } = await open({ baseURL: router.adminUrl });
    await page.goto("/");
    const card = page.getByRole("article", { name: "chat" });
    await card.getByText("Wanted").waitFor();
    const numbers = card.getByRole("table");
    await until("the split has been measured", async () => {
      const words = await card.innerText();
      return /Measured\s+(2|3|4)\d\s%/.test(words) && /Wanted\s+30\s%/.test(words);
    });
    expect(await numbers.getByRole("columnheader").allInnerTexts()).toEqual(["v1", "v2", "5 min"]);
    expect(await numbers.getByRole("row", { name: /95 % within/ }).innerText()).toMatch(/\d\sms.*\d\sms/s);
    expect(await card.locator("canvas").count()).toBe(5);
    await expectAccessible(page);
    expect(troubles).toEqual([]);
  });

  it("cuts by keyboard on one confirmation, says within a second where it holds, and restores for a reason", async () => {
    const { router, ask } = await startStage();
    const { page, troubles } = await open({ baseURL: router.adminUrl, viewport: PHONE });
    await page.goto("/");
    const button = page.getByRole("button", { name: "Cut v2 of chat" });
    await button.focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Cut v2 of chat?" });
    await dialog.locator(":focus").waitFor();
    expect(await dialog.innerText()).toContain("everybody is answered by stable, v1");
    await expectAccessible(page);

    await page.keyboard.press("Enter");
    const told = page.getByRole("dialog", { name: "v2 is cut" });
    // Fewer than four digits: not a second, from the request to the last acknowledgement.
    await told.getByText(/applied on 1 of 1 replica in \d{1,3} ms/).waitFor({ timeout: 30_000 });
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => ask(`customer-${i}`)));
    expect(new Set(answers)).toEqual(new Set(["v1"]));
    await told.locator(":focus").waitFor();
    await page.keyboard.press("Enter");

    await page.getByText(/CUT v2/).waitFor();
    expect(await button.count()).toBe(0);
    await page.getByRole("button", { name: "Restore v2 of chat" }).click();
    const restoring = page.getByRole("dialog", { name: "Restore v2 of chat?" });
    // A key goes where the focus is, and the dialog takes it once it has been drawn.
    await restoring.locator(":focus").waitFor();
    await page.keyboard.press("Enter");
    await restoring.getByText("Say why it may have requests again.").waitFor();
    await restoring.getByLabel("Why").fill("the tokenizer is repaired");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "v2 is restored" }).waitFor();
    await page.keyboard.press("Escape");
    await button.waitFor();
    expect(troubles).toEqual([]);
  });

  it("marks edits, cuts and restorations on the charts, and says in words what each mark is", async () => {
    const { router } = await startStage();
    const { page, troubles } = await open({ baseURL: router.adminUrl, colorScheme: "light" });
    await page.goto("/");
    const card = page.getByRole("article", { name: "chat" });
    const marks = card.getByRole("list", { name: "Marked on the charts" });
    await marks.getByText("Revision 1").waitFor();
    const cut = await fetch(`${router.adminUrl}/api/routes/chat/cut`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ why: "answers in the wrong language" }),
    });
    expect(cut.status).toBe(200);
    await marks.getByText("local: answers in the wrong language").waitFor();
    await fetch(`${router.adminUrl}/api/routes/chat/restore`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ why: "the tokenizer is repaired" }),
    });
    await marks.getByText("local: the tokenizer is repaired").waitFor();
    const said = await marks.getByRole("listitem").allInnerTexts();
    expect(said.map((text) => text.replace(/\s+/g, " ").replace(/\d\d:\d\d:\d\d/, "TIME"))).toEqual([
      "↺ TIME Restored: v2 local: the tokenizer is repaired",
      "✕ TIME Cut: v2 local: answers in the wrong language",
      expect.stringMatching(/^✎ TIME Revision 1: /),
    ]);
    await until("the cut is drawn on every chart", async () => {
      const found: unknown = await page.evaluate(`[...document.querySelectorAll(".route-card canvas")].map((chart) => {
        const { data } = chart.getContext("2d").getImageData(0, 0, chart.width, chart.height);
        return data.some((_, i) => i % 4 === 0 && data[i] === 0xc8 && data[i + 1] === 0x10 && data[i + 2] === 0x2e);
      })`);
      return JSON.stringify(found) === JSON.stringify(Array(5).fill(true));
    });
    await card.getByRole("link", { name: "1 rule" }).click();
    await page.getByRole("heading", { level: 2, name: "chat" }).waitFor();
    await page.goBack();
    await marks.waitFor();
    await expectAccessible(page);
    expect(troubles).toEqual([]);
  });

  it("says which step a ramp is in and what comes next, and pauses it", async () => {
    const { router } = await startStage({}, (text) => {
      return text.replace("candidate: 30%", "ramp: [{ to: 10%, for: 1h }, { to: 50%, until: approved }, { to: 100% }]");
    });
    const { page, troubles } = await open({ baseURL: router.adminUrl });
    await page.goto("/");
    const card = page.getByRole("article", { name: "chat" });
    await card.getByText(/Ramp running for “everyone”: 10\s%, step 1 of 3. Next 50\s%; waits for /).waitFor();
    await card.getByRole("button", { name: "Pause the ramp of everyone" }).click();
    await page.getByText("The ramp of “everyone” is paused.").waitFor();
    await card.getByText("Ramp paused", { exact: true }).waitFor();
    await card.getByText("Ramp paused: v2, everyone").waitFor();
    await card.getByRole("button", { name: "Resume the ramp of everyone" }).click();
    await card.getByText("Ramp running").waitFor();
    await expectAccessible(page);
    expect(troubles).toEqual([]);
  });

  it("says that the connection is lost, and comes back by itself when the router does", async () => {
    const first = await startStage();
    const { page } = await open({ baseURL: first.router.adminUrl });
    await page.goto("/");
    const card = page.getByRole("article", { name: "chat" });
    await card.waitFor();
    await first.router.kill();
    await page.getByText("Connection lost, trying again").waitFor();
    expect(await card.isVisible()).toBe(true);
    await startStage({}, undefined, [`--admin-port=${new URL(first.router.adminUrl).port}`]);
    await page.getByText("Connection lost, trying again").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Cut v2 of chat" }).click();
    await page.getByRole("dialog").waitFor();
  });

  it("shows two hundred routes as a list that can be searched, and what is cut at its top", async () => {
    const { router } = await startStage({}, (text) => {
      const route = text.slice(text.indexOf("  - name: chat"));
      const more = Array.from({ length: 199 }, (_, i) => {
        return route.replace("name: chat", `name: model-${i}`).replace("/v1/chat/completions", `/v1/model-${i}`);
      });
      return text + more.join("");
    });
    const cut = await fetch(`${router.adminUrl}/api/routes/model-150/cut`, { method: "POST", body: "{}" });
    expect(cut.status).toBe(200);
    const { page } = await open({ baseURL: router.adminUrl });
    await page.goto("/");
    const rows = page.getByRole("table").locator("tbody tr");
    await until("the list is there", async () => (await rows.count()) === 200);
    expect(await rows.first().innerText()).toMatch(/model-150.*CUT/s);
    await page.getByLabel("Find a route or a version").fill("model-17");
    await until("the list is short", async () => (await rows.count()) === 11);
    await page.getByRole("button", { name: "Cards" }).click();
    await page.getByRole("article", { name: "model-17", exact: true }).waitFor();
    await expectAccessible(page);
  });
});
