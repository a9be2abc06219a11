import { z } from "zod";
import type { Condition, Match, Route, Rule, Source, Version } from "../routing/rules.ts";
import { autoCutForm, readAutoCut } from "./auto-cut.ts";
import { captureSchema, readCapture } from "./capture.ts";
import { compareForm, readCompare } from "./compare.ts";
import { fallback } from "./fallback.ts";
import { matchSchema, readMatch } from "./match.ts";
import { modalitySource } from "./modality.ts";
import { name } from "./names.ts";
import { child, type Place, textAt } from "./place.ts";
import type { Reading } from "./reading.ts";
import { readRule, ruleSchema } from "./rule.ts";
import { shown } from "./rule-error.ts";
import { apart, mapOf, neededApart, yesOrNo } from "./schema.ts";
import { readShadow, shadowSchema, type VersionNames } from "./shadow.ts";
import { size } from "./size.ts";
import { stickySources } from "./sources.ts";
import { listed } from "./suggestion.ts";
import { readVersion, versionSchema } from "./versions.ts";
import { readWhen, whenSchema } from "./when.ts";

export const routeSchema = mapOf("write a map with `name`, `match`, `stable`, `candidate` and `rules`", {
  name: name("write a name such as `chat`").describe("The route's name, in headers, metrics and the console."),
  match: neededApart(
    "What requests of this route look like: one of the entries, with all that it says.",
    z.array(matchSchema.schema).min(1),
  ),
  stable: neededApart("The version that answers what no candidate gets.", versionSchema.schema),
  candidate: apart("The version on trial.", versionSchema.schema),
  candidates: apart("Several versions on trial.", z.array(versionSchema.schema).min(1)),
  stickyBy: stickySources.optional().describe("What keeps a caller with one version: the first that a request has."),
  rules: apart(
    "Who gets which share of the candidate. The first rule that holds decides.",
    z.array(ruleSchema.schema).min(1),
  ),
  modality: modalitySource
    .optional()
    .describe(
      "What the requests are about, or the header that says it; found out from each request unless it is said.",
    ),
  override: apart(
    "Whether callers may choose with `x-canary: always` or `never`: `true`, or the conditions under which they may.",
    z.union([yesOrNo, whenSchema.schema]),
  ),
  salt: name("write a text such as `chat-2026`")
    .optional()
    .describe("Routes of one salt have the same callers first; the route's name unless it is said."),
  maxBody: size.optional().describe("How large a request's body may be, such as `20MiB`."),
  fallback: fallback
    .optional()
    .describe("When stable is asked for what a candidate has failed to answer: `never`, `failures` or `5xx`."),
  autoCut: apart("When a candidate is cut by itself: `off`, or how much worse than stable it may be.", autoCutForm),
  sandbox: apart("Versions that never answer anybody: for shadows.", z.array(versionSchema.schema).min(1)),
  shadow: apart("What gets copies of the requests, and its answers go to nobody.", shadowSchema.schema),
  capture: apart("What is kept of the requests for those who make the next version.", captureSchema.schema),
  compare: apart("How a shadow's answers are held against those that clients got.", compareForm),
});

/** A piece of a route and where it is written. */
export interface At<T> {
  readonly place: Place;
  readonly read: T;
}

/** What could be read of a route, for the checks that look across; `route` is undefined when something was refused. */
export interface ReadRoute {
  readonly place: Place;
  readonly route: Route | undefined;
  readonly stickyBy: readonly Source[];
  readonly match: readonly At<Match>[];
  readonly override: readonly Condition[];
  readonly rules: readonly At<Rule>[];
}

export function readRoute(reading: Reading, place: Place): ReadRoute {
  const before = reading.mistakes.length;
  const own = reading.map(place, routeSchema);
  if (place.node === undefined || place.node.entries.size === 0)
    return { place, route: undefined, stickyBy: [], match: [], override: [], rules: [] };
  const stickyBy = own?.stickyBy ?? [];
  const match = readAll(reading.list(child(place, "match"), "write a list such as `[{ path: /v1/* }]`"), (at) =>
    readMatch(reading, at),
  );
  const stable = readVersion(reading, child(place, "stable"));
  const candidatePlaces = placesOfCandidates(reading, place);
  const candidates = readAll(candidatePlaces, (at) => readVersion(reading, at));
  const sandboxPlaces = placesIn(reading, child(place, "sandbox"));
  const sandbox = readAll(sandboxPlaces, (at) => readVersion(reading, at));
  refuseIdleRewrites(reading, [{ place: child(place, "stable"), read: stable }, ...candidates, ...sandbox], match);
  const names = versionNames(reading, child(place, "stable"), candidatePlaces, sandboxPlaces);
  const rulePlaces = placesOfRules(reading, place);
  refuseDuplicates(reading, rulePlaces, "name", "rule");
  const rules = readAll(rulePlaces, (at) => readRule(reading, at, names));
  const override = readOverride(reading, child(place, "override"));
  const autoCut = readAutoCut(reading, child(place, "autoCut"));
  const shadow = readShadow(reading, child(place, "shadow"), names);
  const compare = readCompare(reading, child(place, "compare"));
  const capture = readCapture(reading, child(place, "capture"));
  const seen = { place, stickyBy, match, override: override || [], rules };
  if (own === undefined || stable === undefined || reading.mistakes.length > before) {
    return { ...seen, route: undefined };
  }
  const route: Route = {
    name: own.name,
    match: match.map(readOf),
    stable,
    candidates: candidates.map(readOf),
    stickyBy,
    rules: rules.map(readOf),
    modality: own.modality ?? { from: "derived" },
    override,
    salt: own.salt ?? own.name,
    maxBody: own.maxBody,
    fallback: own.fallback,
    autoCut,
    sandbox: sandboxPlaces.length === 0 ? undefined : sandbox.map(readOf),
    shadow,
    compare,
    capture,
  };
  return { ...seen, route };
}

/** `true`, `false`, or the conditions under which callers may choose. */
function readOverride(reading: Reading, place: Place): false | readonly Condition[] {
  if (place.node === undefined) return false;
  if (textAt(place) === undefined)
    return readWhen(reading, place, "write `true` for every caller of a trusted network") ?? false;
  return reading.value(place, yesOrNo) === true ? [] : false;
}

function readOf<T>({ read }: At<T>): T {
  return read;
}

function readAll<T>(places: readonly Place[], read: (place: Place) => T | undefined): readonly At<T>[] {
  return places.flatMap((place) => {
    const result = read(place);
    return result === undefined ? [] : [{ place, read: result }];
  });
}

function placesOfCandidates(reading: Reading, route: Place): readonly Place[] {
  const one = child(route, "candidate");
  const many = child(route, "candidates");
  if (one.node !== undefined && many.node !== undefined) {
    reading.refuse(many, "A route has either `candidate` or `candidates`: write all of them in the list `candidates`.");
  }
  const places = one.node === undefined ? [] : [one];
  return [...places, ...placesIn(reading, many)];
}

function placesIn(reading: Reading, list: Place): readonly Place[] {
  return list.node === undefined ? [] : reading.list(list, "write a list of versions, or leave it out");
}

function placesOfRules(reading: Reading, route: Place): readonly Place[] {
  const rules = child(route, "rules");
  if (rules.node === undefined) return [];
  return reading.list(rules, "write a list such as `[{ name: everyone, candidate: 5% }]`, or leave it out");
}

/** Read also where a version has mistakes, so that its name is not called unknown as well. */
function versionNames(
  reading: Reading,
  stable: Place,
  candidates: readonly Place[],
  sandbox: readonly Place[],
): VersionNames {
  refuseDuplicates(reading, [stable, ...candidates, ...sandbox], "version", "version of this route");
  const nameAt = (place: Place) => textAt(child(place, "version")) ?? "";
  return {
    stable: textAt(child(stable, "version")),
    candidates: candidates.map(nameAt),
    sandbox: sandbox.map(nameAt),
  };
}

/** A path that no request of the route has is a slip of the pen. */
function refuseIdleRewrites(
  reading: Reading,
  versions: readonly At<Version | undefined>[],
  match: readonly At<Match>[],
): void {
  for (const { place, read } of versions) {
    const rewrite = read?.path;
    if (rewrite === undefined || match.length === 0) continue;
    const wanted = `${rewrite.prefix}/`;
    // Both are beginnings: requests have both when one begins with the other.
    const meets = match.some(({ read: { path } }) => {
      const here = path === undefined ? "/" : path.endsWith("/*") ? path.slice(0, -1) : `${path}/`;
      return here.startsWith(wanted) || (path?.endsWith("/*") !== false && wanted.startsWith(here));
    });
    if (meets) continue;
    const at = child(child(place, "path"), "prefix");
    const paths = match.map(({ read: { path } }) => path ?? "/*");
    reading.refuse(
      at,
      `No request of this route has a path that begins with ${shown(rewrite.prefix)}: it takes ${listed(paths)}.`,
    );
  }
}

/** Names must tell things apart. */
export function refuseDuplicates(reading: Reading, places: readonly Place[], key: string, what: string): void {
  const seen = new Set<string>();
  for (const place of places) {
    const at = child(place, key);
    const written = textAt(at);
    if (written === undefined) continue;
    if (seen.has(written)) {
      reading.refuse(at, `There is another ${what} named ${shown(written)} above: give this one a name of its own.`);
    }
    seen.add(written);
  }
}
