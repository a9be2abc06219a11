import type { ConditionForm, RuleForm, StepForm } from "./rules-form.ts";

/** A piece of a rule's sentence: plain words, or something of the rule that can be changed there. */
export type Part =
  | { readonly kind: "words"; readonly text: string }
  | { readonly kind: "share"; readonly text: string; readonly path: string }
  | { readonly kind: "version"; readonly text: string }
  | { readonly kind: "condition"; readonly text: string; readonly path: string }
  | { readonly kind: "ramp" | "window"; readonly text: string };

/** How many values are read out; of more the rest is counted. */
const MOST_VALUES = 3;

/** "Send 5 % of premium customers' image requests to 2026-11", in pieces. */
export function sentenceOf(rule: RuleForm, first: boolean): readonly Part[] {
  const parts: Part[] = [];
  const say = (text: string): void => {
    parts.push({ kind: "words", text });
  };
  if (rule.ramp !== undefined) {
    say("Send");
    parts.push({ kind: "ramp", text: rule.ramp.map(stepWords).join(", then ") });
    say("of");
    parts.push(...whoseRequests(rule, first));
    say("to");
    parts.push({ kind: "version", text: rule.shares[0]?.version || "the candidate" });
    return parts;
  }
  const { shadow } = rule;
  const given = givenTo(rule);
  if (shadow !== undefined && given.every(({ share }) => share === "")) {
    say("Copy");
    parts.push({ kind: "words", text: shareWords(shadow.share) });
    say("of");
    parts.push(...whoseRequests(rule, first));
    say(`to ${shadow.version}, which answers nobody`);
    return parts;
  }
  for (const [i, { path, share, version }] of given.entries()) {
    say(i === 0 ? "Send" : "and");
    parts.push({ kind: "share", text: shareWords(share), path });
    if (i === 0) {
      say("of");
      parts.push(...whoseRequests(rule, first));
    }
    say("to");
    parts.push({ kind: "version", text: version || "the candidate" });
  }
  if (shadow !== undefined) say(`and copies of ${shareWords(shadow.share)} to ${shadow.version}`);
  return parts;
}

/** `5 % for 10m`, `25 % until it is good`. */
function stepWords({ to, for: time, until }: StepForm): string {
  const gate = { good: "until it is good", approved: "until somebody approves" }[until] ?? (until && `until ${until}`);
  return [shareWords(to), time && `for ${time}`, gate].filter((word) => word !== "").join(" ");
}

/** Those that get something; if nobody does, all of them. */
function givenTo({ shares }: RuleForm): RuleForm["shares"] {
  const some = shares.filter(({ share }) => !/^0+(\.0+)?%$/.test(share));
  return some.length === 0 ? shares.slice(0, 1) : some;
}

function whoseRequests({ conditions, window }: RuleForm, first: boolean): readonly Part[] {
  const all = conditions.length === 0 ? [{ kind: "words" as const, text: first ? "all" : "all other" }] : [];
  const before = BEFORE.flatMap((fact) => conditions.filter((one) => one.fact === fact).map(adjective));
  const after = AFTER.flatMap((fact) => conditions.filter((one) => one.fact === fact).flatMap(clause));
  const when: Part[] =
    window === undefined
      ? []
      : [{ kind: "window", text: `from ${timeWords(window[0])} until ${timeWords(window[1])}` }];
  return [...all, ...before, { kind: "words", text: "requests" }, ...after, ...when];
}

const BEFORE: readonly ConditionForm["fact"][] = ["customerType", "stream", "modality"];
const AFTER: readonly ConditionForm["fact"][] = ["customer", "model", "method", "path", "header", "stateful"];

function adjective(condition: ConditionForm): Part {
  const { fact, path, values } = condition;
  const text =
    fact === "customerType" ? `${either(values)} customers’` : fact === "stream" ? streamed(values) : either(values);
  return { kind: "condition", text, path };
}

function clause(condition: ConditionForm): readonly Part[] {
  const { fact, path, values, header } = condition;
  const words = (before: string, text: string): readonly Part[] => [
    { kind: "words", text: before },
    { kind: "condition", text, path },
  ];
  switch (fact) {
    case "customer":
      return words("from", either(values));
    case "model":
      return words("for the model", either(values));
    case "method":
      return words("by", either(values));
    case "path":
      return words("at", either(values));
    case "header":
      return words("with", `${header}: ${either(values)}`);
    default:
      return [{ kind: "condition", text: stateful(values), path }];
  }
}

function streamed(values: readonly string[]): string {
  if (values.length !== 1) return "streamed or not streamed";
  return values[0] === "true" ? "streamed" : "not streamed";
}

function stateful(values: readonly string[]): string {
  if (values.length !== 1) return "that build on earlier ones or do not";
  return values[0] === "true" ? "that build on earlier ones" : "that stand alone";
}

function either(values: readonly string[]): string {
  const shown = values.slice(0, values.length > MOST_VALUES + 1 ? MOST_VALUES : values.length);
  const rest = values.length - shown.length;
  const words = rest > 0 ? [...shown, `${rest} others`] : shown;
  if (words.length === 0) return "…";
  const last = words.at(-1) ?? "";
  return words.length === 1 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}

/** `2.5%` → `2.5 %`; what is no share stays as it is. */
function shareWords(share: string): string {
  return share === "" ? "…" : share.replace(/^([\d.]+)%$/, "$1 %");
}

/** A time as it is written → as people say it; UTC unless the text says otherwise. */
function timeWords(time: string): string {
  const [, day, clock, zone] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d)?(Z|[+-]\d\d:\d\d)$/.exec(time) ?? [];
  if (day === undefined) return time;
  return `${day} ${clock}${zone === "Z" ? " UTC" : ` (${zone})`}`;
}
