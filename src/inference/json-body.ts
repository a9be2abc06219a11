import { PART, readMedia, readParts } from "./content-parts.ts";
import { JsonCursor } from "./json-cursor.ts";
import { Words } from "./words.ts";

/** What the top-level keys of a JSON body say. Of keys that stand twice the last one counts, as for most servers. */
export interface JsonTold {
  model: string | undefined;
  stream: boolean | undefined;
  user: string | undefined;
  session: string | undefined;
  /** It speaks of something that lives on the server: an earlier answer, a stored file, a cache. */
  stateful: boolean;
  /** What stands in its messages, and in what form the answer shall come, as `PART` bits. */
  parts: number;
  /** There are messages, a prompt or the like. */
  speaks: boolean;
  /** What its rows or tensors look like. */
  data: Data | undefined;
  /** The whole object was read: what was not found is not there. */
  complete: boolean;
}

/** `texts`: a string or a list of them; `rows`: objects or flat lists; `deep`: lists within rows; `named`: one object. */
export type Data = "frame" | "texts" | "rows" | "deep" | "named";

/** Who is speaking, the best known name last. */
const USER_KEYS = ["metadata.user_id", "safety_identifier", "user"] as const;
/** What holds a session together, the closest last. */
const SESSION_KEYS = ["parameters.sequence_id", "session_id", "prompt_cache_key", "conversation"] as const;

type Name = (typeof USER_KEYS)[number] | (typeof SESSION_KEYS)[number];
type Names = Map<Name, string | undefined>;
/** Past the value of a key, taking from it what it tells. */
type Reader = (cursor: JsonCursor, told: JsonTold, names: Names) => void;

const KEYS = new Words<Reader>([
  [
    "model",
    (cursor, told) => {
      told.model = cursor.string();
    },
  ],
  [
    "stream",
    (cursor, told) => {
      told.stream = cursor.boolean();
    },
  ],
  ["user", name("user")],
  ["safety_identifier", name("safety_identifier")],
  [
    "metadata",
    (cursor, _, names) => {
      names.set("metadata.user_id", scalarIn(cursor, "user_id"));
    },
  ],
  ["prompt_cache_key", name("prompt_cache_key")],
  ["session_id", name("session_id")],
  [
    "conversation",
    (cursor, told, names) => {
      told.stateful ||= !cursor.blank();
      names.set("conversation", cursor.kind() === "object" ? scalarIn(cursor, "id") : cursor.scalar());
    },
  ],
  [
    "parameters", // Triton: requests of one sequence
    (cursor, told, names) => {
      const sequence = scalarIn(cursor, "sequence_id");
      if (sequence === undefined || sequence === "0" || sequence === "") return;
      told.stateful = true;
      names.set("parameters.sequence_id", sequence);
    },
  ],
  ["previous_response_id", stateful],
  ["background", stateful],
  ["store", stateful],
  ["container", stateful], // Anthropic: where its code runs
  ["cachedContent", stateful],
  ["cached_content", stateful],
  ["messages", speech],
  ["input", speech],
  ["contents", speech],
  ["content", speech], // Gemini: to be embedded
  ["system", speech],
  ["prompt", speech],
  ["text_input", speech],
  ["image", attached(PART.image)],
  ["images", attached(PART.image)],
  [
    "modalities",
    (cursor, told) => {
      told.parts |= readMedia(cursor);
    },
  ],
  ["generationConfig", generationConfig],
  ["generation_config", generationConfig],
  ["dataframe_split", frame],
  ["dataframe_records", frame],
  ["inputs", data],
  ["instances", data],
]);
/** Undefined: not a JSON object. Bytes that stop being JSON tell what stands before that. */
export function readJsonBody(body: Uint8Array): JsonTold | undefined {
  const cursor = new JsonCursor(body);
  if (cursor.kind() !== "object") return undefined;
  const told: JsonTold = {
    model: undefined,
    stream: undefined,
    user: undefined,
    session: undefined,
    stateful: false,
    parts: 0,
    speaks: false,
    data: undefined,
    complete: false,
  };
  const names = new Map<Name, string | undefined>();
  cursor.enter();
  while (cursor.nextKey()) {
    const read = KEYS.find(cursor);
    if (read === undefined) cursor.skip();
    else read(cursor, told, names);
  }
  told.complete = !cursor.lost;
  for (const key of USER_KEYS) told.user = names.get(key) ?? told.user;
  for (const key of SESSION_KEYS) told.session = names.get(key) ?? told.session;
  return told;
}

function name(key: Name): Reader {
  return (cursor, _, names) => {
    names.set(key, cursor.scalar());
  };
}

function stateful(cursor: JsonCursor, told: JsonTold): void {
  told.stateful ||= !cursor.blank();
  cursor.skip();
}

function speech(cursor: JsonCursor, told: JsonTold): void {
  told.speaks = true;
  const parts = readParts(cursor);
  told.parts |= parts;
  if (parts & PART.serverState) told.stateful = true;
}

function attached(bits: number): Reader {
  return (cursor, told) => {
    if (!cursor.blank()) told.parts |= bits;
    cursor.skip();
  };
}

function frame(cursor: JsonCursor, told: JsonTold): void {
  told.data = "frame";
  cursor.skip();
}

function data(cursor: JsonCursor, told: JsonTold): void {
  told.data = shapeOfData(cursor.opening());
  cursor.skip();
}

function generationConfig(cursor: JsonCursor, told: JsonTold): void {
  if (cursor.kind() !== "object") {
    cursor.skip();
    return;
  }
  cursor.enter();
  while (cursor.nextKey()) {
    if (cursor.says("responseModalities") || cursor.says("response_modalities")) told.parts |= readMedia(cursor);
    else cursor.skip();
  }
}

/** Past the next value; the scalar under one key of it, if it is an object. */
function scalarIn(cursor: JsonCursor, key: string): string | undefined {
  if (cursor.kind() !== "object") {
    cursor.skip();
    return undefined;
  }
  let found: string | undefined;
  cursor.enter();
  while (cursor.nextKey()) {
    if (cursor.says(key)) found = cursor.scalar();
    else cursor.skip();
  }
  return found;
}

function shapeOfData(opening: string): Data | undefined {
  if (opening === '"' || opening === '["') return "texts";
  if (opening === "{") return "named";
  if (opening === "[[[") return "deep";
  return opening.startsWith("[") ? "rows" : undefined;
}
