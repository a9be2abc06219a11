import type { Source } from "./rules.ts";

/** What the router can read of a request before its body. */
export interface RequestHead {
  /** As sent: `GET`, `POST`, … */
  readonly method: string;
  /** The path without the query, bytes untouched (one char per byte, latin1). */
  readonly path: string;
  /** The value of a header; `name` is lower-case. Several fields of one name are joined with `, `; absent → undefined. */
  header(name: string): string | undefined;
}

/**
 * Why a body that rules asked for was not read to its end: only what its first part tells is known, or nothing. Label values
 * of `canary_router_bodies_unread_total{reason}`.
 */
export const UNREAD = [
  "too_large",
  "coding", // it has a content coding that is not known, or another one than it says
] as const;

export type Unread = (typeof UNREAD)[number];

/** All that rules can ask about one request. Implementations compute each fact when it is first asked for. */
export interface Facts extends RequestHead {
  /** The model named by the request, when it is known. */
  readonly model: string | undefined;
  /** One of `inference`'s modalities, or `unknown`. */
  readonly modality: string;
  /** Who is asking, when the router could tell. */
  readonly customer: string | undefined;
  /** The type of who is asking; the document's `defaultType` when nothing better is known. */
  readonly customerType: string;
  /** Whether the answer will be a stream, when it is known. */
  readonly stream: boolean | undefined;
  /** Whether it builds on what one version keeps (files, threads, an earlier response), and others do not have. */
  readonly stateful: boolean;
  /** When it came: milliseconds since the epoch. */
  readonly now: number;
  /** What `x-canary` says, whoever has sent it: see `mayChoose`. */
  readonly canary: string | undefined;
  /** Whether the sender's word on who is asking is believed. Of others, who is asking is known by proof only. */
  readonly trusted: boolean;
  /** Whether the customer's type was found, and is not the document's default. */
  readonly typeKnown: boolean;
  /** False while facts that live in the body have not been looked for yet. */
  readonly bodyRead: boolean;
  /** undefined: all of the body was read, or nobody has asked for it. */
  readonly unread?: Unread | undefined;
  /** Where the sticky key has fallen, 0–9999: the same caller has the same. Set by `decide`, when it has looked. */
  bucket?: number | undefined;
  /** What one source says of the request; undefined or empty: nothing. */
  value(source: Source): string | undefined;
}
