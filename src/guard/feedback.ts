import { z } from "zod";
import type { Decision } from "../routing/decision.ts";
import type { Table } from "../routing/table.ts";
import type { Answered } from "./answered.ts";
import type { Circumstances } from "./guard.ts";

const LIKED_FROM = 0.5;
const MOST = 1_000;
const UNKNOWN = "unknown";

const rating = {
  good: z.boolean().optional().describe("Whether the answer was liked."),
  score: z.number().min(0).max(1).optional().describe("How much; from 0.5 on it was liked."),
  outcome: z.enum(["good", "bad"]).optional(),
};
const ofRequest = z.strictObject({
  requestId: z.string().min(1).max(128).describe("The answer's `x-request-id`."),
  ...rating,
});
const ofVersion = z.strictObject({
  route: z.string(),
  version: z.string(),
  rule: z.string().describe("The answer's `x-canary-rule`."),
  modality: z.string().optional(),
  ...rating,
});

/** What people, or what they did, said of one answer: by the request's id, or by what its headers told. */
const Said = z.union([ofRequest, ofVersion]).transform(({ good, score, outcome, ...about }, context) => {
  const given = [good, score === undefined ? undefined : score >= LIKED_FROM, outcome && outcome === "good"];
  const [liked, second] = given.filter((one) => one !== undefined);
  if (liked !== undefined && second === undefined) return { about, liked };
  context.addIssue({ code: "custom", message: "say one of `good`, `score` and `outcome`" });
  return z.NEVER;
});
type Said = z.output<typeof Said>;

/** What can be sent. */
export const Feedback = z.union([
  z.strictObject({ feedback: z.array(Said).min(1).max(MOST) }).transform(({ feedback }) => feedback),
  Said.transform((one) => [one]),
]);

/** What became of it. */
export interface Credited {
  /** It counts. */
  readonly credited: number;
  /** Not known here: other replicas were asked to count what they know. */
  readonly passedOn: number;
  /** Told before. */
  readonly repeated: number;
  /** Nobody here knows of what it is said. */
  readonly unknown: readonly string[];
}

/** Where replicas ask each other; messages may get lost. */
export interface Mailbox {
  send(text: string): void;
  onMail(heard: (text: string) => void): void;
}

export interface FeedbackDeskOptions {
  readonly answered: Answered;
  table(): Table | undefined;
  /** undefined: there are no other replicas. */
  readonly mailbox: Mailbox | undefined;
  onFeedback(decision: Decision, about: Circumstances, liked: boolean): void;
  /** Something was said of a request. @returns whether somebody keeps that, whoever has answered. */
  onWord?(requestId: string, liked: boolean): boolean;
}

const Mail = z.array(z.tuple([z.string(), z.boolean()]));

/** Credits the version that has answered. */
export function feedbackDesk({ answered, table, mailbox, onFeedback, onWord }: FeedbackDeskOptions) {
  /** @returns false: nobody here knows of what it is said. */
  const credit = ({ about, liked }: Said): boolean | "repeated" => {
    if (!("requestId" in about)) {
      const decision = decisionOf(table(), about);
      if (decision === undefined) return false;
      onFeedback(decision, { modality: about.modality ?? UNKNOWN, caller: undefined }, liked);
      return true;
    }
    const kept = onWord?.(about.requestId, liked) ?? false;
    const answer = answered.rate(about.requestId);
    if (answer === undefined || answer === "repeated") return answer ?? kept;
    onFeedback(answer.decision, answer.about, liked);
    return true;
  };
  mailbox?.onMail((text) => {
    const mail = Mail.safeParse(jsonOf(text));
    for (const [requestId, liked] of mail.data ?? []) credit({ about: { requestId }, liked });
  });
  return (feedback: readonly Said[]): Credited => {
    let credited = 0;
    let repeated = 0;
    const elsewhere: [string, boolean][] = [];
    const unknown: string[] = [];
    for (const said of feedback) {
      const result = credit(said);
      if (result === "repeated") repeated++;
      else if (result) credited++;
      else if ("requestId" in said.about && mailbox !== undefined) elsewhere.push([said.about.requestId, said.liked]);
      else unknown.push("requestId" in said.about ? said.about.requestId : `${said.about.route} ${said.about.version}`);
    }
    if (elsewhere.length > 0) mailbox?.send(JSON.stringify(elsewhere));
    return { credited, passedOn: elsewhere.length, repeated, unknown };
  };
}

function decisionOf(
  table: Table | undefined,
  asked: { readonly route: string; readonly version: string; readonly rule: string },
): Decision | undefined {
  const route = table?.routes.find((one) => one.route.name === asked.route);
  const rule = route?.rules.find((one) => one.rule.name === asked.rule);
  if (rule?.rest.version.version === asked.version) return rule.rest;
  return rule?.slices.find(({ decision }) => decision.version.version === asked.version)?.decision;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
