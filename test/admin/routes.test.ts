import request from "supertest";
import { expect, it } from "vitest";
import { DisagreementsNow } from "../../src/admin/endpoints/disagreements.ts";
import { RULES, setUp } from "./kit.ts";

it("GET /api/routes has what the rules ask for, and what became of requests", async () => {
  const numbers = () => [
    { route: "chat", version: "v1", track: "stable" as const, requests: 95, failures: 1, inFlight: 2 },
    { route: "chat", version: "v2", track: "candidate" as const, requests: 5, failures: 4, inFlight: 0 },
    { route: "gone", version: "v2", track: "candidate" as const, requests: 9, failures: 9, inFlight: 9 },
  ];
  const word = { verdict: "good", sentence: "It does well.", bothBad: false, observeOnly: false } as const;
  const candidate = { requests: 1000, events: 1 };
  const signal = {
    ...({ signal: "failures", verdict: "good", sentence: "Few failed.", bothBad: false, oneCallers: false } as const),
    ...{ candidate, stable: candidate, eValue: 0.1, needed: 4000, needs: undefined },
  };
  const ratio = { low: 0.5, high: Number.POSITIVE_INFINITY };
  const verdicts = () => [
    { route: "chat", version: "v2", ...word, findings: [], signals: [{ ...signal, ratio }] },
    { route: "gone", version: "v2", ...word, findings: [], signals: [] },
  ];
  const { app } = await setUp({ numbers, verdicts });
  const { body } = await request(app).get("/api/routes").expect(200);
  expect(body).toEqual({
    revision: 1,
    from: "store",
    routes: [
      {
        name: "chat",
        sandbox: [],
        shadows: [],
        versions: [
          {
            version: "v1",
            track: "stable",
            cut: false,
            cutSlices: [],
            endpoints: ["http://127.0.0.1:1"],
            leftOut: [],
            requests: 95,
            failures: 1,
            inFlight: 2,
          },
          {
            version: "v2",
            track: "candidate",
            cut: false,
            cutSlices: [],
            endpoints: ["http://127.0.0.1:2"],
            leftOut: [],
            requests: 5,
            failures: 4,
            inFlight: 0,
            verdict: { ...word, findings: [], signals: [{ ...signal, needs: undefined, ratio: { low: 0.5 } }] },
          },
        ],
        rules: [{ name: "everyone else", shares: [{ version: "v2", percent: 5 }] }],
      },
    ],
  });
});

const SHADOWED = RULES.replace(
  "    rules:",
  `    sandbox: [{ version: v9, endpoints: ["http://127.0.0.1:9"] }]
    shadow: { version: v9, share: 10% }
    rules:`,
);

it("GET /api/routes has what is copied, and what became of copies", async () => {
  const agreement = { verdict: "good", pairs: 40, agreed: 39, sentence: "It agrees." } as const;
  const standing = { version: "v9", requests: 50, failures: 1, dropped: 2, inFlight: 3, compared: 40, agreed: 39 };
  const shadows = () => [
    { route: "chat", ...standing, agreement },
    { route: "gone", ...standing, agreement: undefined },
  ];
  const { app, cuts } = await setUp({ text: SHADOWED, shadows });
  await request(app).post("/api/routes/chat/cut").send({ version: "v9", modality: "image" }).expect(200);
  expect(cuts.records()).toMatchObject([{ version: "v9", modality: "image", state: "cut" }]);
  const { body } = await request(app).get("/api/routes").expect(200);
  expect(body.routes[0]).toMatchObject({
    sandbox: [{ version: "v9", endpoints: ["http://127.0.0.1:9"], cut: false, cutSlices: [{ modality: "image" }] }],
    shadow: { version: "v9", percent: 10 },
    shadows: [{ ...standing, agreement }],
  });
});

it("POST /api/explain says whether a copy is sent", async () => {
  const { app } = await setUp({ text: SHADOWED.replace("10%", "100%") });
  const { body } = await request(app).post("/api/explain").send({ path: "/v1/chat/completions" }).expect(200);
  expect(body.shadow).toEqual({ version: "v9", points: 10_000, cut: false, copied: true });
  expect(body.words).toContain("`v9` gets a copy, and nobody its answer: 100 % of such requests are copied.");
});

it("GET /api/routes/{route}/disagreements has those of the route", async () => {
  const one = {
    ...{
      requestId: "r1",
      version: "v9",
      answeredBy: "v1",
      rule: "none",
      modality: "text",
      path: "/v1/chat/completions",
    },
    ...{ similarity: 0.5, where: "/a", primary: "1", shadow: "2" },
  };
  const disagreements = (route: string) => (route === "chat" ? [{ at: 0, ...one }] : []);
  const { app } = await setUp({ text: SHADOWED, disagreements });
  const { body } = await request(app).get("/api/routes/chat/disagreements").expect(200);
  expect(DisagreementsNow.parse(body)).toEqual({ disagreements: [{ at: "1970-01-01T00:00:00.000Z", ...one }] });
});
