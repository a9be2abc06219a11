import { z } from "zod";
import type { Log } from "../../log.ts";
import { setCookie } from "../access/cookie.ts";
import { Failures } from "../access/failures.ts";
import { type Access, tooMany } from "../access/gate.ts";
import { SESSION } from "../access/sessions.ts";
import { type Answer, refusal } from "../answer.ts";
import { type Caller, type Endpoint, NO_BODY, NOTHING, openEndpoint } from "../endpoint.ts";
import { Session } from "../shapes/session.ts";
import type { ApprovalsDesk } from "./approvals.ts";
import { BEGIN_PATH } from "./oidc.ts";
import { approvalsFor } from "./waiting.ts";

/** Logging in with a browser, which then has a cookie that no page can read. Scripts send their token each time instead. */
export function sessionEndpoints({ tokens, oidc, sessions }: Access, approvals: ApprovalsDesk, log: Log): Endpoint[] {
  const attempts = new Failures(() => performance.now());
  const session = async (caller: Caller): Promise<z.output<typeof Session>> => ({
    ...whoOf(caller),
    ...(await approvalsFor(caller.who, approvals)),
    login: { token: tokens?.any === true, ...(oidc === undefined ? {} : { oidc: BEGIN_PATH }) },
  });
  return [
    openEndpoint({
      method: "get",
      path: "/api/session",
      about: "Who asks, with which role, and how one can log in.",
      needs: "anyone",
      params: NOTHING,
      query: NOTHING,
      body: NO_BODY,
      answers: { 200: { about: "Who it is; absent: nobody that is known", type: "application/json", schema: Session } },
      handle: async ({ caller }) => ({ status: 200, json: await session(caller) }),
    }),
    openEndpoint({
      method: "post",
      path: "/api/session",
      about: "Logs a browser in with a token: the answer sets a cookie, which stands for the token from then on.",
      needs: "anyone",
      params: NOTHING,
      query: NOTHING,
      body: { type: "application/json", schema: z.strictObject({ token: z.string().min(1).max(1_000) }) },
      answers: { 200: { about: "Who it is now", type: "application/json", schema: Session } },
      refusals: { 409: { codes: ["no_login"] } },
      async handle({ body, visit }): Promise<Answer> {
        const { address, secure } = visit;
        if (tokens === undefined) {
          return refusal(409, "no_login", "There are no tokens: whoever is on this machine may do everything.");
        }
        // A right token too: otherwise guessing goes on as fast as before.
        const wait = attempts.wait(address);
        if (wait > 0) return tooMany(wait);
        const owner = tokens.find(body.token);
        if (owner === undefined) {
          attempts.add(address);
          log.warn("a login was refused", { from: address, why: "the token is wrong" });
          return refusal(401, "unauthorized", "The token is wrong.");
        }
        const { who, mark } = owner;
        const { sealed, until } = await sessions.open({ kind: "token", mark });
        log.info("somebody has logged in", { name: who.name, role: who.role, from: address });
        const headers = { "set-cookie": setCookie(SESSION, sealed, secure, until - Date.now()) };
        return { status: 200, headers, json: await session({ by: "session", who, until }) };
      },
    }),
    openEndpoint({
      method: "delete",
      path: "/api/session",
      about: "Logs the browser out.",
      needs: "anyone",
      params: NOTHING,
      query: NOTHING,
      body: NO_BODY,
      answers: { 200: { about: "How one can log in", type: "application/json", schema: Session } },
      async handle({ caller, visit }) {
        const headers = { "set-cookie": setCookie(SESSION, "", visit.secure, 0) };
        return { status: 200, headers, json: await session(caller.by === "session" ? { by: "nobody" } : caller) };
      },
    }),
  ];
}

function whoOf(caller: Caller): Pick<z.output<typeof Session>, "who"> {
  if (caller.by === "nobody") return {};
  const { by, who } = caller;
  const until = caller.by === "session" ? { until: new Date(caller.until).toISOString() } : {};
  return { who: { ...who, by, ...until } };
}
