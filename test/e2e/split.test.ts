import { expect, it } from "vitest";
import { bucketOf } from "../../src/routing/bucket.ts";
import { client, rulesText, startRouter, startVersions, temporaryFile } from "./stage.ts";

it("splits 20,000 requests of 2,000 customers by a 5 % rule, each customer always the same way", async () => {
  const versions = await startVersions();
  const router = await startRouter({ RULES_FILE: temporaryFile("rules.yaml", rulesText(versions, "5%")) });
  const asking = client(router);
  const CUSTOMERS = 2_000;
  const seen = Array.from({ length: CUSTOMERS }, () => new Set<string>());
  let requests = 0;
  let toCandidate = 0;
  for (let round = 0; round < 10; round++) {
    await Promise.all(
      seen.map(async (versionsOfOne, i) => {
        const version = await asking.ask(`user${i}`);
        versionsOfOne.add(version);
        requests++;
        if (version === "v2") toCandidate++;
      }),
    );
  }
  expect(requests).toBe(20_000);
  // Of 2,000 customers about 100 ± 10 have one of the buckets 0–499; of these 107 do.
  const inShare = seen.filter((_, i) => bucketOf("chat", `user${i}`) < 500).length;
  expect(toCandidate).toBe(inShare * 10);
  expect(toCandidate / requests).toBeGreaterThan(0.04);
  expect(toCandidate / requests).toBeLessThan(0.06);
  expect(seen.filter((versionsOfOne) => versionsOfOne.size !== 1)).toEqual([]);

  const metrics = await (await fetch(`${router.adminUrl}/metrics`)).text();
  const counted = metrics.match(
    /^canary_router_requests_total\{.*version="v2".*rule="everyone".*code="200".*\} (\d+)$/m,
  )?.[1];
  expect(Number(counted)).toBe(toCandidate);
}, 60_000);
