import type { Page } from "playwright-core";

/** Rules of three, with what people write beside them. */
export function threeRules(text: string): string {
  return text
    .replace("id: [header:x-customer-id]", "id: [header:x-customer-id]\n  type: [header:x-customer-type]")
    .replace(
      /rules:\n[\s\S]*$/,
      `rules:
      # our own people find mistakes first
      - name: staff first
        when: { customerType: internal }
        candidate: 100%
      - name: images wait
        when: { modality: [image, video] } # until the vision tower is tuned
        candidate: 0%
      - name: everyone
        candidate: 30%
`,
    );
}

/** The text in the editor beside the sentences. */
export async function yamlOf(page: Page): Promise<string> {
  await page.locator(".yaml-place[data-ready]").waitFor();
  const lines = await page.locator(".yaml-place .cm-line").allInnerTexts();
  return lines.map((line) => line.replace(/\n$/, "")).join("\n");
}

/** The names of the rules, in their order. */
export async function ruleNames(page: Page): Promise<string[]> {
  return (await page.locator(".rule-name").allInnerTexts()).map((name) => name.replace(/^\d+\. /, ""));
}

/** What the router has in force. */
export async function inForce(adminUrl: string): Promise<{ readonly text: string; readonly etag: string }> {
  const response = await fetch(`${adminUrl}/api/rules`);
  return { text: await response.text(), etag: response.headers.get("etag") ?? "" };
}

/** Writes rules as somebody else does. */
export async function writeAsOther(adminUrl: string, change: (text: string) => string): Promise<void> {
  const { text, etag } = await inForce(adminUrl);
  const headers = { "if-match": etag, "content-type": "text/yaml" };
  const response = await fetch(`${adminUrl}/api/rules?message=by+another`, {
    method: "PUT",
    headers,
    body: change(text),
  });
  if (!response.ok) throw new Error(await response.text());
}
