import type { ConditionForm } from "./rules-form.ts";

/** What a condition can ask for, and how people are asked for it. */
export interface FactWords {
  readonly fact: ConditionForm["fact"];
  readonly label: string;
  readonly hint: string;
  /** What there is to choose from; none: whatever is written. */
  readonly choices: readonly { readonly value: string; readonly label: string }[];
}

const plain = (...values: string[]) => values.map((value) => ({ value, label: value }));

export const FACTS: readonly FactWords[] = [
  { fact: "customerType", label: "Customer type", hint: "Such as premium. * stands for any text.", choices: [] },
  { fact: "customer", label: "Customer", hint: "Ids such as acme, or acme-* for several.", choices: [] },
  {
    fact: "modality",
    label: "Modality",
    hint: "What the request is about.",
    choices: plain("text", "image", "audio", "video", "file", "embedding", "tabular", "tensor", "unknown"),
  },
  { fact: "model", label: "Model", hint: "The model that the request names. * stands for any text.", choices: [] },
  {
    fact: "stream",
    label: "Streaming",
    hint: "Whether the answer is a stream.",
    choices: [
      { value: "true", label: "streamed" },
      { value: "false", label: "not streamed" },
    ],
  },
  {
    fact: "stateful",
    label: "Stateful",
    hint: "Whether it builds on what one version keeps: files, threads, an earlier response.",
    choices: [
      { value: "true", label: "builds on earlier requests" },
      { value: "false", label: "stands alone" },
    ],
  },
  {
    fact: "method",
    label: "Method",
    hint: "The HTTP method.",
    choices: plain("GET", "POST", "PUT", "PATCH", "DELETE"),
  },
  { fact: "path", label: "Path", hint: "Such as /v1/chat/*.", choices: [] },
  { fact: "header", label: "Header", hint: "The header's values. * stands for any text.", choices: [] },
];

export function factWords(fact: ConditionForm["fact"]): FactWords | undefined {
  return FACTS.find((one) => one.fact === fact);
}
