import { madeIn, streamed } from "./compare/generated-text.ts";
import { mediaTypeOf } from "./content-type.ts";
import { type Redaction, redactJson } from "./redact-json.ts";
import { redactText } from "./redact-text.ts";

/** A body as it is kept, without what must not be. */
export type KeptBody =
  | { readonly kind: "json"; readonly json: unknown }
  | { readonly kind: "text"; readonly text: string }
  /** What was generated, put together: in the pieces of a stream nobody finds an address. */
  | { readonly kind: "stream"; readonly text: string; readonly events: number }
  | { readonly kind: "left out"; readonly why: LeftOut };

/** Why nothing of a body is kept: what cannot be looked through cannot be redacted. */
export type LeftOut =
  | "too_large"
  | "no_memory"
  | "coded" // gzip and the like
  | "not_text" // pictures, sound, forms
  | "unreadable"; // JSON was promised, and is not there

/** @param text the whole body. @param contentType as its head has it. */
export function keptBody(text: string, contentType: string | undefined, redaction: Redaction): KeptBody {
  const media = mediaTypeOf(contentType);
  try {
    if (media === "application/json" || media.endsWith("+json")) {
      return { kind: "json", json: redactJson(JSON.parse(text), redaction) };
    }
    if (STREAMS.has(media)) return keptStream(text, redaction);
  } catch {
    return { kind: "left out", why: "unreadable" };
  }
  if (media.startsWith("text/")) return { kind: "text", text: redactText(text, redaction.detect) };
  return { kind: "left out", why: "not_text" };
}

/** Events, and lines of JSON. */
const STREAMS = new Set([
  "text/event-stream",
  "application/x-ndjson",
  "application/ndjson",
  "application/jsonl",
  "application/x-jsonlines",
]);

function keptStream(text: string, { pointers, detect }: Redaction): KeptBody {
  const events = [...streamed(text)].filter((event) => event !== undefined);
  const made = madeIn(events.map((event) => redactJson(event, { pointers, detect: [] }))) ?? "";
  return { kind: "stream", text: redactText(made, detect), events: events.length };
}
