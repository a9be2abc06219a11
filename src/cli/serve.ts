import { readFile } from "node:fs/promises";
import { constants } from "node:os";
import { parseArgs } from "node:util";
import type { SettingsFile } from "../config/sources.ts";
import { readSettings, SETTING_NAMES, type Settings } from "../config.ts";
import { stderrLog } from "../log.ts";
import { type Router, startRouter } from "../main.ts";
import { EXIT } from "./exit.ts";

const DEFAULT_FILE = "config/router.yaml";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** Runs the router until a signal asks it to stop; the second signal ends it at once. */
export async function serve(args: string[]): Promise<number> {
  const asked = await settingsFrom(args);
  if (asked.kind === "help") {
    console.log(help());
    return EXIT.done;
  }
  if (asked.kind === "refused") {
    for (const error of asked.errors) console.error(`canary-router: ${error}`);
    return EXIT.usage;
  }
  const { settings } = asked;
  const log = stderrLog(settings.log.level);
  const stop = nextSignal();
  let router: Router;
  try {
    router = await startRouter(settings, log);
  } catch (error) {
    log.error("the router cannot start", { why: error instanceof Error ? error.message : String(error) });
    return EXIT.bad;
  }
  const { proxyPort, adminPort } = router;
  log.info("the router is serving", { proxyPort, adminHost: settings.admin.host, adminPort, pid: process.pid });
  log.info("the router is stopping", { signal: await stop, drainMs: settings.proxy.drain });
  for (const signal of SIGNALS) process.on(signal, () => process.exit(128 + constants.signals[signal]));
  await router.stop();
  log.info("the router has stopped");
  return EXIT.done;
}

/** The first of the signals that ask for an end. */
function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, resolve);
  });
}

type Asked =
  | { readonly kind: "settings"; readonly settings: Settings }
  | { readonly kind: "refused"; readonly errors: readonly string[] }
  | { readonly kind: "help" };

async function settingsFrom(args: string[]): Promise<Asked> {
  const flags = parseFlags(args);
  if (flags.kind === "refused") return flags;
  const { config, help, ...settings } = flags.values;
  if (help === true) return { kind: "help" };
  const file = await readSettingsFile(typeof config === "string" ? config : undefined);
  if (file.kind === "refused") return file;
  return readSettings({ file: file.file, env: process.env, flags: settings });
}

function parseFlags(args: string[]) {
  const settings = Object.fromEntries(SETTING_NAMES.map(({ flag }) => [flag, { type: "string" as const }]));
  const options = { ...settings, config: { type: "string" as const }, help: { type: "boolean" as const, short: "h" } };
  try {
    return { kind: "flags" as const, values: parseArgs({ args, options }).values };
  } catch (error) {
    return { kind: "refused" as const, errors: [error instanceof Error ? error.message : String(error)] };
  }
}

type FileFound =
  | { readonly kind: "file"; readonly file: SettingsFile | undefined }
  | { readonly kind: "refused"; readonly errors: readonly string[] };

/** The file that was named must be there; the usual one may be missing. */
async function readSettingsFile(named: string | undefined): Promise<FileFound> {
  const path = named ?? DEFAULT_FILE;
  try {
    return { kind: "file", file: { path, text: await readFile(path, "utf8") } };
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (missing && named === undefined) return { kind: "file", file: undefined };
    return { kind: "refused", errors: [`the settings cannot be read from ${path}: ${String(error)}`] };
  }
}

function help(): string {
  const width = Math.max(...SETTING_NAMES.map(({ flag }) => flag.length));
  return [
    "Usage: canary-router serve [--config FILE] [--SETTING VALUE …]",
    "",
    `Settings come from FILE (${DEFAULT_FILE}), overridden by the environment, overridden by flags:`,
    ...SETTING_NAMES.map(({ flag, env, key }) => `  --${flag.padEnd(width)}  ${env.padEnd(32)}  ${key}`),
  ].join("\n");
}
