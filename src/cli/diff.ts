import { readRules } from "../rules/read-rules.ts";
import { textDiff } from "../rules/text-diff.ts";
import { wordsBetween } from "../rules/words.ts";
import { EXIT } from "./exit.ts";
import { textOf } from "./input.ts";
import { paintFor } from "./paint.ts";
import { plain } from "./plain.ts";
import { rulesOf } from "./put.ts";
import { remote } from "./remote.ts";

/** What a file would change. */
export const diff = remote(
  {
    usage: "diff FILE [--exit-code]",
    about: `What would change if FILE (- is stdin) were put: in words, and as text. The exit code is 1 when FILE has mistakes, and
with --exit-code also when there is a difference.`,
    examples: ["canary-router diff rules.yaml", "canary-router diff rules.yaml --exit-code || echo drifted"],
    options: { "exit-code": { type: "boolean" } },
    takes: [1, 1],
  },
  async ({ api, values, args, tell }) => {
    const after = await textOf(args[0] ?? "");
    const before = await rulesOf(api);
    const reading = readRules(after);
    const words = wordsBetween(readRules(before?.text ?? ""), reading);
    const lines = textDiff(before?.text ?? "", after);
    const errors = reading.kind === "refused" ? reading.errors : [];
    const same = lines.length === 0;
    tell({ revision: before?.revision ?? 0, same, words, lines, errors }, () => {
      const paint = paintFor(process.stdout, process.env);
      if (same) return [`no difference to revision ${before?.revision ?? 0}`];
      return [
        ...errors.map((one) => paint.red(`${args[0]}:${one.line}:${one.column}: ${one.path}: ${one.message}`)),
        ...words.map((line) => paint.bold(plain(line))),
        ...(words.length > 0 ? [""] : []),
        ...lines.map((line) => paintLine(line, paint)),
      ];
    });
    if (errors.length > 0) return EXIT.bad;
    return values["exit-code"] === true && !same ? EXIT.bad : EXIT.done;
  },
);

/** A line of a difference in its colour. */
export function paintLine(written: string, paint: ReturnType<typeof paintFor>): string {
  const line = plain(written);
  if (line.startsWith("+")) return paint.green(line);
  if (line.startsWith("-")) return paint.red(line);
  return line.startsWith("@@") ? paint.cyan(line) : line;
}
