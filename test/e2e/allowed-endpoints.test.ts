import { describe, expect, it } from "vitest";
import { rulesText, startRouter, startVersions, temporaryFile } from "./stage.ts";

describe("an editor", () => {
  it("cannot point the proxy at the addresses where clouds keep credentials, nor at names that are not listed", async () => {
    const versions = await startVersions();
    const file = temporaryFile("rules.yaml", rulesText(versions, "5%"));
    const router = await startRouter({ RULES_FILE: file, PROXY_ALLOWED_ENDPOINTS: "127.0.0.0/8,*.models.svc" });
    const put = async (candidate: string) => {
      const body = rulesText({ ...versions, candidate }, "100%");
      const answer = await fetch(`${router.adminUrl}/api/rules`, { method: "PUT", headers: { "if-match": "*" }, body });
      return { status: answer.status, text: await answer.text() };
    };
    for (const host of ["169.254.169.254", "0xa9fea9fe", "[::ffff:169.254.169.254]", "10.0.0.1", "metadata.internal"]) {
      const { status, text } = await put(`http://${host}:80`);
      expect([host, status]).toEqual([host, 422]);
      expect(text).toContain("proxy.allowedEndpoints");
    }
    const check = await fetch(`${router.adminUrl}/api/rules/check`, {
      method: "POST",
      body: rulesText({ ...versions, candidate: "http://10.0.0.1:80" }, "5%"),
    });
    expect(check.status).toBe(422);
    expect((await put("http://llama.models.svc:80")).status).toBe(200);
  });

  it("cannot have a variable sent that the settings do not list", async () => {
    const versions = await startVersions();
    const text = rulesText(versions, "5%");
    const router = await startRouter({
      RULES_FILE: temporaryFile("rules.yaml", text),
      PROXY_ALLOWED_VARIABLES: "MODEL_*",
    });
    const put = async (name: string) => {
      const body = text.replace(/(candidate: \{ version: [^,}]+)/, `$1, headers: { x-key: "\${${name}}" }`);
      expect(body).not.toBe(text);
      const answer = await fetch(`${router.adminUrl}/api/rules`, { method: "PUT", headers: { "if-match": "*" }, body });
      return { status: answer.status, text: await answer.text() };
    };
    const { status, text: said } = await put("AWS_SECRET_ACCESS_KEY");
    expect([status, said]).toEqual([422, expect.stringContaining("proxy.allowedVariables")]);
    expect(said).toContain('"invalid_rules"');
    expect((await put("MODEL_KEY")).status).toBe(200);
  });
});
