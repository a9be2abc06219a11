import { z } from "zod";
import type { Role } from "../config/roles.ts";
import type { Visit } from "./access/visit.ts";
import { type Answer, refusal } from "./answer.ts";

/** Who asks. */
export interface Identity {
  /** The token's, or the person's: the author of what it edits. */
  readonly name: string;
  readonly role: Role;
}

/** Who asks, if it is known, and how it is. */
export type Caller =
  | { readonly by: "nobody"; readonly who?: undefined }
  /** There are no tokens, and it is somebody on this machine. */
  | { readonly by: "local" | "token"; readonly who: Identity }
  /** A browser; `until`: milliseconds since 1970. */
  | { readonly by: "session"; readonly who: Identity; readonly until: number };

/** What is known of an endpoint besides what it does: it is held to this, and documented by it. */
export interface About {
  readonly method: "get" | "put" | "post" | "patch" | "delete";
  /** As OpenAPI writes it: `/api/rules/history/{revision}`. */
  readonly path: string;
  /** One line. */
  readonly about: string;
  /** The least role that may; `anyone`: also who has not logged in. */
  readonly needs: Role | "anyone";
  /** Costs so much that it is done for one request at a time, and refused where too many wait. */
  readonly costly?: boolean;
  /** Headers that it reads, and what for. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What it answers when it does what was asked, by status. */
  readonly answers: Readonly<Record<number, Shape>>;
  /** The codes of its own refusals, by status. Those that every endpoint has go without saying. */
  readonly refusals?: Readonly<Record<number, Refusals>>;
}

export interface Shape {
  readonly about: string;
  readonly type: "application/json" | "text/yaml" | "text/plain" | "text/event-stream";
  readonly schema: z.ZodType;
}

export interface Refusals {
  readonly codes: readonly string[];
  /** What stands beside the error. */
  readonly more?: z.ZodObject;
}

/** What an endpoint takes. */
interface Takes<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> {
  readonly params: Params;
  readonly query: Query;
  readonly body: { readonly type: "application/json" | "text/yaml" | undefined; readonly schema: Body };
}

/** A request whose parts have been found right. */
export interface Asked<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly visit: Visit;
  /** The value of a header; `name` is lower-case. */
  header(name: string): string | undefined;
}

/** One thing that the API does: what it validates with, what it documents and who may do it, in one place. */
export interface Endpoint extends About, Takes<z.ZodType, z.ZodType, z.ZodType> {
  run(raw: Asked<unknown, unknown, unknown> & { readonly caller: Caller }): Answer | Promise<Answer>;
}

export const NOTHING = z.strictObject({});
export const NO_BODY = { type: undefined, schema: z.unknown() };

type Described<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType, Given> = About &
  Takes<Params, Query, Body> & {
    handle(asked: Asked<z.output<Params>, z.output<Query>, z.output<Body>> & Given): Answer | Promise<Answer>;
  };

/** One for those who have a role. */
export function endpoint<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType>(
  own: Described<Params, Query, Body, { readonly who: Identity }> & { readonly needs: Role },
): Endpoint {
  return openEndpoint({
    ...own,
    handle({ caller: { who }, ...asked }) {
      return who === undefined ? refusal(401, "unauthorized", "Log in.") : own.handle({ ...asked, who });
    },
  });
}

/** One that may be for anyone. */
export function openEndpoint<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType>(
  own: Described<Params, Query, Body, { readonly caller: Caller }>,
): Endpoint {
  const { handle, ...about } = own;
  return {
    ...about,
    run(raw) {
      const params = own.params.safeParse(raw.params);
      const query = own.query.safeParse(raw.query);
      const body = own.body.schema.safeParse(raw.body);
      if (params.success && query.success && body.success) {
        return handle({ ...raw, params: params.data, query: query.data, body: body.data });
      }
      const said = [
        ["the path", params],
        ["the query", query],
        ["the body", body],
      ] as const;
      const mistakes = said.flatMap(([where, { error }]) =>
        (error?.issues ?? []).map(({ path, message }) => `${[where, ...path].join(".")}: ${message}`),
      );
      return refusal(400, "bad_request", `The request cannot be understood: ${mistakes.join("; ")}.`);
    },
  };
}
