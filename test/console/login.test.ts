import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { describeInBrowser, expectAccessible } from "../kit/browser.ts";
import { startStage } from "./stage.ts";

const digest = (token: string): string => createHash("sha256").update(token).digest("hex");

describeInBrowser("logging in", (open) => {
  it("takes a token, shows what the role may not do and why, and ends with logging out", async () => {
    const tokens = JSON.stringify([{ name: "anna", role: "viewer", sha256: digest("annas-token-of-many-letters") }]);
    const { router } = await startStage({ ADMIN_TOKENS: tokens });
    const { page, troubles } = await open({ baseURL: router.adminUrl });
    await page.goto("/replicas");
    const token = page.getByLabel("Token");
    await token.waitFor();
    await expectAccessible(page);

    await token.fill("a-wrong-token-of-many-letters");
    await page.keyboard.press("Enter");
    await page.getByText("The token is wrong.").waitFor();
    await token.fill("annas-token-of-many-letters");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Replicas" }).waitFor();
    await page.getByText("anna").waitFor();

    await page.getByRole("link", { name: "Overview", exact: true }).click();
    const button = page.getByRole("button", { name: "Cut v2 of chat" });
    await button.focus();
    await page.getByText("This takes the role operator; you are anna, with the role viewer.").waitFor();
    await page.keyboard.press("Enter");
    expect(await page.getByRole("dialog").count()).toBe(0);
    await expectAccessible(page);

    await page.reload();
    await button.waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await token.waitFor();
    expect(troubles).toEqual([]);
  });
});
