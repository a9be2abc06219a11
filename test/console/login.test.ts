import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { describeInBrowser, expectAccessible } from "../kit/browser.ts";
import { CLIENT, oidcProvider } from "../kit/oidc-provider.ts";
import { startStage } from "./stage.ts";

const digest = (token: string): string => createHash("sha256").update(token).digest("hex");

/** Where the provider sends browsers back to must be known before the router starts. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

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

  it("leads to the identity provider and back, with the name and the role that it gives, or says why not", async () => {
    const { issuer, behaviour } = await oidcProvider();
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const settings = {
      ...{ OIDC_ISSUER: issuer, OIDC_CLIENT_ID: CLIENT.clientId, OIDC_CLIENT_SECRET: CLIENT.clientSecret },
      ...{ OIDC_REDIRECT_URL: `${url}/api/session/oidc/callback`, OIDC_ROLES: '{"product":"editor"}' },
    };
    await startStage(settings, undefined, [`--admin-port=${port}`]);
    const { page, troubles } = await open({ baseURL: url });
    await page.goto("/");
    const link = page.getByRole("link", { name: "Log in with your account" });
    await link.waitFor();
    expect(await page.getByLabel("Token").count()).toBe(0);
    await expectAccessible(page);

    behaviour.error = "access_denied";
    await link.click();
    await page.getByRole("alert").getByText("You were not let in").waitFor();
    await expectAccessible(page);

    behaviour.error = undefined;
    await link.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    await page.getByText("ann@example.com editor").waitFor();
    const button = page.getByRole("button", { name: "Cut v2 of chat" });
    await button.focus();
    await page.getByText("This takes the role operator; you are ann@example.com, with the role editor.").waitFor();
    expect(new URL(page.url()).search).toBe("");
    await page.getByRole("button", { name: "Log out" }).click();
    await link.waitFor();
    expect(troubles.filter((trouble) => !trouble.startsWith(`asks ${issuer}/authorize`))).toEqual([]);
  });
});
