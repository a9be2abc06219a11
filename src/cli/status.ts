import { setTimeout as wait } from "node:timers/promises";
import type { z } from "zod";
import { CutsNow } from "../admin/shapes/cuts.ts";
import { Replicas } from "../admin/shapes/replicas.ts";
import { Routes } from "../admin/shapes/routes.ts";
import { sliceText } from "../routing/explain-words.ts";
import type { Api } from "./api.ts";
import { EXIT, Stop } from "./exit.ts";
import { type Paint, paintFor } from "./paint.ts";
import { rampLine } from "./ramp.ts";
import { remote } from "./remote.ts";
import { table } from "./table.ts";

const EVERY_MS = 2_000;

/** Shows what is going on. */
export const status = remote(
  {
    usage: "status [--watch]",
    about: `The routes, what their rules ask for and what became of requests on the replica that is asked, what the guard thinks of
candidates, and every replica with the revision in force there. The exit code is 1 when one of them is not on the last revision. --watch shows it again
every 2 seconds, until Ctrl-C.`,
    examples: ["canary-router status", "canary-router status --watch", "canary-router status --json | jq .summary"],
    options: { watch: { type: "boolean" } },
    takes: [0, 0],
  },
  async ({ api, url, values, tell }) => {
    const paint = paintFor(process.stdout, process.env);
    const show = async (): Promise<number> => {
      const state = await ask(api);
      tell({ ...state.replicas, routes: state.routes.routes }, () => {
        const lines = screen(url, state, paint);
        return values.watch === true && process.stdout.isTTY
          ? [`\u001b[H\u001b[J${lines[0]}`, ...lines.slice(1)]
          : lines;
      });
      return state.replicas.current === state.replicas.replicas.length ? EXIT.done : EXIT.bad;
    };
    if (values.watch !== true) return show();
    process.once("SIGINT", () => process.exit(EXIT.done));
    for (;;) {
      try {
        await show();
      } catch (error) {
        // The router may be starting again.
        if (!(error instanceof Stop) || error.code !== EXIT.unreachable) throw error;
        console.error(`canary-router: ${error.message}`);
      }
      await wait(EVERY_MS);
    }
  },
);

interface State {
  readonly routes: z.output<typeof Routes>;
  readonly replicas: z.output<typeof Replicas>;
  readonly cuts: z.output<typeof CutsNow>;
}

async function ask(api: Api): Promise<State> {
  const [routes, replicas, cuts] = await Promise.all([
    api.json(Routes, { method: "GET", path: "/api/routes" }),
    api.json(Replicas, { method: "GET", path: "/api/replicas" }),
    api.json(CutsNow, { method: "GET", path: "/api/cuts" }),
  ]);
  return { routes, replicas, cuts };
}

function screen(url: string, { routes, replicas, cuts }: State, paint: Paint): string[] {
  const { summary, current, replicas: all } = replicas;
  const from = routes.from === "store" ? [] : [paint.yellow(`This replica's rules are from: ${routes.from}.`)];
  const { fleeting } = cuts;
  const lost = "Cuts would be lost if the store and all replicas ended at once";
  const warning = fleeting === undefined ? [] : [paint.yellow(`${lost}: ${fleeting}.`)];
  const good = current === all.length && all.length > 0;
  const versions = table(
    ["route", "version", "track", "gets", "requests", "failed", "in flight"],
    routes.routes.flatMap(({ name, versions: own }) => {
      const total = own.reduce((sum, { requests }) => sum + requests, 0);
      return own.map(({ version, track, cut, cutSlices, requests, failures, inFlight }, i) => [
        i === 0 ? name : "",
        version,
        cut ? `${track}, CUT` : [track, ...cutSlices.map((slice) => `CUT${sliceText(slice)}`)].join(", "),
        part(requests, total),
        `${requests}`,
        part(failures, requests),
        `${inFlight}`,
      ]);
    }),
  );
  const verdicts = routes.routes.flatMap(({ name, versions: own }) =>
    own.flatMap(({ version, verdict }) =>
      verdict === undefined
        ? []
        : [[name, version, verdict.verdict + (verdict.observeOnly ? ", only watched" : ""), verdict.sentence]],
    ),
  );
  const shares = routes.routes.flatMap(({ name, rules }) =>
    rules.map((rule) => [
      name,
      rule.name,
      rule.shares.map(({ version, percent }) => `${version} ${percent} %`).join(", "),
      rule.ramp === undefined ? "" : rampLine(rule.ramp),
    ]),
  );
  const shadows = routes.routes.flatMap(({ name, shadows: own, sandbox }) =>
    own.map(({ version, requests, failures, dropped, compared, agreed, agreement }) => [
      name,
      sandbox.some((one) => one.version === version && one.cut) ? `${version}, CUT` : version,
      `${requests}`,
      part(failures, requests),
      `${dropped}`,
      part(agreed, compared),
      agreement === undefined ? "" : `${agreement.verdict}: ${agreement.sentence}`,
    ]),
  );
  const several = all.some(({ workers }) => (workers?.wanted ?? 1) > 1);
  const members = all.map(({ id, address, revision, state, lag, heard, workers }) => [
    ...[id, address, `${revision}`, state, `${Math.round(lag)} ms`, `${(heard / 1000).toFixed(1)} s ago`],
    ...(several ? [workersText(workers)] : []),
  ]);
  return [
    `${paint.bold(url)}  ${(good ? paint.green : paint.red)(summary)}`,
    ...from,
    ...warning,
    ...headed(versions, paint),
    ...headed(table(["route", "version", "verdict", "because"], verdicts), paint),
    ...headed(table(["route", "rule", "asks for", "ramp"], shares), paint),
    ...(shadows.length === 0
      ? []
      : headed(table(["route", "shadow", "copies", "failed", "dropped", "agree", "verdict"], shadows), paint)),
    ...headed(
      table(["replica", "address", "revision", "state", "lag", "heard", ...(several ? ["workers"] : [])], members),
      paint,
    ),
  ];
}

function headed([head = "", ...rows]: readonly string[], paint: Paint): string[] {
  return ["", paint.dim(head), ...rows.map((row) => (/ CUT /.test(row) ? paint.red(row) : row))];
}

function workersText(workers: z.output<typeof Replicas>["replicas"][number]["workers"]): string {
  if (workers === undefined) return "";
  const { forwarding, wanted, lastEnded } = workers;
  return `${forwarding} of ${wanted}${lastEnded === undefined ? "" : `, one ended at ${lastEnded}`}`;
}

function part(some: number, all: number): string {
  return all === 0 ? "" : `${((100 * some) / all).toFixed(some === 0 ? 0 : 2)} %`;
}
