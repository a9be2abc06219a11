import type { z } from "zod";
import { type Role, reaches } from "../../config/roles.ts";
import { samePerson } from "../../config/same-person.ts";
import type { Waiting } from "../../store/approvals.ts";
import type { Identity } from "../endpoint.ts";
import type { FourEyes } from "../four-eyes.ts";
import type { Approval, Approvals } from "../shapes/approvals.ts";
import type { Session } from "../shapes/session.ts";

/** What waits for a second person, as the API tells it. */
export function shownWaiting({ id, by, message, at, expires, raises, does }: Waiting): Approval {
  const { kind, ...about } = does;
  const { cut: _, ...what } = { cut: undefined, ...about };
  const times = { at: new Date(at).toISOString(), expires: new Date(expires).toISOString() };
  return { id, kind, by, message, ...times, raises, needs: neededFor(does), ...what };
}

/** The same for whoever asks. `revision`: the rules in force. */
export function shownTo(
  who: Identity,
  waiting: Waiting,
  revision: number,
): z.output<typeof Approvals>["approvals"][number] {
  const { by, does } = waiting;
  const own = samePerson(by, who.name);
  const outdated = does.kind === "edit" && does.base !== revision;
  const may = reaches(who.role, neededFor(does));
  return {
    ...shownWaiting(waiting),
    outdated,
    mayApprove: may && !own && !outdated,
    mayDecline: may || (own && reaches(who.role, "editor")),
  };
}

/** Whoever may do it alone below the limit may approve it above. */
export function neededFor({ kind }: Waiting["does"]): Role {
  return kind === "restore" ? "operator" : "editor";
}

/** What a session says of approvals. */
export async function approvalsFor(
  who: Identity | undefined,
  { limit, waiting, revision }: Pick<FourEyes, "limit" | "waiting" | "revision">,
): Promise<Pick<z.output<typeof Session>, "approvals">> {
  if (who === undefined || limit === undefined) return {};
  const found = await waiting();
  if (found.kind === "unavailable") return {};
  const mine = found.waiting.filter((one) => shownTo(who, one, revision()).mayApprove);
  return { approvals: { above: limit.above / 100, mayApprove: mine.map(({ id }) => id) } };
}
