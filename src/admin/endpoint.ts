import { z } from "zod";
import type { Role } from "../config/roles.ts";
import { type Answer, refusal } from "./answer.ts";

/** Who asks. */
export interface Identity {
  /** The token's, or the person's: the author of what it edits. */
  readonly name: string;
  readonly role: Role;
}

/** What is known of an endpoint besides what it does: it is held to this, and documented by it. */
export interface About {
  readonly method: "get" | "put" | "post" | "patch" | "delete";
  /** As OpenAPI writes it: `/api/rules/history/{revision}`. */
  readonly path: string;
  /** One line. */
  readonly about: string;
  /** The least role that may. */
  readonly needs: Role;
  /** Headers that it reads, and what for. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What it answers when it does what was asked, by status. */
  readonly answers: Readonly<Record<number, Shape>>;
  /** The codes of its own refusals, by status. Those that every endpoint has go without saying. */
  readonly refusals?: Readonly<Record<number, Refusals>>;
}

export interface Shape {
  readonly about: string;
  readonly type: "application/json" | "text/yaml" | "text/event-stream";
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
  readonly who: Identity;
  /** The value of a header; `name` is lower-case. */
  header(name: string): string | undefined;
}

/** One thing that the API does: what it validates with, what it documents and who may do it, in one place. */
export interface Endpoint extends About, Takes<z.ZodType, z.ZodType, z.ZodType> {
  run(raw: Asked<unknown, unknown, unknown>): Answer | Promise<Answer>;
}

export const NOTHING = z.strictObject({});
export const NO_BODY = { type: undefined, schema: z.unknown() };

export function endpoint<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType>(
  own: About &
    Takes<Params, Query, Body> & {
      handle(asked: Asked<z.output<Params>, z.output<Query>, z.output<Body>>): Answer | Promise<Answer>;
    },
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
