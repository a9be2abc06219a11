import { mediaTypeOf, modalityOfMediaType } from "./content-type.ts";
import type { JsonCursor } from "./json-cursor.ts";
import type { Modality } from "./modality.ts";
import { Words } from "./words.ts";

/** What stands in messages, gathered as bits: the highest of the modalities is the primary one. */
export const PART = { text: 0, file: 1, image: 2, audio: 4, video: 8, serverState: 16 } as const;

/** Messages, parts and parts of parts (a tool's result): deeper than any API goes, and a bound for hostile bodies. */
const DEEPEST = 16;

/** The kinds of parts: as the value of `type`, and as the key of what the part carries. */
const KINDS: readonly (readonly [string, number])[] = [
  ["image", PART.image],
  ["images", PART.image], // Ollama: of a message
  ["image_url", PART.image],
  ["input_image", PART.image],
  ["image_embeds", PART.image],
  ["computer_screenshot", PART.image],
  ["audio", PART.audio],
  ["audio_url", PART.audio],
  ["input_audio", PART.audio],
  ["video", PART.video],
  ["video_url", PART.video],
  ["input_video", PART.video],
  ["file", PART.file],
  ["file_url", PART.file],
  ["input_file", PART.file],
  ["document", PART.file],
  ["container_upload", PART.file | PART.serverState],
  ["item_reference", PART.serverState],
];
const TYPES = new Words(KINDS);

type Key = { readonly is: "kind"; readonly bits: number } | { readonly is: "type" | "inside" | "blob" };

const KEYS = new Words<Key>([
  ...KINDS.map(([word, bits]) => [word, { is: "kind", bits }] as const),
  ["file_id", { is: "kind", bits: PART.serverState }],
  ["type", { is: "type" }],
  ["content", { is: "inside" }],
  ["parts", { is: "inside" }], // Gemini
  ["output", { is: "inside" }], // of a tool, in OpenAI's responses
  ["source", { is: "inside" }], // Anthropic
  ["inlineData", { is: "blob" }],
  ["inline_data", { is: "blob" }],
  ["fileData", { is: "blob" }],
  ["file_data", { is: "blob" }],
]);
/** Past the next value, which holds messages, parts of a message, or one of them; what is in it, as `PART` bits. */
export function readParts(cursor: JsonCursor, depth = 0): number {
  const kind = cursor.kind();
  if ((kind !== "array" && kind !== "object") || depth > DEEPEST) {
    cursor.skip();
    return 0;
  }
  let bits = 0;
  cursor.enter();
  if (kind === "array") {
    while (cursor.nextElement()) bits |= readParts(cursor, depth + 1);
    return bits;
  }
  while (cursor.nextKey()) bits |= readEntry(cursor, KEYS.find(cursor), depth);
  return bits;
}

/** Past a list such as `["text", "audio"]` or `["IMAGE"]`: in what the answer shall come, as `PART` bits. */
export function readMedia(cursor: JsonCursor): number {
  if (cursor.kind() !== "array") {
    cursor.skip();
    return 0;
  }
  let bits = 0;
  cursor.enter();
  while (cursor.nextElement()) {
    const word = cursor.string()?.toLowerCase();
    for (const [kind, meant] of KINDS) if (kind === word) bits |= meant;
  }
  return bits;
}

/** The one that counts when there are several. */
export function primary(bits: number): Modality {
  if (bits & PART.video) return "video";
  if (bits & PART.audio) return "audio";
  if (bits & PART.image) return "image";
  return bits & PART.file ? "file" : "text";
}

function readEntry(cursor: JsonCursor, key: Key | undefined, depth: number): number {
  if (key === undefined || cursor.blank()) {
    cursor.skip();
    return 0;
  }
  switch (key.is) {
    case "kind":
      return key.bits | readParts(cursor, depth + 1);
    case "inside":
      return readParts(cursor, depth + 1);
    case "type":
      if (cursor.kind() !== "string") {
        cursor.skip();
        return 0;
      }
      cursor.skip();
      return cursor.lost ? 0 : (TYPES.find(cursor) ?? 0);
    case "blob":
      return readBlob(cursor);
  }
}

/** Past a Gemini blob; anything that is not an object is OpenAI's `file_data`, the file itself. */
function readBlob(cursor: JsonCursor): number {
  let bits: number = PART.file;
  if (cursor.kind() !== "object") {
    cursor.skip();
    return bits;
  }
  cursor.enter();
  while (cursor.nextKey()) {
    if (cursor.says("mimeType") || cursor.says("mime_type")) bits = bitsOfMediaType(cursor.string() ?? "");
    else cursor.skip();
  }
  return bits;
}

function bitsOfMediaType(contentType: string): number {
  const mediaType = mediaTypeOf(contentType);
  if (mediaType.startsWith("text/")) return PART.text;
  const modality = modalityOfMediaType(mediaType);
  return modality === "image" || modality === "audio" || modality === "video" ? PART[modality] : PART.file;
}
