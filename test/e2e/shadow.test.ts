import { describe, expect, it, onTestFinished } from "vitest";
import type { z } from "zod";
import { DisagreementsNow } from "../../src/admin/endpoints/disagreements.ts";
import { CutsNow } from "../../src/admin/shapes/cuts.ts";
import { Routes } from "../../src/admin/shapes/routes.ts";
import type { RouterProcess } from "../kit/router-process.ts";
import { until } from "../kit/until.ts";
import { startHttp } from "../kit/upstream.ts";
import { startRouter, temporaryFile } from "./stage.ts";

/** A model that describes what it is shown, in JSON or as a stream of events. */
async function startModel(describes: (isImage: boolean) => string): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const upstream = await startHttp(async (request, response) => {
    let body = "";
    for await (const bytes of request) body += bytes;
    asked++;
    const content = describes(body.includes("image_url"));
    if (!body.includes('"stream":true')) {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ id: `${Math.random()}`, choices: [{ message: { role: "assistant", content } }] }));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const word of content.split(/(?= )/)) {
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: word } }] })}\n\n`);
    }
    response.end("data: [DONE]\n\n");
  });
  onTestFinished(() => upstream.close());
  return { url: upstream.url, asked: () => asked };
}

function bodyOf(image: boolean, stream: boolean): string {
  const url = "data:image/png;base64,AAAA";
  const content = image ? [{ type: "image_url", image_url: { url } }] : "Please describe it.";
  return JSON.stringify({ model: "m", stream, messages: [{ role: "user", content }] });
}

const rulesText = (stable: string, sandbox: string) => `version: 1
customers: { id: [header:x-customer-id] }
routes:
  - name: chat
    match: [{ path: /v1/chat/completions, model: m }]
    stable: { version: v1, endpoints: ["${stable}"] }
    sandbox: [{ version: v2, endpoints: ["${sandbox}"] }]
    stickyBy: [customer]
    shadow: { version: v2, share: 100% }
    compare: { as: text, similarity: 70%, least: 95%, keep: 5 }
    rules: [{ name: everyone, when: { method: POST }, shadow: { version: v2, share: 100% } }]
`;

async function read<T>(router: RouterProcess, path: string, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(await (await fetch(router.adminUrl + path)).json());
}

describe("a shadow", () => {
  it("that answers otherwise for images is caught before any client sees it, and its text goes on", async () => {
    const stable = await startModel((image) =>
      image ? "A red cat sleeps on a green sofa." : "It is a fine day today.",
    );
    const sandbox = await startModel((image) =>
      image ? "Nothing to be seen here, sorry!" : "It is a fine day today.",
    );
    const rules = temporaryFile("rules.yaml", rulesText(stable.url, sandbox.url));
    const router = await startRouter({ RULES_FILE: rules });
    let asked = 0;
    const ask = async (): Promise<void> => {
      const i = asked++;
      const [image, stream] = [i % 4 === 0, i % 2 === 0];
      const answer = await fetch(`${router.proxyUrl}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-customer-id": `${i}` },
        body: bodyOf(image, stream),
      });
      expect(answer.status).toBe(200);
      expect(answer.headers.get("x-canary-version")).toBe("v1");
      expect(await answer.text()).not.toContain("sorry");
    };
    const standing = async () => (await read(router, "/api/routes", Routes)).routes[0];
    await until(
      "the images of the shadow are cut",
      async () => {
        for (let i = 0; i < 4; i++) await ask();
        return ((await standing())?.sandbox[0]?.cutSlices.length ?? 0) > 0;
      },
      60_000,
    );
    const { cuts } = await read(router, "/api/cuts", CutsNow);
    expect(cuts).toMatchObject([
      {
        ...{ route: "chat", version: "v2", modality: "image", state: "cut", by: "guard" },
        why: expect.stringMatching(/^0 % of \d+ answers of image agree with what clients got; at least 95 % are to\.$/),
      },
    ]);
    const seen = sandbox.asked();
    for (let i = 0; i < 12; i++) await ask();
    await until("only the texts have gone on", async () => sandbox.asked() >= seen + 1);
    const { disagreements } = await read(router, "/api/routes/chat/disagreements", DisagreementsNow);
    expect(disagreements).toHaveLength(5);
    for (const one of disagreements) {
      expect(one).toMatchObject({ version: "v2", answeredBy: "v1", modality: "image", rule: "everyone" });
      expect([one.primary, one.shadow]).toEqual([
        "a red cat sleeps on a green sofa .",
        "nothing to be seen here , sorry !",
      ]);
    }
    expect((await standing())?.shadows[0]).toMatchObject({ version: "v2", failures: 0, agreement: { verdict: "bad" } });
    const metrics = await (await fetch(`${router.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(
      /canary_router_shadow_comparisons_total\{result="other_answer",route="chat",version="v2"\} \d\d?\n/,
    );
    expect(metrics).not.toMatch(/canary_router_requests_total\{[^}]*version="v2"/);
  });
});
