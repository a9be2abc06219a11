import { CANDIDATE, STABLE } from "./rules.ts";

/** How a version comes in: nobody sees it, few do, more and more do. */
export const STAGES = ["shadow", "first requests", "ramp"] as const;

export type Stage = (typeof STAGES)[number];

export interface ReleasePlaces {
  readonly stable: string;
  readonly candidate: string;
  /** Seconds that each step of the ramp lasts at least. */
  readonly step: number;
}

/** What each stage is for, in a sentence. */
export const ABOUT: Readonly<Record<Stage, string>> = {
  shadow: `${CANDIDATE} gets a copy of every chat request, and nobody its answers; they are compared with what customers got.`,
  "first requests": `${CANDIDATE} agrees with ${STABLE}: 1 % of the sessions go to it, and of the others it still gets copies.`,
  ramp: `${CANDIDATE} has answered customers: its share rises by itself, and a cut would stop it.`,
};

/** The rules of a stage. Each is an edit of the one before. */
export function releaseRules(stage: Stage, { stable, candidate, step }: ReleasePlaces): string {
  const tried = `{ version: "${CANDIDATE}", endpoints: [${candidate}] }`;
  const rule =
    stage === "first requests"
      ? "candidate: 1%"
      : `ramp: [{ to: 1%, for: ${step}s }, { to: 10%, for: ${step}s }, { to: 50%, for: ${step}s }, { to: 100% }]`;
  const lines = {
    shadow: [`sandbox: [${tried}]`, `shadow: { version: "${CANDIDATE}", share: 100% }`],
    "first requests": [`candidate: ${tried}`, `shadow: { version: "${CANDIDATE}", share: 100% }`],
    ramp: [`candidate: ${tried}`, `shadow: { version: "${CANDIDATE}", share: 10% }`],
  }[stage];
  const rules = stage === "shadow" ? [] : ["rules:", `  - { name: everyone, ${rule} }`];
  return `version: 1
customers:
  id: [header:x-customer-id]
routes:
  - name: chat
    match: [{ path: /v1/chat/completions }]
    stable: { version: "${STABLE}", endpoints: [${stable}] }
${[
  ...lines,
  "compare: { as: text, similarity: 60%, least: 95%, keep: 20 }",
  "stickyBy: [header:x-session-id]",
  ...rules,
]
  .map((line) => `    ${line}\n`)
  .join("")}  - name: embeddings
    match: [{ path: /v1/embeddings }]
    stable: { version: "${STABLE}", endpoints: [${stable}] }
`;
}
