import type { SessionNow } from "../api/answers.ts";
import { type Called, call } from "../api/call.ts";
import { session, sessionEnded } from "../session.ts";

const SESSION = "/api/session";

/** Asks the router who this browser is. */
export async function askSession(): Promise<void> {
  const answer = await call<SessionNow>(SESSION);
  if (answer.kind === "done") become(answer.value);
  else if (answer.kind === "unreachable" && session.value.kind === "unknown") session.value = { kind: "unreachable" };
}

/** Logs in with a token. */
export async function logIn(token: string): Promise<Called<SessionNow>> {
  const answer = await call<SessionNow>(SESSION, { method: "POST", json: { token } });
  if (answer.kind === "done") become(answer.value);
  return answer;
}

export async function logOut(): Promise<void> {
  const answer = await call<SessionNow>(SESSION, { method: "DELETE" });
  if (answer.kind === "done") become(answer.value);
  else sessionEnded();
}

/** The same person as before is no news. */
function become({ who, login }: SessionNow): void {
  const now = session.value;
  if (who === undefined) session.value = { kind: "out", login };
  else if (now.kind !== "in" || now.who.name !== who.name || now.who.role !== who.role) {
    session.value = { kind: "in", who };
  }
}
