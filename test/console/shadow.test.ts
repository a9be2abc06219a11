import { expect, it, onTestFinished, vi } from "vitest";
import { startRouter, temporaryFile } from "../e2e/stage.ts";
import { describeInBrowser, expectAccessible } from "../kit/browser.ts";
import { until } from "../kit/until.ts";
import { startHttp } from "../kit/upstream.ts";

/** A browser and a router have to start, also on a machine that is busy. */
vi.setConfig({ testTimeout: 60_000 });

/** A model that always says the same. */
async function startModel(content: string): Promise<string> {
  const upstream = await startHttp((request, response) => {
    request.resume();
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ choices: [{ message: { role: "assistant", content } }] }));
  });
  onTestFinished(() => upstream.close());
  return upstream.url;
}

describeInBrowser("a shadow in the console", (open) => {
  it("says how often it agrees with what clients got, and shows operators where it does not", async () => {
    const [stable, sandbox] = [await startModel("A fine day."), await startModel("Rain, rain, rain.")];
    const rules = temporaryFile(
      "rules.yaml",
      `version: 1
customers: { id: header:x-customer-id }
routes:
  - name: chat
    match: [{ path: /v1/chat/completions }]
    stable: { version: v1, endpoints: ["${stable}"] }
    sandbox: [{ version: v2, endpoints: ["${sandbox}"] }]
    stickyBy: [customer]
    shadow: { version: v2, share: 100% }
    compare: { as: json, keep: 5 }
    rules: [{ name: posts, when: { method: POST }, shadow: { version: v2, share: 100% } }]
`,
    );
    const router = await startRouter({ RULES_FILE: rules });
    const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: "How is the weather?" }] });
    await until("pairs have been compared", async () => {
      const headers = { "content-type": "application/json", "x-customer-id": "acme" };
      await fetch(`${router.proxyUrl}/v1/chat/completions`, { method: "POST", headers, body }).then((one) =>
        one.text(),
      );
      const routes = await (await fetch(`${router.adminUrl}/api/routes`)).text();
      return /"compared":[1-9]/.test(routes);
    });
    const { page, troubles } = await open({ baseURL: router.adminUrl, viewport: { width: 380, height: 800 } });
    await page.goto("/");
    const shadows = page.getByRole("region", { name: "Shadows of chat" });
    await shadows.getByText("100 % copied, 100 % of “posts”").waitFor();
    await shadows.getByText(/0\s% of \d+ answers agree/).waitFor();
    await expectAccessible(page);
    await shadows.getByRole("button", { name: "Where they disagree" }).click();
    const dialog = page.getByRole("dialog", { name: "Where shadows of chat disagree" });
    await dialog.getByText("v1, which the client got").first().waitFor();
    expect(await dialog.innerText()).toMatch(/A fine day[\s\S]*Rain, rain, rain/);
    await expectAccessible(page);
    await page.keyboard.press("Escape");

    await shadows.getByRole("button", { name: "Cut v2 of chat" }).click();
    await page.getByText("It answers nobody, so nobody will notice.").waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Cut v2 now" }).click();
    await page.getByRole("dialog", { name: "v2 is cut" }).waitFor();
    await page.keyboard.press("Escape");
    await shadows.getByText("✕ CUT").waitFor();
    expect(await shadows.getByRole("button", { name: "Cut v2 of chat" }).count()).toBe(0);
    await page.getByRole("button", { name: /^Restore/ }).waitFor();
    await expectAccessible(page);

    await page.goto("/rules");
    await page.getByText(/^Copy 100 %/).waitFor();
    expect(await page.locator(".sentence").innerText()).toBe(
      "Copy 100 % of requests by POST to v2, which answers nobody",
    );
    await expectAccessible(page);
    expect(troubles).toEqual([]);
  });
});
