import { signal } from "@preact/signals";
import { type Role, reaches } from "../config/roles.ts";

/** Who uses the console. */
export type Session =
  | { readonly kind: "unknown" }
  | { readonly kind: "in"; readonly name: string; readonly role: Role }
  | { readonly kind: "out" };

export const session = signal<Session>({ kind: "unknown" });

/** The router does not know this browser any more. */
export function sessionEnded(): void {
  session.value = { kind: "out" };
}

/** Why this person may not do what takes `needed`; undefined: they may. */
export function forbidden(needed: Role): string | undefined {
  const now = session.value;
  if (now.kind !== "in") return "Log in first.";
  if (reaches(now.role, needed)) return undefined;
  return `This takes the role ${needed}; you are ${now.name}, with the role ${now.role}.`;
}
