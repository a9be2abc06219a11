import { type ParseArgsConfig, parseArgs } from "node:util";
import { type Api, apiOf } from "./api.ts";
import { connectionFrom } from "./connection.ts";
import { EXIT, Stop } from "./exit.ts";
import { plain } from "./plain.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** The options that every command has which talks to a router. */
const COMMON = {
  url: { type: "string" },
  token: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const satisfies Options;

/** For edits: why, for the history. */
export const MESSAGE = { message: { type: "string", short: "m" } } as const satisfies Options;

/** For cuts: what of a version is meant. */
export const SLICE = { rule: { type: "string" }, modality: { type: "string" } } as const satisfies Options;

interface Help {
  /** Without the program's name: `revert REVISION [--message WHY]`. */
  readonly usage: string;
  readonly about: string;
  readonly examples: readonly string[];
}

interface Spec<Own extends Options> extends Help {
  readonly options: Own;
  /** How many arguments it takes, at least and at most. */
  readonly takes: readonly [least: number, most: number];
}

type Values<Own extends Options> = ReturnType<
  typeof parseArgs<{ options: Own & typeof COMMON; allowPositionals: true }>
>["values"];

/** What a command works with. */
export interface Task<Own extends Options> {
  readonly api: Api;
  /** Where that is. */
  readonly url: string;
  readonly values: Values<Own>;
  readonly args: readonly string[];
  /** Prints the answer: as one JSON document with `--json`, else as lines. */
  tell(asJson: object, lines: () => readonly string[]): void;
}

/** A command that talks to a router: reads its arguments, answers `--help`, and turns every end into an exit code. */
export function remote<Own extends Options>(
  spec: Spec<Own>,
  run: (task: Task<Own>) => Promise<number>,
): (args: string[]) => Promise<number> {
  return async (args) => {
    let json = args.includes("--json");
    try {
      const { values, positionals } = parsed(spec, args);
      const common: { url?: unknown; token?: unknown; json?: unknown; help?: unknown } = values;
      if (common.help === true) {
        console.log(helpOf(spec));
        return EXIT.done;
      }
      const [least, most] = spec.takes;
      if (positionals.length < least || positionals.length > most) throw new Stop(EXIT.usage, `usage: ${spec.usage}`);
      json = common.json === true;
      const flags = { url: textOf(common.url), token: textOf(common.token) };
      const connection = await connectionFrom(flags, process.env);
      return await run({
        api: apiOf(connection),
        url: connection.url,
        values,
        args: positionals,
        tell: (asJson, lines) => console.log(json ? JSON.stringify(asJson) : lines().join("\n")),
      });
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      if (json && error.code !== EXIT.usage) console.log(JSON.stringify({ message: error.message, ...error.details }));
      // It may quote what others have written.
      console.error(`canary-router: ${error.message.split("\n").map(plain).join("\n")}`);
      return error.code;
    }
  };
}

function parsed<Own extends Options>(spec: Spec<Own>, args: string[]) {
  try {
    return parseArgs({ args, options: { ...COMMON, ...spec.options }, allowPositionals: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Stop(EXIT.usage, `${why}\nUsage: canary-router ${spec.usage}`);
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function helpOf({ usage, about, examples }: Help): string {
  return [
    `Usage: canary-router ${usage}`,
    "",
    about,
    "",
    "  --url URL      the admin port of a router; CANARY_URL; http://127.0.0.1:8081 unless told",
    "  --token TOKEN  CANARY_TOKEN",
    "  --json         one JSON document, for scripts",
    "",
    "URL and token may also be in ~/.config/canary-router/cli.yaml, of mode 600.",
    "",
    "Examples:",
    ...examples.map((example) => `  ${example}`),
  ].join("\n");
}
