import { z } from "zod";
import { MODALITIES } from "../../inference/modality.ts";
import { type CutTarget, isWhole } from "../../routing/cuts.ts";
import { sliceText } from "../../routing/explain-words.ts";
import type { Route } from "../../routing/rules.ts";
import type { CutRecord } from "../../store/cuts-port.ts";
import type { CutOrder, CutResult, LiveCuts } from "../../store/live-cuts.ts";
import { type Answer, type Refusal, refusal } from "../answer.ts";
import { type Endpoint, endpoint, NO_BODY, NOTHING } from "../endpoint.ts";
import type { FourEyes } from "../four-eyes.ts";
import { CutSpread, CutsNow } from "../shapes/cuts.ts";
import { acknowledged, inWords, others, ownPart, type Spread, type Witness } from "../spread.ts";
import { HELD, HELD_REFUSALS, type RulesDesk, storeUnavailable, tellHeld, Why } from "./edits.ts";

/** The cuts that the API shows and changes. */
export interface CutsDesk extends Pick<LiveCuts, "cut" | "records" | "epoch" | "fleeting"> {
  readonly restore: FourEyes["restore"];
}

const InFlight = z
  .enum(["finish", "abort"])
  .default("finish")
  .describe("What becomes of requests that the version has in hand; `abort` gives stable those that can be repeated.");
const SLICE = {
  version: z.string().optional().describe("Needed only where there are several."),
  rule: z.string().optional().describe("Only requests under this rule."),
  modality: z
    .enum([...MODALITIES, "unknown"])
    .optional()
    .describe("Only requests of this modality."),
};
const PARAMS = z.strictObject({ route: z.string() });
const ANSWERS = {
  200: { about: "Where it is in force, and where it is not yet", type: "application/json", schema: CutSpread },
} as const;

/** Cutting, which never waits for anybody, and restoring, which has to say why. */
export function cutEndpoints(rules: Pick<RulesDesk, "current">, cuts: CutsDesk, witness: Witness): Endpoint[] {
  const cutAll = async (orders: readonly CutOrder[], inFlight: CutRecord["inFlight"]): Promise<Answer> => {
    const since = performance.now();
    const results = await Promise.all(orders.map((order) => cuts.cut(order, inFlight)));
    const spread = await spreadOf(results, witness, since);
    const fleeting = results.find((result) => result.kind === "stored" && result.fleeting !== undefined);
    const warning = fleeting?.kind === "stored" ? `; a restart would lift it: ${fleeting.fleeting}` : "";
    const whole = cuts.fleeting();
    const lost = whole === undefined ? "" : `; it would be lost if the store and all replicas ended at once: ${whole}`;
    return tell(orders, results.every(({ kind }) => kind === "stored") && warning === "", spread, warning || lost);
  };

  return [
    endpoint({
      method: "get",
      path: "/api/cuts",
      about: "The last decision about each version, or slice of one, that was ever cut: who, when and why.",
      needs: "viewer",
      params: NOTHING,
      query: NOTHING,
      body: NO_BODY,
      answers: { 200: { about: "Cuts and restorations", type: "application/json", schema: CutsNow } },
      handle: () => ({ status: 200, json: cutsNow(cuts) }),
    }),
    endpoint({
      method: "post",
      path: "/api/routes/{route}/cut",
      about:
        "Cuts a candidate, or a slice of it: it gets nothing more of that, whatever the rules say, until it is restored.",
      needs: "operator",
      params: PARAMS,
      query: NOTHING,
      body: {
        type: "application/json",
        schema: z.strictObject({ ...SLICE, why: Why.default(""), inFlight: InFlight }),
      },
      answers: ANSWERS,
      refusals: {
        400: { codes: ["version_needed"] },
        404: { codes: ["unknown_route", "unknown_version", "unknown_rule"] },
      },
      handle({ params, body: { rule, modality, ...body }, who }) {
        const route = rules.current()?.table.routes.find((one) => one.route.name === params.route)?.route;
        if (route === undefined) return refusal(404, "unknown_route", `There is no route ${params.route}.`);
        const version = candidateOf(route, body.version);
        if (typeof version !== "string") return version;
        if (rule !== undefined && !route.rules.some(({ name }) => name === rule)) {
          const known = route.rules.map(({ name }) => name).join(", ");
          return refusal(404, "unknown_rule", `${rule} is no rule of ${route.name}: they are ${known}.`);
        }
        return cutAll([{ route: route.name, version, rule, modality, by: who.name, why: body.why }], body.inFlight);
      },
    }),
    endpoint({
      method: "post",
      path: "/api/cut-all",
      about: "Cuts every candidate of every route.",
      needs: "operator",
      params: NOTHING,
      query: NOTHING,
      body: { type: "application/json", schema: z.strictObject({ why: Why.default(""), inFlight: InFlight }) },
      answers: ANSWERS,
      handle({ body, who }) {
        const routes = rules.current()?.table.routes ?? [];
        const orders = routes.flatMap(({ route }) =>
          route.candidates.map(({ version }) => ({ route: route.name, version, by: who.name, why: body.why })),
        );
        return cutAll(orders, body.inFlight);
      },
    }),
    endpoint({
      method: "post",
      path: "/api/routes/{route}/restore",
      about: "Lifts a cut: the candidate gets again what the rules ask for.",
      needs: "operator",
      params: PARAMS,
      query: NOTHING,
      body: { type: "application/json", schema: z.strictObject({ ...SLICE, why: Why.min(1) }) },
      answers: { ...ANSWERS, ...HELD },
      refusals: {
        400: { codes: ["version_needed"] },
        409: { codes: ["not_cut", "cut_again", ...HELD_REFUSALS[409].codes] },
        503: { codes: ["store_unavailable"] },
      },
      async handle({ params: { route }, body, who }) {
        const since = performance.now();
        const { why, ...wanted } = body;
        const found = meant(cuts.records(), { route, ...wanted });
        const [target, another] = found;
        if (another !== undefined) {
          const names = found.map(targetText).join(", ");
          return refusal(400, "version_needed", `Several cuts of ${route} are in force: say which of ${names}.`);
        }
        // Where this replica knows of none, the store may.
        const { version } = target ?? wanted;
        if (version === undefined) return refusal(409, "not_cut", `Nothing of ${route} is cut.`);
        const { rule, modality } = target ?? wanted;
        const order = { route, version, rule, modality, by: who.name, why };
        const what = `${targetText(order)} of ${route}`;
        const result = await cuts.restore(order);
        switch (result.kind) {
          case "restored":
            return tell([order], true, await acknowledged(witness, result.epoch, since));
          case "waits":
          case "too many wait":
            return tellHeld(result);
          case "not cut":
            return refusal(409, "not_cut", `${what} is not cut.`);
          case "conflict": {
            const { by, why } = result.record;
            return refusal(409, "cut_again", `${by} has cut ${what} once more meanwhile: ${why}`);
          }
          case "unavailable":
            return storeUnavailable(`The store cannot be written to, ${what} stays cut: ${result.why}`);
        }
      },
    }),
  ];
}

/** A version of the sandbox is meant only where it is named. */
function candidateOf({ name, candidates, sandbox = [] }: Route, asked: string | undefined): string | Refusal {
  if (asked !== undefined && sandbox.some(({ version }) => version === asked)) return asked;
  const names = candidates.map(({ version }) => version);
  const version = asked ?? onlyOne(names);
  if (version !== undefined && names.includes(version)) return version;
  const known = names.length === 0 ? "it has none" : `they are ${names.join(", ")}`;
  if (version === undefined && names.length > 1) {
    return refusal(
      400,
      "version_needed",
      `Several versions are candidates of ${name}: say which of ${names.join(", ")}.`,
    );
  }
  return refusal(404, "unknown_version", `${version ?? "Nothing"} is no candidate of ${name}: ${known}.`);
}

function onlyOne(names: readonly string[]): string | undefined {
  return names.length === 1 ? names[0] : undefined;
}

/** The cuts that a restoration may be about. Where it names no slice, that of the whole version comes first. */
function meant(
  records: readonly CutRecord[],
  wanted: Omit<CutTarget, "version"> & { readonly version?: string | undefined },
): readonly CutRecord[] {
  const { route, version, rule, modality } = wanted;
  const cut = records.filter((one) => {
    return one.route === route && one.state === "cut" && one.version === (version ?? one.version);
  });
  if (!isWhole(wanted)) return cut.filter((one) => one.rule === rule && one.modality === modality);
  const whole = cut.filter(isWhole);
  return whole.length > 0 ? whole : cut;
}

function targetText(target: CutTarget): string {
  return `${target.version}${sliceText(target)}`;
}

async function spreadOf(results: readonly CutResult[], witness: Witness, since: number): Promise<Spread> {
  const kept = results.find(({ kind }) => kind === "kept here");
  if (kept?.kind === "kept here") {
    const { applied, missing } = await ownPart(witness);
    const rest = others(`will follow when the store returns: ${kept.why}`);
    return { applied, missing: [...missing, rest], ms: performance.now() - since };
  }
  const epoch = Math.max(0, ...results.map((result) => (result.kind === "stored" ? result.epoch : 0)));
  return acknowledged(witness, epoch, since);
}

function tell(orders: readonly CutOrder[], stored: boolean, spread: Spread, warning = ""): Answer {
  const versions = orders.map(({ route, version, rule, modality }) => ({ route, version, rule, modality }));
  return { status: 200, json: { versions, stored, ...spread, summary: inWords(spread) + warning } };
}

/** The last decision about everything that was ever cut. */
export function cutsNow(cuts: Pick<CutsDesk, "records" | "epoch" | "fleeting">): z.output<typeof CutsNow> {
  return { epoch: cuts.epoch(), fleeting: cuts.fleeting(), cuts: cuts.records().map(shown) };
}

function shown({ route, version, rule, modality, state, by, why, at, epoch }: CutRecord) {
  return { route, version, rule, modality, state, by, why, at: new Date(at).toISOString(), stored: epoch > 0 };
}
