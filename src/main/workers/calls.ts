import { z } from "zod";
import type { Cuts, CutTarget } from "../../routing/cuts.ts";
import type { RampPositions } from "../../routing/ramp.ts";
import type { SeenRequest } from "../../routing/seen-request.ts";
import type { DirectoryAnswers, KeyOwner } from "../../store/directory.ts";
import type { LaneSettings } from "../open-lane.ts";
import type { Call } from "./port.ts";

/*
 * All that the primary process and its workers ask of each other. Both are the same build: what is plain data and large is
 * looked at from outside only.
 */

function call<Asked, Answered>(
  name: string,
  asks: z.ZodType<Asked>,
  answers: z.ZodType<Answered>,
): Call<Asked, Answered> {
  return { name, asks, answers };
}

function plain<T>() {
  return z.custom<T>((value) => typeof value === "object" && value !== null);
}

const NOTHING = z.void();
const Slice = z.object({ rule: z.string().optional(), modality: z.string().optional() });
const CutsInForce: z.ZodType<Cuts> = z.map(z.string(), z.array(Slice));
const Target: z.ZodType<CutTarget> = Slice.extend({ route: z.string(), version: z.string() });

const Beginning = z.object({
  settings: plain<LaneSettings>(),
  captures: z.boolean(),
  /** Of request ids, and which of the replica's processes it is that makes some. */
  prefix: z.string(),
  part: z.int(),
  /** Of the replica. */
  id: z.string(),
  level: z.enum(["info", "warn", "error"]),
  seen: z.object({ secret: z.int(), size: z.int() }),
});
export type Beginning = z.output<typeof Beginning>;

/** Asked by a worker, when it has come up: how to forward. What is said to it before that it does not hear. */
export const BEGIN = call("begin", NOTHING, Beginning);

const HandedText = z.object({
  text: z.string(),
  revision: z.int(),
  from: z.enum(["store", "snapshot", "last resort"]),
});
export type HandedText = z.output<typeof HandedText>;

// What is in force. Each is answered once it is so in the worker.
export const RULES = call("rules", HandedText, NOTHING);
export const RAMPS = call("ramps", plain<RampPositions>(), NOTHING);
export const CUTS = call("cuts", CutsInForce, NOTHING);

/** Take requests from now on; answers with the port. */
export const LISTEN = call("listen", NOTHING, z.int());
export const ABORT = call("abort", Target, NOTHING);
const Standing = z.object({
  /** Endpoints that get nothing at the moment, by `placeOf`. */
  leftOut: z.map(z.string(), z.array(z.string())),
  counts: z.record(z.string(), z.record(z.string(), z.number())),
});
export type Standing = z.output<typeof Standing>;

/** Tell what has not been told yet, and answer how the lane is. */
export const CATCH_UP = call("catch up", NOTHING, Standing);
/** The seen requests from this one on, some at a time; fewer than asked for: these are the last. */
export const SEEN = call("seen", z.object({ from: z.int(), most: z.int() }), z.array(plain<SeenRequest>()));
/** What the process says of itself. */
export const PROCESS = call("process", NOTHING, z.array(plain<object>()));
/** Take no new requests, and answer once all are over, or these milliseconds. */
export const DRAIN = call("drain", z.number(), NOTHING);

const DecisionName = z.object({
  route: z.string(),
  rule: z.string().optional(),
  version: z.string(),
  track: z.enum(["stable", "candidate"]),
  reason: z.enum(["share", "rest", "no rule", "stateful", "fallback", "cut", "override"]),
});
export type DecisionName = z.output<typeof DecisionName>;

/** What is told of for the first time, and that of which nothing will be told any more. */
function introductions<T>(name: z.ZodType<T>) {
  return z.object({ introduced: z.array(z.tuple([z.int(), name])), forgotten: z.array(z.int()) });
}

const Batch = z.object({
  decisions: introductions(DecisionName),
  plans: introductions(z.string()),
  numbers: z.instanceof(Float64Array),
  texts: z.array(z.string()),
});
export type Batch = z.output<typeof Batch>;

/** What the lane of a worker has to tell of its requests. */
export const TOLD = call("told", Batch, NOTHING);
/** What a client thinks of an answer. */
export const FEEDBACK = call("feedback", z.unknown(), z.object({ status: z.int(), json: plain<object>() }));

/** Lines of captured requests, to be kept. */
export const CAPTURE = call("capture", z.array(z.string()), NOTHING);

function answers<T>(value: z.ZodType<T>): z.ZodType<DirectoryAnswers<T>> {
  return z.union([
    z.object({ kind: z.literal("found"), values: z.array(z.union([value, z.undefined()])) }),
    z.object({ kind: z.literal("unavailable"), why: z.string() }),
  ]);
}
const Asked: z.ZodType<readonly string[]> = z.array(z.string());
const Owner: z.ZodType<KeyOwner> = z.object({ customer: z.string(), type: z.union([z.string(), z.undefined()]) });

// The directory of customers, which the primary reads.
export const OWNERS = call("owners", Asked, answers(Owner));
export const TYPES = call("types", Asked, answers(z.string()));
