import request from "supertest";
import { expect, it } from "vitest";
import { setUp } from "./kit.ts";

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
