import { seededDice } from "../../src/demo/dice.ts";
import { RATE, type Traffic, watch } from "./guard-traffic.ts";
import { CONTENDERS, type Contender, GUARD_OF_TEN } from "./guard-watchers.ts";
import { table } from "./report.ts";
import { median } from "./rounds.ts";

interface Peace {
  readonly called: string;
  readonly traffic: Traffic;
}

const always = (value: number) => () => value;

function alike(share: number, failing: number): Traffic {
  return { share: always(share), stable: always(failing), candidate: always(failing) };
}

/** 10 % of all requests fail for half a minute every five minutes, whoever answers. */
const incidents = (second: number) => (second % 300 < 30 ? 0.1 : 0.005);
const ramp = (second: number) => (second < 120 ? 0.01 : second < 240 ? 0.05 : second < 360 ? 0.25 : 0.5);
/** So often the candidate fails when its odds are exactly the tolerated 1.2 times stable's 2 %. */
const TOLERATED = 0.0239;

/** Candidates that are like stable. */
export const PEACE: readonly Peace[] = [
  { called: "1 % share, both fail 1 %", traffic: alike(0.01, 0.01) },
  { called: "5 % share, both fail 1 %", traffic: alike(0.05, 0.01) },
  { called: "25 % share, both fail 0.2 %", traffic: alike(0.25, 0.002) },
  { called: "50 % share, both fail 5 %", traffic: alike(0.5, 0.05) },
  {
    called: "share ramps from 1 to 50 % through incidents that hit both",
    traffic: { share: ramp, stable: incidents, candidate: incidents },
  },
];

/** A candidate that is as bad as may be. */
export const BORDER: Peace = {
  called: "5 % share, at the edge of what is tolerated (2 → 2.39 %)",
  traffic: { share: always(0.05), stable: always(0.02), candidate: always(TOLERATED) },
};

/** How many of `canaries` that should live are cut; each is watched for `requests` requests, or until it is promoted. */
export function falseCuts(contender: Contender, { traffic }: Peace, canaries: number, requests: number): number {
  let cuts = 0;
  const most = contender.ownShare ? Number.POSITIVE_INFINITY : requests;
  for (let seed = 1; seed <= canaries; seed++) {
    const ended = watch(contender.watcher(), traffic, seededDice(FRESH + seed * 7919), { candidate: most, all: most });
    if (ended.as === "cut") cuts++;
  }
  return cuts;
}

/** How many requests of the candidate bad ones had until they were cut; those that were not count as Infinity. */
export function untilCut(contender: Contender, traffic: Traffic, canaries: number, most: number): number[] {
  return Array.from({ length: canaries }, (_, i) => {
    const dice = seededDice(FRESH + (i + 1) * 104_729);
    const ended = watch(contender.watcher(), traffic, dice, { candidate: most, all: Number.POSITIVE_INFINITY });
    return ended.as === "cut" ? ended.candidateRequests : Number.POSITIVE_INFINITY;
  });
}

/** The guard was tuned with dice from 0 on; what is told of it is thrown with others. */
const FRESH = 1_000_000_007;

const SHARES = [0.01, 0.05, 0.25];
const FAILING = [0.02, 0.05, 0.1, 0.5];
const MOST = 20_000;

/** What the guard and others do to canaries that are made up, in Markdown. */
export function benchGuard(canaries: number, requests: number, trials: number): string {
  const each = canaries / PEACE.length;
  const cuts = [...PEACE, BORDER].map((peace) => CONTENDERS.map((one) => falseCuts(one, peace, each, requests)));
  const rows = cuts.map((ofContenders, i) => [
    [...PEACE, BORDER][i]?.called ?? "",
    ...ofContenders.map((some) => percent(some / each)),
  ]);
  const inAll = cuts.slice(0, PEACE.length).reduce((sum, [ofGuard = 0]) => sum + ofGuard, 0);
  const peaceful = table(["cut though no worse", ...CONTENDERS.map(({ name }) => name)], rows);

  const bad = SHARES.flatMap((share) =>
    [GUARD_OF_TEN, ...CONTENDERS]
      .filter(({ ownShare }) => !ownShare || share === SHARES[0])
      .map((contender) => [
        contender.ownShare ? `5 to 50 %: ${contender.name}` : `${share * 100} %: ${contender.name}`,
        ...FAILING.map((failing) => {
          const traffic = { share: always(share), stable: always(0.01), candidate: always(failing) };
          return figures(untilCut(contender, traffic, trials, MOST));
        }),
      ]),
  );
  const detected = table(["share", ...FAILING.map((failing) => `1 → ${failing * 100} %`)], bad);
  return `${each.toLocaleString("en")} canaries a line, each watched for ${requests.toLocaleString("en")} requests
(${Math.round(requests / RATE / 60)} min at ${RATE} requests/s):

${peaceful}

Of the ${canaries.toLocaleString("en")} that are like stable, watched after every request, this guard cut ${inAll}.

Requests of the candidate until it is cut: the median, and in brackets what nine of ten do not exceed, of ${trials} canaries.
A dash: not within ${MOST.toLocaleString("en")} requests, or promoted.

${detected}`;
}

function figures(requests: readonly number[]): string {
  const sorted = requests.toSorted((a, b) => a - b);
  const nine = sorted[Math.ceil(sorted.length * 0.9) - 1] ?? Number.POSITIVE_INFINITY;
  return `${number(median(sorted))} (${number(nine)})`;
}

function number(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString("en") : "–";
}

function percent(part: number): string {
  return `${Number((part * 100).toPrecision(3))} %`;
}
