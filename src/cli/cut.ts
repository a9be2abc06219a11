import { CutSpread } from "../admin/shapes/cuts.ts";
import { sliceText } from "../routing/explain-words.ts";
import { EXIT, Stop } from "./exit.ts";
import { remote, SLICE } from "./remote.ts";

/** Takes a candidate out of service, everywhere. */
export const cut = remote(
  {
    usage: "cut ROUTE|--all [--version VERSION] [--rule RULE] [--modality MODALITY] [--why WHY] [--abort]",
    about: `Cuts the route's candidate: from now on it gets nothing, whatever the rules, sticky sessions or x-canary say. No timer
and no restart lifts it; \`restore\` does. --version says which, where there are several; --all cuts every candidate of
every route. --rule and --modality cut only that slice of it: what comes under one rule, requests of one modality, or what is
both. Requests that the version has in hand may finish; --abort gives them to stable where that is possible, and
breaks off the others.

The answer says on how many replicas it is in force. The exit code is 1 when one has not acknowledged within a second: it
follows by itself, within another second once it reaches the store.`,
    examples: [
      "canary-router cut chat",
      "canary-router cut chat --version 2026-11 --why 'answers in the wrong language' --abort",
      "canary-router cut chat --modality image --why 'pictures come out grey'",
      "canary-router cut --all --why 'incident 4711'",
    ],
    options: {
      all: { type: "boolean" },
      version: { type: "string" },
      ...SLICE,
      why: { type: "string" },
      abort: { type: "boolean" },
    },
    takes: [0, 1],
  },
  async ({ api, values, args, tell }) => {
    const [route] = args;
    const { version, rule, modality, why } = values;
    const named = [version, rule, modality].some((value) => value !== undefined);
    if ((route === undefined) === (values.all !== true) || (values.all === true && named)) {
      throw new Stop(EXIT.usage, "name a route, or write --all for every candidate of every route");
    }
    const path = route === undefined ? "/api/cut-all" : `/api/routes/${encodeURIComponent(route)}/cut`;
    const body = { version, rule, modality, why, inFlight: values.abort === true ? "abort" : undefined };
    const spread = await api.json(CutSpread, { method: "POST", path, body });
    tell(spread, () => [
      ...spread.versions.map((one) => `${one.route}: ${one.version} is cut${sliceText(one)}`),
      ...(spread.versions.length === 0 ? ["there is no candidate to cut"] : [spread.summary]),
    ]);
    return spread.stored && spread.missing.length === 0 ? EXIT.done : EXIT.bad;
  },
);
