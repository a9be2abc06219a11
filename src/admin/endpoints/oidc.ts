import { z } from "zod";
import type { Log } from "../../log.ts";
import { cookieIn, setCookie } from "../access/cookie.ts";
import type { Access } from "../access/gate.ts";
import { Begun, LOGIN, LOGIN_MS } from "../access/oidc.ts";
import { SESSION } from "../access/sessions.ts";
import { type Answer, refusal } from "../answer.ts";
import { type Endpoint, NO_BODY, NOTHING, openEndpoint } from "../endpoint.ts";

/** Where a browser begins to log in at the provider. */
export const BEGIN_PATH = "/api/session/oidc";

const NO_OIDC = refusal(404, "no_oidc", "No identity provider is set up: see the settings of `oidc`.");
const ELSEWHERE = { type: "text/plain", schema: z.string() } as const;

/** Logging in at an identity provider: there, and back. What is kept meanwhile is with the browser, so that any replica goes on. */
export function oidcEndpoints({ oidc, sessions, seal }: Access, log: Log): Endpoint[] {
  return [
    openEndpoint({
      method: "get",
      path: BEGIN_PATH,
      about: "Sends the browser to the identity provider.",
      needs: "anyone",
      params: NOTHING,
      query: NOTHING,
      body: NO_BODY,
      answers: { 302: { about: "To the provider", ...ELSEWHERE } },
      refusals: { 404: { codes: ["no_oidc"] }, 502: { codes: ["provider_unavailable"] } },
      async handle({ visit, header }) {
        if (oidc === undefined) return NO_OIDC;
        const login = await oidc.begin();
        if (login.kind === "unavailable") return unavailable(login.why, header("accept"));
        const kept = setCookie(LOGIN, await seal.close("login", login.begun), visit.secure, LOGIN_MS);
        return goTo(login.url, [kept]);
      },
    }),
    openEndpoint({
      method: "get",
      path: `${BEGIN_PATH}/callback`,
      about: "Where the identity provider sends the browser back to. Logs it in and sends it to the console.",
      needs: "anyone",
      params: NOTHING,
      query: z.record(z.string(), z.string()),
      body: NO_BODY,
      answers: { 302: { about: "To the console, with the cookie of the session", ...ELSEWHERE } },
      refusals: {
        400: { codes: ["login_not_begun"] },
        401: { codes: ["login_refused"] },
        404: { codes: ["no_oidc"] },
        502: { codes: ["provider_unavailable"] },
      },
      async handle({ query, visit, header }): Promise<Answer> {
        if (oidc === undefined) return NO_OIDC;
        const { address, secure } = visit;
        const sealed = cookieIn(header("cookie"), LOGIN, secure) ?? "";
        const begun = Begun.safeParse(await seal.open("login", sealed)).data;
        if (begun === undefined || Date.now() >= begun.at + LOGIN_MS) {
          const message = `This browser has not begun to log in here in the last ten minutes: begin anew at ${BEGIN_PATH}.`;
          return refuse(header("accept"), 400, "login_not_begun", message);
        }
        const done = await oidc.finish(new URLSearchParams(query), begun);
        if (done.kind === "unavailable") return unavailable(done.why, header("accept"));
        const role = done.kind === "person" ? oidc.roleOf(done.person) : undefined;
        if (done.kind === "refused" || role === undefined) {
          const why = done.kind === "refused" ? done.why : "the person has no role";
          log.warn("a login was refused", { from: address, why });
          return refuse(header("accept"), 401, "login_refused", `You are not logged in: ${why}.`);
        }
        const { person } = done;
        const session = await sessions.open({ kind: "person", ...person, groups: [...person.groups] });
        log.info("somebody has logged in", { name: person.name, role, from: address });
        const kept = setCookie(SESSION, session.sealed, secure, session.until - Date.now());
        return goTo("/", [kept, setCookie(LOGIN, "", secure, 0)]);
      },
    }),
  ];

  function unavailable(why: string, accept: string | undefined): Answer {
    log.warn("the identity provider cannot be asked", { why });
    return refuse(accept, 502, "provider_unavailable", `The identity provider cannot be asked: ${why}.`);
  }
}

/** A person is led back to the console. It gets the code and has words for it, since anybody can write a link with words. */
function refuse(accept: string | undefined, status: number, code: string, message: string): Answer {
  return accept?.includes("text/html") === true ? goTo(`/?login=${code}`, []) : refusal(status, code, message);
}

function goTo(location: string, cookies: readonly string[]): Answer {
  return { status: 302, headers: { location, "set-cookie": cookies }, text: "", type: "text/plain" };
}
