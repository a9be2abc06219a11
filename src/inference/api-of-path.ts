import { API_TABLE, type ApiShape, STATEFUL_SEGMENTS } from "./api-table.ts";
import type { Modality } from "./modality.ts";
import type { Place } from "./place.ts";

/** The API that a path belongs to. */
export interface ApiOfPath {
  readonly shape: ApiShape;
  /** Where the model's name stands in the path, if it does. */
  readonly model: Place | undefined;
}

type Segment =
  | { readonly is: "literal"; readonly text: string }
  | { readonly is: "name"; readonly model: boolean; readonly suffix: string };

interface Pattern {
  readonly shape: ApiShape;
  /** The last one first, because paths are told by their ends. */
  readonly segments: readonly Segment[];
}

/** Patterns by what the last segment must be: a word, `:verb`, or (the empty string) anything. */
const BY_END = patternsByEnd(API_TABLE);

/** Paths are few, and each is asked about several times a request; a flood of made-up ones only costs finding out anew. */
const found = new Map<string, Map<string, ApiOfPath | undefined>>();
/** For each method. */
const MAX_FOUND = 1_000;
const MAX_METHODS = 50;
const MAX_LENGTH = 256;

/** Undefined: no API that is known has such a path. A slash at the end does not matter. */
export function apiOfPath(method: string, path: string): ApiOfPath | undefined {
  if (path.length > MAX_LENGTH) return findApi(method, path);
  let ofMethod = found.get(method);
  if (ofMethod === undefined) {
    ofMethod = new Map();
    if (found.size >= MAX_METHODS) found.clear();
    found.set(method, ofMethod);
  }
  let api = ofMethod.get(path);
  if (api === undefined && !ofMethod.has(path)) {
    api = findApi(method, path);
    if (ofMethod.size >= MAX_FOUND) ofMethod.clear();
    ofMethod.set(path, api);
  }
  return api;
}

function findApi(method: string, path: string): ApiOfPath | undefined {
  const end = path.endsWith("/") ? path.length - 1 : path.length;
  const last = path.slice(path.lastIndexOf("/", end - 1) + 1, end);
  const colon = last.lastIndexOf(":");
  return (
    firstFit(BY_END.get(last), method, path, end) ??
    (colon < 0 ? undefined : firstFit(BY_END.get(last.slice(colon)), method, path, end)) ??
    firstFit(BY_END.get(""), method, path, end)
  );
}

/** What the path of a request is about that asks for server state; undefined: it is not such a path. */
export function statefulSegment(path: string): Modality | "unknown" | undefined {
  for (const segment of path.split("/")) {
    const modality = STATEFUL_SEGMENTS.get(segment);
    if (modality !== undefined) return modality;
  }
  return undefined;
}

function firstFit(
  patterns: readonly Pattern[] | undefined,
  method: string,
  path: string,
  end: number,
): ApiOfPath | undefined {
  if (patterns === undefined) return undefined;
  for (const { shape, segments } of patterns) {
    if (shape.method !== undefined && shape.method !== method) continue;
    const model = { start: 0, end: 0 };
    if (fits(segments, path, end, shape.whole === true, model)) {
      return { shape, model: model.end === 0 ? undefined : model };
    }
  }
  return undefined;
}

function fits(
  segments: readonly Segment[],
  path: string,
  end: number,
  whole: boolean,
  model: { start: number; end: number },
): boolean {
  let stop = end;
  for (const segment of segments) {
    if (stop <= 0) return false;
    const start = path.lastIndexOf("/", stop - 1) + 1;
    if (start === 0) return false;
    if (segment.is === "literal") {
      if (stop - start !== segment.text.length || !path.startsWith(segment.text, start)) return false;
    } else {
      const nameEnd = stop - segment.suffix.length;
      if (nameEnd <= start || !path.startsWith(segment.suffix, nameEnd)) return false;
      if (segment.model) {
        model.start = start;
        model.end = nameEnd;
      }
    }
    stop = start - 1;
  }
  return !whole || stop === 0;
}

function patternsByEnd(shapes: readonly ApiShape[]): ReadonlyMap<string, readonly Pattern[]> {
  const byEnd = new Map<string, Pattern[]>();
  for (const shape of shapes) {
    const segments = shape.path.slice(1).split("/").reverse().map(segmentOf);
    const last = segments[0];
    const end = last === undefined ? "" : last.is === "literal" ? last.text : last.suffix;
    byEnd.set(end, [...(byEnd.get(end) ?? []), { shape, segments }]);
  }
  for (const patterns of byEnd.values()) patterns.sort((a, b) => b.segments.length - a.segments.length);
  return byEnd;
}

function segmentOf(text: string): Segment {
  const name = /^\{(\w+)\}(.*)$/.exec(text);
  if (name === null) return { is: "literal", text };
  return { is: "name", model: name[1] === "model", suffix: name[2] ?? "" };
}
