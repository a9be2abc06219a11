import { signal } from "@preact/signals";
import { type Role, reaches } from "../config/roles.ts";
import type { SessionNow } from "./api/answers.ts";

/** Who uses the console. */
export type Session =
  | { readonly kind: "unknown" }
  /** The router has not answered yet. */
  | { readonly kind: "unreachable" }
  | { readonly kind: "in"; readonly who: NonNullable<SessionNow["who"]> }
  | { readonly kind: "out"; readonly login: SessionNow["login"] };

export const session = signal<Session>({ kind: "unknown" });

const BY_TOKEN: SessionNow["login"] = { token: true };

/** The router does not know this browser any more. */
export function sessionEnded(): void {
  if (session.value.kind !== "out") session.value = { kind: "out", login: BY_TOKEN };
}

/** Why this person may not do what takes `needed`; undefined: they may. */
export function forbidden(needed: Role): string | undefined {
  const now = session.value;
  if (now.kind !== "in") return "Log in first.";
  const { name, role } = now.who;
  return reaches(role, needed) ? undefined : `This takes the role ${needed}; you are ${name}, with the role ${role}.`;
}
