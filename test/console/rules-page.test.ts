import { expect, it, vi } from "vitest";
import { describeInBrowser, expectAccessible } from "../kit/browser.ts";
import { manyRules } from "../kit/many-rules.ts";
import { until } from "../kit/until.ts";
import { ruleNames, threeRules, writeAsOther, yamlOf } from "./editing.ts";
import { startStage } from "./stage.ts";

/** A browser and a router have to start, also on a machine that is busy. */
vi.setConfig({ testTimeout: 60_000 });

/** Reading such a document takes the router and the browser a second each time, and many where the machine is busy. */
const LONG = { timeout: 300_000 };

/** Keeps the longest time between two frames, in ms. */
const FOLLOW_FRAMES = `
  longestGap = 0;
  lastFrame = performance.now();
  if (!window.follows) {
    follows = true;
    const frame = (now) => {
      longestGap = Math.max(longestGap, now - lastFrame);
      lastFrame = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }`;

const PHONE = { width: 380, height: 800 };

describeInBrowser("rules without YAML", (open) => {
  it("are sentences that can be edited, with the text beside them and its comments kept", async () => {
    const { router } = await startStage({}, threeRules);
    const { page, troubles } = await open({ baseURL: router.adminUrl });
    await page.goto("/rules");
    const rule = page.locator(".rule").nth(2);
    expect(await rule.locator(".sentence").innerText()).toBe("Send 30 % of all other requests to v2");
    await rule.getByRole("button", { name: "30 %" }).click();
    await page.getByLabel("Share of v2", { exact: true }).fill("7.25");
    await page.keyboard.press("Tab");
    await page.getByLabel("Add a condition").selectOption("customerType");
    await page.getByRole("textbox", { name: "Customer type" }).fill("premium");
    await page.keyboard.press("Enter");
    await rule.getByText("Send 7.25 % of premium customers’ requests to v2").waitFor();
    const text = await yamlOf(page);
    expect(text).toContain("      - name: everyone\n        when: { customerType: premium }\n        candidate: 7.25%");
    expect(text).toContain("# our own people find mistakes first");
    expect(text).toContain("# until the vision tower is tuned");
    await expectAccessible(page);
    expect(troubles).toEqual([]);
  });

  it("leave a number that somebody is writing, while what others save is drawn around it", async () => {
    const { router } = await startStage({}, threeRules);
    const { page } = await open({ baseURL: router.adminUrl });
    await page.goto("/rules");
    await page.getByRole("button", { name: "3. everyone" }).click();
    const share = page.getByLabel("Share of v2", { exact: true });
    await share.fill("44");
    await writeAsOther(router.adminUrl, (text) => text.replace("candidate: 100%", "candidate: 90%"));
    await page.getByText("Send 90 % of internal customers’ requests to v2").waitFor();
    expect(await share.inputValue()).toBe("44");
    await page.keyboard.press("Tab");
    await page.getByText("Send 44 % of all other requests to v2").waitFor();
  });

  it("follow the YAML while somebody types", async () => {
    const { router } = await startStage({}, threeRules);
    const { page, troubles } = await open({ baseURL: router.adminUrl });
    await page.goto("/rules");
    await yamlOf(page);
    await page.locator(".cm-line", { hasText: "candidate: 30%" }).click();
    await page.keyboard.press("End");
    await page.keyboard.press("Backspace");
    await page.keyboard.press("Backspace");
    await page.keyboard.type("1%");
    await page.locator(".rule").nth(2).getByText("31 %").waitFor();
    expect(troubles).toEqual([]);
  });

  it("change places by keyboard and by dragging, and keep what is written beside them", async () => {
    const { router } = await startStage({}, threeRules);
    const { page } = await open({ baseURL: router.adminUrl });
    await page.goto("/rules");
    await page.locator(".handle").nth(1).focus();
    await page.keyboard.press("ArrowUp");
    await until("the rule has moved", async () => (await ruleNames(page))[0] === "images wait");
    await page.getByText("images wait is rule 1 of 3 now.").waitFor();
    await until("the focus has gone with it", async () => {
      const label = await page.evaluate("document.activeElement?.getAttribute('aria-label')");
      return String(label).includes("images wait, rule 1 of 3");
    });
    expect(await yamlOf(page)).toMatch(/images wait[\s\S]*vision tower[\s\S]*# our own people[\s\S]*staff first/);

    const [from, to] = await Promise.all([
      page.locator(".handle").nth(0).boundingBox(),
      page.locator(".rule").nth(1).boundingBox(),
    ]);
    await page.mouse.move((from?.x ?? 0) + 10, (from?.y ?? 0) + 10);
    await page.mouse.down();
    await page.mouse.move((to?.x ?? 0) + 20, (to?.y ?? 0) + (to?.height ?? 0) - 5, { steps: 5 });
    await page.mouse.up();
    await until("it is back", async () => (await ruleNames(page)).join() === "staff first,images wait,everyone");
    await page.getByText("is in force").waitFor();
  });

  it("can be added and removed", async () => {
    const { router } = await startStage({}, threeRules);
    const { page } = await open({ baseURL: router.adminUrl });
    await page.goto("/rules");
    await page.getByRole("button", { name: "Add a rule" }).click();
    await until(
      "it is there",
      async () => (await ruleNames(page)).join() === "staff first,images wait,new rule,everyone",
    );
    await page.getByRole("button", { name: "Remove this rule" }).click();
    await until("it is gone", async () => (await ruleNames(page)).length === 3);
    await page.getByText("is in force").waitFor();
  });

  it("tell mistakes at the field and at the line", async () => {
    const { router } = await startStage({}, threeRules);
    const { page } = await open({ baseURL: router.adminUrl });
    await page.goto("/rules");
    await yamlOf(page);
    await page.getByRole("button", { name: "3. everyone" }).click();
    const name = page.getByLabel("Name");
    await name.fill("staff first");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("There is another rule named").waitFor();
    expect(await name.getAttribute("aria-invalid")).toBe("true");
    expect(await page.locator(".cm-lintRange-error").innerText()).toBe("staff");
    expect(await page.locator(".cm-lint-marker-error").count()).toBe(1);
    await page.getByRole("button", { name: /^Line \d+/ }).click();
    await expectAccessible(page);
    await name.fill("everybody");
    await page.keyboard.press("Enter");
    await until("all is well", async () => (await page.getByText("One mistake").count()) === 0);
  });

  it("keep what the form cannot say, and show it", async () => {
    const { router } = await startStage({}, threeRules);
    const { page } = await open({ baseURL: router.adminUrl });
    await page.goto("/rules");
    await yamlOf(page);
    await page.locator(".cm-line", { hasText: "candidate: 30%" }).click();
    await page.keyboard.press("End");
    await page.keyboard.type("\nunheard: { of: 1 }");
    await page.getByRole("button", { name: "3. everyone" }).click();
    await page.getByText("unheard can only be changed in the YAML").waitFor();
    await page.getByRole("button", { name: "50 %" }).click();
    await until("both are there", async () => /candidate: 50%\s+unheard: \{ of: 1 \}/.test(await yamlOf(page)));
  });

  it("fit a phone, in the dark too", async () => {
    const { router } = await startStage({}, threeRules);
    const { page, troubles } = await open({ baseURL: router.adminUrl, viewport: PHONE, colorScheme: "dark" });
    await page.goto("/rules");
    await page.getByRole("button", { name: "3. everyone" }).click();
    await expectAccessible(page);
    await page.getByRole("button", { name: "YAML" }).click();
    await page.locator(".cm-line").first().waitFor();
    await expectAccessible(page);
    expect(troubles).toEqual([]);
  });

  it("stay usable with 200 routes of 50 rules: what takes long is done while the page goes on", LONG, async () => {
    const { router } = await startStage({}, () => manyRules());
    const { page, troubles } = await open({ baseURL: router.adminUrl });
    page.setDefaultTimeout(90_000);
    await page.goto("/rules");
    await until("all rules are there", async () => (await ruleNames(page)).length === 50, 90_000);
    await page.getByLabel("Search routes").fill("route-17");
    await page.getByRole("link", { name: /^route-177/ }).click();
    await page.getByRole("heading", { name: "route-177" }).waitFor();
    await page.getByRole("button", { name: "50. everyone else" }).click();
    const gaps: number[] = [];
    for (const share of ["10 %", "25 %", "50 %"]) {
      await page.evaluate(FOLLOW_FRAMES);
      await page.getByRole("button", { name: share, exact: true }).click();
      await page.getByText(`Send ${share} of all other requests to 2026-11`).waitFor();
      gaps.push(Number(await page.evaluate("longestGap")));
    }
    // Reading the document once takes longer than that, even where nothing else is done.
    expect(Math.min(...gaps)).toBeLessThan(500);
    await page.locator(".handle").nth(5).focus();
    await page.keyboard.press("ArrowUp");
    await page.getByText("rule 5 is rule 5 of 50 now.").waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Review changes" }).click();
    await page.getByText("route-177 / everyone else: 1 % → 50 %").waitFor();
    await expectAccessible(page);
    expect(troubles).toEqual([]);
  });
});
