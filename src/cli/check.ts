import { parseArgs } from "node:util";
import { type ReadRules, readRules } from "../rules/read-rules.ts";
import { EXIT, Stop } from "./exit.ts";
import { textOf } from "./input.ts";

const USAGE = `Usage: canary-router check FILE [--json]

Says what is wrong with a rules document; - is stdin. It asks no router, so it can hold up a merge.

Examples:
  canary-router check config/rules.yaml
  helm template . | yq .data.rules | canary-router check -`;

/** Says what is wrong with a rules document, in the form that editors and CI systems find places by. */
export async function check(args: string[]): Promise<number> {
  const asked = parse(args);
  if (asked.kind === "help") {
    console.log(USAGE);
    return EXIT.done;
  }
  if (asked.kind === "usage") {
    console.error(`canary-router: ${asked.message}\n${USAGE}`);
    return EXIT.usage;
  }
  const { file, json } = asked;
  let text: string;
  try {
    text = await textOf(file);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    console.error(`canary-router: ${error.message}`);
    return error.code;
  }
  const reading = readRules(text);
  for (const line of json ? [JSON.stringify(asJson(reading))] : asLines(file, reading)) console.log(line);
  return reading.kind === "rules" ? EXIT.done : EXIT.bad;
}

function asJson(reading: ReadRules): object {
  if (reading.kind === "refused") return { errors: reading.errors };
  return { errors: [], routes: reading.rules.routes.map(({ name }) => name) };
}

function asLines(file: string, reading: ReadRules): string[] {
  if (reading.kind === "rules") return [`${file}: good`];
  return reading.errors.map(({ line, column, path, message }) => {
    return [`${file}:${line}:${column}`, ...(path === "" ? [] : [path]), message].join(": ");
  });
}

type Asked =
  | { readonly kind: "check"; readonly file: string; readonly json: boolean }
  | { readonly kind: "help" }
  | { readonly kind: "usage"; readonly message: string };

function parse(args: string[]): Asked {
  try {
    const options = { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [file, ...more] = positionals;
    if (values.help) return { kind: "help" };
    if (file === undefined || more.length > 0) return { kind: "usage", message: "name one file" };
    return { kind: "check", file, json: values.json ?? false };
  } catch (error) {
    return { kind: "usage", message: error instanceof Error ? error.message : String(error) };
  }
}
