import { createHash } from "node:crypto";
import type { Page } from "playwright-core";
import { expect, it, vi } from "vitest";
import { describeInBrowser, expectAccessible, type Open } from "../kit/browser.ts";
import { threeRules } from "./editing.ts";
import { startStage } from "./stage.ts";

/** Several browsers and a router have to start, also on a machine that is busy. */
vi.setConfig({ testTimeout: 120_000 });

const tokenOf = (name: string): string => `the-token-of-${name}-has-many-letters`;
const person = (name: string, role: string): object => {
  return { name, role, sha256: createHash("sha256").update(tokenOf(name)).digest("hex") };
};
const TOKENS = [person("anna", "operator"), person("bob", "operator"), person("vera", "viewer")];

async function startFourEyes() {
  return startStage({ ADMIN_TOKENS: JSON.stringify(TOKENS), APPROVAL_ABOVE: "50%" }, threeRules);
}

async function comesAs(name: string, open: Open, baseURL: string, path: string): Promise<Page> {
  const { page, troubles } = await open({ baseURL });
  await page.goto(path);
  await page.getByLabel("Token").fill(tokenOf(name));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1 }).waitFor();
  expect(troubles).toEqual([]);
  return page;
}

/** Gives everyone 80 %, which takes a second person. */
async function askFor80(page: Page): Promise<void> {
  await page.getByRole("button", { name: "3. everyone" }).click();
  await page.getByLabel("Share of v2", { exact: true }).fill("80");
  await page.keyboard.press("Tab");
  await page.getByText("Send 80 % of all other requests to v2").waitFor();
  await page.getByRole("button", { name: "Review changes" }).click();
  await page.getByText("What gives a candidate more than 50 % waits for a second person.").waitFor();
  await page.getByLabel("Why").fill("it does well");
  await page.getByRole("button", { name: "Save and put in force" }).click();
}

async function inForce(adminUrl: string): Promise<string> {
  const response = await fetch(`${adminUrl}/api/rules`, { headers: { authorization: `Bearer ${tokenOf("vera")}` } });
  return response.text();
}

describeInBrowser("a change that waits for a second person", (open) => {
  it("is told on the overview and beside the rules, and put in force by somebody else, with both names", async () => {
    const { router } = await startFourEyes();
    const anna = await comesAs("anna", open, router.adminUrl, "/rules");
    await askFor80(anna);
    await anna.getByText(/This waits for a second person to approve it/).waitFor();
    const own = anna.getByRole("article", { name: "anna asks: it does well" });
    await own.getByText("chat / everyone: v2 from 30\u00a0% to 80\u00a0%").waitFor();
    await anna.getByText("Revision 1 is in force").waitFor();
    await own.getByRole("button", { name: "Approve what anna asks for" }).focus();
    await own.getByText("You have asked for it yourself: somebody else has to approve it.").waitFor();
    await anna.keyboard.press("Enter");
    expect(await anna.getByRole("dialog").count()).toBe(0);
    await expectAccessible(anna);

    const vera = await comesAs("vera", open, router.adminUrl, "/");
    const hers = vera.getByRole("article", { name: "anna asks: it does well" });
    await hers.getByRole("button", { name: "Decline what anna asks for" }).focus();
    await hers
      .getByText("This takes the role editor; you are vera, with the role viewer.")
      .and(vera.locator(":visible"))
      .waitFor();
    await hers.getByRole("button", { name: "See what it changes, as anna asks" }).click();
    await vera.getByRole("dialog").getByText("chat / everyone: 30 % → 80 %").waitFor();
    await expectAccessible(vera);

    const bob = await comesAs("bob", open, router.adminUrl, "/");
    await bob.getByRole("button", { name: "Approve what anna asks for" }).click();
    const dialog = bob.getByRole("dialog", { name: "What anna would change" });
    await dialog.getByText("chat / everyone: 30 % → 80 %").waitFor();
    await expectAccessible(bob);
    expect(await inForce(router.adminUrl)).toContain("candidate: 30%");
    await dialog.getByRole("button", { name: "Approve and put in force" }).click();
    await bob.getByText("Approved: revision 2 is in force.").waitFor();
    expect(await inForce(router.adminUrl)).toContain("candidate: 80%");
    await own.waitFor({ state: "detached" });
    await vera.getByRole("dialog").waitFor({ state: "detached" });
    await anna.getByText("Send 80 % of all other requests to v2").waitFor();

    await bob.goto("/history");
    await bob.getByText(/Revision 2 · anna, approved by bob/).waitFor();
    await bob.getByText("Approval asked for").waitFor();
    await expectAccessible(bob);
  });

  it("is declined with a reason, which stands in the history", async () => {
    const { router } = await startFourEyes();
    const anna = await comesAs("anna", open, router.adminUrl, "/rules");
    await askFor80(anna);
    const bob = await comesAs("bob", open, router.adminUrl, "/rules");
    await bob.getByRole("button", { name: "Decline what anna asks for" }).click();
    const dialog = bob.getByRole("dialog", { name: "Decline what anna asks for?" });
    await dialog.getByRole("button", { name: "Decline", exact: true }).click();
    await dialog.getByText("Say why, so that it can be asked for better.").waitFor();
    await dialog.getByLabel("Why").fill("not before Monday");
    await expectAccessible(bob);
    await bob.keyboard.press("Enter");
    await bob.getByText("Declined what anna has asked for. Nothing has changed.").waitFor();
    await bob.goto("/history");
    await bob.getByText(/not before Monday/).waitFor();
    expect(await inForce(router.adminUrl)).toContain("candidate: 30%");
  });

  it("may be the end of a cut, which a second operator approves", async () => {
    const { router } = await startFourEyes();
    const anna = await comesAs("anna", open, router.adminUrl, "/");
    await anna.getByRole("button", { name: "Cut v2 of chat" }).click();
    await anna.getByRole("dialog", { name: "Cut v2 of chat?" }).locator(":focus").waitFor();
    await anna.keyboard.press("Enter");
    const done = anna.getByRole("dialog", { name: "v2 is cut" });
    await done.getByRole("button", { name: "Done" }).click();
    await anna.getByRole("button", { name: "Restore v2 of chat" }).click();
    await anna.getByLabel("Why").fill("the tokenizer is repaired");
    await anna.keyboard.press("Enter");
    await anna.getByRole("dialog", { name: "It waits for a second person" }).waitFor();
    await anna.keyboard.press("Escape");

    const bob = await comesAs("bob", open, router.adminUrl, "/");
    await bob.getByRole("button", { name: "Approve what anna asks for" }).click();
    await bob
      .getByRole("dialog", { name: "What anna would restore" })
      .getByRole("button", { name: "Approve and put in force" })
      .click();
    await bob.getByText("Approved: it is restored.").waitFor();
    await anna.getByRole("button", { name: "Cut v2 of chat" }).waitFor();
  });
});
