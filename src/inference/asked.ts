import { type ApiOfPath, apiOfPath, statefulSegment } from "./api-of-path.ts";
import type { ApiShape, StreamRule } from "./api-table.ts";
import { PART, primary } from "./content-parts.ts";
import { boundaryOf, mayBeJson, mediaTypeOf, modalityOfMediaType } from "./content-type.ts";
import { readFormBody } from "./form-body.ts";
import { type JsonTold, readJsonBody } from "./json-body.ts";
import type { Modality } from "./modality.ts";
import { modelInHead } from "./model-in-head.ts";

/** What a request asks of a model server, as far as it is known. Names are byte strings (one char per byte, UTF-8). */
export interface Asked {
  readonly model: string | undefined;
  readonly modality: Modality | "unknown";
  /** Whether the answer will be a stream. */
  readonly stream: boolean | undefined;
  /** Who is asking, in the words of the asker. */
  readonly user: string | undefined;
  /** What holds several requests together: a conversation, a prompt cache's key, a sequence. */
  readonly session: string | undefined;
  /** It makes or uses something that lives on the server that is asked, so another version would not know it. */
  readonly stateful: boolean;
}

export interface AskedOfHead extends Asked {
  /** A body of this kind could tell more than the head. */
  readonly bodyMatters: boolean;
  /** A body of this kind could name the model; where it could not, `model` is final. */
  readonly modelInBody: boolean;
  /** A body of this kind could change `modality`. */
  readonly modalityInBody: boolean;
  /** A body of this kind could say whether to stream. */
  readonly streamInBody: boolean;
}

type BodyKind =
  | { readonly kind: "json" }
  | { readonly kind: "form"; readonly boundary: string }
  | { readonly kind: "closed" }; // nothing can be read in it

const CLOSED: BodyKind = { kind: "closed" };
const JSON_BODY: BodyKind = { kind: "json" };
const BODYLESS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "CONNECT"]);
/** What a form or a body of unknown shape is read as where no API is known. */
const UNKNOWN_API: Pick<ApiShape, "model" | "modality" | "streams"> = {
  model: "body",
  modality: "unknown",
  streams: "if asked",
};

/**
 * What a request asks, as far as path, query and content type tell.
 *
 * @param path without the query, as sent
 * @param query as sent, with or without its `?`; empty: none
 */
export function askedOfHead(method: string, path: string, query: string, contentType: string | undefined): AskedOfHead {
  const api = apiOfPath(method, path);
  const kind = bodyKind(method, contentType);
  const shape = api?.shape ?? UNKNOWN_API;
  const { model, modality, stream, stateful } = known(api, kind, path, query, contentType);
  const bodyMatters = kind.kind !== "closed";
  return {
    model,
    modality,
    stream,
    user: undefined,
    session: undefined,
    stateful,
    bodyMatters,
    modelInBody: bodyMatters && shape.model === "body",
    modalityInBody: bodyMatters && modalityIsOpen(api),
    streamInBody: bodyMatters && stream === undefined,
  };
}

/**
 * The same, plus what the body tells. Never throws; a body that is not what its type says tells nothing.
 *
 * @param body its beginning, decoded (no content coding, no chunks)
 * @param whole nothing of it is missing, so what was not found is not there
 */
export function askedOfBody(
  method: string,
  path: string,
  query: string,
  contentType: string | undefined,
  body: Uint8Array,
  whole: boolean,
): Asked {
  const api = apiOfPath(method, path);
  const kind = bodyKind(method, contentType);
  const asked = known(api, kind, path, query, contentType);
  if (kind.kind === "closed") return asked;
  const shape = api?.shape ?? UNKNOWN_API;
  // Of an API that nobody knows nobody knows either what it does when it is not asked to stream.
  const silent = api === undefined ? undefined : shape.streams === "unless refused";
  const modelInBody = shape.model === "body";
  if (kind.kind === "form") {
    const told = readFormBody(body, kind.boundary);
    return {
      ...asked,
      model: modelInBody ? told.model : asked.model,
      modality: api === undefined ? (told.modality ?? asked.modality) : asked.modality,
      stream: asked.stream ?? told.stream ?? (whole ? silent : undefined),
      user: told.user,
    };
  }
  const told = readJsonBody(body);
  if (told === undefined) return asked;
  return {
    model: modelInBody ? told.model : asked.model,
    modality: modalityOfJson(api, asked.modality, told),
    stream: asked.stream ?? told.stream ?? (told.complete ? silent : undefined),
    user: told.user,
    session: told.session,
    stateful: asked.stateful || told.stateful,
  };
}

/** The modality that a path (without query) stands for; `unknown` where it says nothing. */
export function modalityOfPath(path: string): Modality | "unknown" {
  return modalityOfHead(apiOfPath("POST", path), path, undefined);
}

/** Whether a path speaks of what lives on one server: files, batches, threads, earlier answers. */
export function stateful(path: string): boolean {
  return isStateful(apiOfPath("POST", path), path);
}

/** Whether a body sent to this path can make the request stateful. */
export function statefulInBody(path: string): boolean {
  return apiOfPath("POST", path)?.shape.continues === true;
}

/** What the head tells. */
function known(
  api: ApiOfPath | undefined,
  { kind }: BodyKind,
  path: string,
  query: string,
  contentType: string | undefined,
): Asked {
  const shape = api?.shape ?? UNKNOWN_API;
  return {
    model: kind !== "closed" && shape.model === "body" ? undefined : modelInHead(api, { path, query }),
    modality: modalityOfHead(api, path, contentType),
    stream: streamOfHead(shape.streams),
    user: undefined,
    session: undefined,
    stateful: isStateful(api, path),
  };
}

function isStateful(api: ApiOfPath | undefined, path: string): boolean {
  if (api !== undefined) return api.shape.stateful === true;
  return statefulSegment(path) !== undefined;
}

function bodyKind(method: string, contentType: string | undefined): BodyKind {
  if (BODYLESS.has(method)) return CLOSED;
  if (contentType === undefined || contentType === "application/json") return JSON_BODY; // nearly all
  const boundary = boundaryOf(contentType);
  if (boundary !== undefined) return { kind: "form", boundary };
  return mayBeJson(mediaTypeOf(contentType)) ? JSON_BODY : CLOSED;
}

function modalityOfHead(
  api: ApiOfPath | undefined,
  path: string,
  contentType: string | undefined,
): Modality | "unknown" {
  const rule = api?.shape.modality;
  switch (rule) {
    case undefined:
      return statefulSegment(path) ?? modalityOfMediaType(mediaTypeOf(contentType)) ?? "unknown";
    case "content":
      return "text";
    case "instances":
      return "tabular";
    case "data":
      return modalityOfMediaType(mediaTypeOf(contentType)) ?? "tabular";
    default:
      return rule;
  }
}

function modalityIsOpen(api: ApiOfPath | undefined): boolean {
  const rule = api?.shape.modality;
  return rule === undefined || rule === "content" || rule === "instances" || rule === "data";
}

function modalityOfJson(api: ApiOfPath | undefined, known: Modality | "unknown", told: JsonTold): Modality | "unknown" {
  switch (api?.shape.modality) {
    case "content":
      return primary(told.parts);
    case "instances":
      return told.data === "texts" ? "text" : told.data === "deep" ? "tensor" : known;
    case "data":
    case undefined:
      if (told.data === "frame") return "tabular";
      if (told.data !== undefined) return told.data === "texts" ? "text" : "tensor";
      return told.speaks || told.parts !== PART.text ? primary(told.parts) : known;
    default:
      return known;
  }
}

function streamOfHead(streams: StreamRule): boolean | undefined {
  return streams === "always" ? true : streams === "never" ? false : undefined;
}
