import { createHash } from "node:crypto";
import { z } from "zod";

/** What waits for a second person, apart from the text that it may come with. */
const Asked = z.object({
  /** Who has asked for it. */
  by: z.string(),
  /** Why. */
  message: z.string(),
  /** What it gives beyond the limit, in sentences. */
  raises: z.array(z.string()),
  does: z.discriminatedUnion("kind", [
    /** Rules, made of those of revision `base`. */
    z.object({ kind: z.literal("edit"), base: z.int().nonnegative() }),
    /** The end of the cut with this id. */
    z.object({
      kind: z.literal("restore"),
      route: z.string(),
      version: z.string(),
      rule: z.string().optional(),
      modality: z.string().optional(),
      cut: z.string(),
    }),
  ]),
});
/** One that has not been written down yet. `text`: the rules, where it is about rules. */
export type Asking = z.output<typeof Asked> & { readonly text: string };

export const Waiting = Asked.extend({
  /** The same for one who asks for the same again. */
  id: z.string(),
  /** Milliseconds since 1970 by the clock of the store: when it was asked for, and from when on nobody can approve it. */
  at: z.number(),
  expires: z.number(),
});
export type Waiting = z.output<typeof Waiting>;

export type WithText = Waiting & { readonly text: string };

export interface Unavailable {
  readonly kind: "unavailable";
  readonly why: string;
}

export type Found = { readonly kind: "found"; readonly waiting: WithText } | { readonly kind: "unknown" } | Unavailable;

/** Where edits wait for a second person. What has expired is not there. No method rejects. */
export interface ApprovalsStore {
  /** @param lasts milliseconds until it expires. Whoever asks for the same again gets what waits already. */
  add(
    asking: Asking,
    lasts: number,
  ): Promise<{ readonly kind: "waits"; readonly waiting: Waiting } | { readonly kind: "full" } | Unavailable>;
  /** The oldest first. */
  all(): Promise<{ readonly kind: "all"; readonly waiting: readonly Waiting[] } | Unavailable>;
  find(id: string): Promise<Found>;
  /** Takes it away: of several people who decide, one gets it. */
  take(id: string): Promise<Found>;
  close(): Promise<void>;
}

/** More do not wait at a time: each may have a text of 4 MiB. */
export const MOST_WAITING = 20;

export function idOf({ by, does, text }: Asking): string {
  return createHash("sha256")
    .update(JSON.stringify([by, does, text]))
    .digest("hex")
    .slice(0, 12);
}
