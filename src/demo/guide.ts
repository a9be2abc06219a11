import { CANDIDATE, STABLE } from "./rules.ts";

/** Where the demo's parts are. URLs have no slash at the end. */
export interface Places {
  readonly proxy: string;
  readonly admin: string;
  readonly candidate: string;
  readonly rulesFile: string;
  /** Whether the admin API asks for the token. */
  readonly token: boolean;
  /** The new version comes in by itself: there is only to watch. */
  readonly release: boolean;
}

/** What the demo says once everything runs: where things are, and what to try. */
export function guide({ proxy, admin, candidate, rulesFile, token, release }: Places): string {
  const json = "-H 'content-type: application/json'";
  const authorization = token ? '-H "authorization: Bearer $CANARY_ADMIN_TOKEN" ' : "";
  const question = '{"model": "demo-chat", "messages": [{"role": "user", "content": "Which version are you?"}]}';
  const tries = `Try, in another terminal:

1. Send a request, and see in the x-canary headers who answered:
   curl -si ${json} -d '${question}' ${proxy}/v1/chat/completions

2. Change the share of the candidate:
   curl -s -X PATCH ${json} ${authorization}-d '{"candidate": "50%"}' ${admin}/api/routes/chat/rules/everyone

3. Watch it move, in the requests that each version has answered:
   curl -s ${admin}/metrics | grep 'request_duration_seconds_count.*chat'`;
  return `
  proxy   ${proxy}   a model in two versions, ${STABLE} (stable) and ${CANDIDATE} (candidate)
  admin   ${admin}   the console: open it in a browser; /metrics, /readyz, /api/rules
  rules   ${rulesFile}   edit and save, it is watched

A few hundred customers are asking.${release ? "" : ` ${tries}`}

Let the candidate do badly, and well again:
   curl -s ${json} -d '{"errorRate": 0.5, "slowdown": 5}' ${candidate}/demo/misbehave
   curl -s ${json} -d '{}' ${candidate}/demo/misbehave

Ctrl-C stops all of it.
`;
}
