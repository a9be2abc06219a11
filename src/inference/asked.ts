import { type ApiOfPath, apiOfPath, modelInPath, statefulSegment } from "./api-of-path.ts";
import type { ApiShape, StreamRule } from "./api-table.ts";
import { percentDecoded } from "./byte-string.ts";
import { PART, primary } from "./content-parts.ts";
import { boundaryOf, mayBeJson, mediaTypeOf, modalityOfMediaType } from "./content-type.ts";
import { readFormBody } from "./form-body.ts";
import { type JsonTold, readJsonBody } from "./json-body.ts";
import type { Modality } from "./modality.ts";

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
  const shape = api?.shape ?? UNKNOWN_API;
  const { kind } = bodyKind(method, contentType);
  const readable = kind !== "closed";
  const modelInBody = readable && shape.model === "body";
  return {
    model: modelOfHead(api, path, query, modelInBody),
    modality: modalityOfHead(api, path, contentType),
    stream: streamOfHead(shape.streams),
    user: undefined,
    session: undefined,
    stateful: isStateful(api, path),
    bodyMatters: readable,
    modelInBody,
    modalityInBody: readable && modalityIsOpen(api),
    streamInBody: readable && streamOfHead(shape.streams) === undefined,
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
  const head = askedOfHead(method, path, query, contentType);
  const { model, modality, stream, stateful } = head;
  const asked: Asked = { model, modality, stream, user: undefined, session: undefined, stateful };
  const kind = bodyKind(method, contentType);
  if (kind.kind === "closed") return asked;
  const api = apiOfPath(method, path);
  const streams = (api?.shape ?? UNKNOWN_API).streams;
  if (kind.kind === "form") {
    const told = readFormBody(body, kind.boundary);
    return {
      ...asked,
      model: head.modelInBody ? told.model : model,
      modality: api === undefined ? (told.modality ?? modality) : modality,
      stream: stream ?? told.stream ?? (whole && api !== undefined ? unsaid(streams) : undefined),
      user: told.user,
    };
  }
  const told = readJsonBody(body);
  if (told === undefined) return asked;
  return {
    model: head.modelInBody ? told.model : model,
    modality: modalityOfJson(api, modality, told),
    stream: stream ?? told.stream ?? (told.complete && api !== undefined ? unsaid(streams) : undefined),
    user: told.user,
    session: told.session,
    stateful: stateful || told.stateful,
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

function isStateful(api: ApiOfPath | undefined, path: string): boolean {
  if (api !== undefined) return api.shape.stateful === true;
  return statefulSegment(path) !== undefined;
}

function bodyKind(method: string, contentType: string | undefined): BodyKind {
  if (BODYLESS.has(method)) return CLOSED;
  const boundary = boundaryOf(contentType);
  if (boundary !== undefined) return { kind: "form", boundary };
  return mayBeJson(mediaTypeOf(contentType)) ? JSON_BODY : CLOSED;
}

function modelOfHead(
  api: ApiOfPath | undefined,
  path: string,
  query: string,
  modelInBody: boolean,
): string | undefined {
  if (api?.model !== undefined) return modelInPath(path, api);
  if (api === undefined ? !modelInBody : api.shape.model === "query") {
    return parameterOf(query, "model") ?? parameterOf(query, "deployment"); // Azure's realtime
  }
  return undefined;
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

/** What it means that a whole body does not say. */
function unsaid(streams: StreamRule): boolean {
  return streams === "unless refused" || streams === "always";
}

function parameterOf(query: string, name: string): string | undefined {
  for (const pair of query.replace(/^\?/, "").split("&")) {
    const equals = pair.indexOf("=");
    if (equals < 0 || pair.slice(0, equals) !== name || equals + 1 === pair.length) continue;
    return percentDecoded(pair.slice(equals + 1).replaceAll("+", " "));
  }
  return undefined;
}
