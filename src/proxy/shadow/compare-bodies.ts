import { type AnswerText, compareAnswers } from "../../inference/compare/answers.ts";
import type { Likeness } from "../../inference/compare/likeness.ts";
import type { ComparisonHow } from "../../routing/rules.ts";
import { codingOf, decoded } from "../decoded-body.ts";
import type { Resolve } from "../express/addresses.ts";
import { askHook } from "./ask-hook.ts";

/** A body as it came, but for its chunks. */
export interface CodedBody {
  readonly status: number;
  readonly bytes: Uint8Array;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
}

/** What is to be found out of two answers. */
export interface Question {
  readonly how: ComparisonHow;
  readonly route: string;
  readonly version: string;
  readonly path: string;
  readonly primary: CodedBody;
  readonly shadow: CodedBody;
}

/** What was found; `unreadable`: they are not what this way to compare is for; `hook_failed`: it gave no answer of use. */
export type Found = Likeness | "unreadable" | "hook_failed";

/** A body that is larger without its coding is not compared, in bytes. */
const MOST_DECODED = 4 * 1024 * 1024;

/** Never rejects. */
export async function compareBodies(question: Question, resolve: Resolve): Promise<Found> {
  const { how } = question;
  const [primary, shadow] = await Promise.all([textOf(question.primary), textOf(question.shadow)]);
  if (primary === undefined || shadow === undefined) return "unreadable";
  if (how.as !== "hook") return compareAnswers(how, primary, shadow) ?? "unreadable";
  const { route, version, path } = question;
  const said = (status: number, { contentType, text }: AnswerText) => ({ status, contentType, body: text });
  const asked = {
    ...{ route, version, path },
    primary: said(question.primary.status, primary),
    shadow: said(question.shadow.status, shadow),
  };
  return (await askHook(how.url, asked, resolve)) ?? "hook_failed";
}

async function textOf({ bytes, contentType, contentEncoding }: CodedBody): Promise<AnswerText | undefined> {
  const coding = codingOf(contentEncoding);
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (coding === "unknown" || body.length > MOST_DECODED) return undefined;
  if (coding === undefined) return { text: body.toString(), contentType };
  const plain = await decoded(coding, body, MOST_DECODED);
  return plain?.whole === true ? { text: plain.body.toString(), contentType } : undefined;
}
