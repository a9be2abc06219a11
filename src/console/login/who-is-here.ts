import type { Role } from "../../config/roles.ts";
import { call } from "../api/call.ts";
import { session } from "../session.ts";

/** Asks the router who this browser is. */
export async function startSession(): Promise<void> {
  const answer = await call<{ readonly name: string; readonly role: Role }>("/api/session");
  if (answer.kind === "done") become(answer.value);
  else if (answer.kind === "refused" && answer.status === 404) become({ name: "local", role: "admin" });
}

/** The same person as before is no news. */
function become({ name, role }: { readonly name: string; readonly role: Role }): void {
  const now = session.value;
  if (now.kind !== "in" || now.name !== name || now.role !== role) session.value = { kind: "in", name, role };
}
