#!/usr/bin/env node
import { suggest } from "../config/suggest.ts";
import { routerVersion } from "../config/version.ts";
import { EXIT } from "./exit.ts";

/** What a command does with its arguments; resolves to its exit code. */
type Run = (args: string[]) => Promise<number>;

interface Command {
  readonly usage: string;
  readonly about: string;
  /** Only the command that is asked for is loaded. */
  load(): Promise<Run>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  serve: {
    usage: "serve [--config FILE] [--SETTING VALUE …]",
    about: "start the router",
    load: async () => (await import("./serve.ts")).serve,
  },
  demo: {
    usage: "demo [--proxy-port PORT] [--admin-port PORT]",
    about: "two small model servers, the router and some traffic, to try it",
    load: async () => (await import("./demo.ts")).demo,
  },
  check: {
    usage: "check FILE [--json]",
    about: "say what is wrong with a rules document",
    load: async () => (await import("./check.ts")).check,
  },
};

function help(): string {
  const commands = Object.values(COMMANDS);
  const width = Math.max(...commands.map(({ usage }) => usage.length));
  return [
    "canary-router: splits inference requests between stable and candidate model versions by rules",
    "",
    "Usage: canary-router COMMAND …",
    ...commands.map(({ usage, about }) => `  ${usage.padEnd(width)}  ${about}`),
    "",
    "COMMAND --help says more. Exit codes: 0 done, 1 refused or bad, 2 usage, 3 cannot reach the router.",
  ].join("\n");
}

async function main([name, ...args]: string[]): Promise<number> {
  if (name === "--help" || name === "-h") {
    console.log(help());
    return EXIT.done;
  }
  if (name === "--version") {
    console.log(routerVersion());
    return EXIT.done;
  }
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    const known = Object.keys(COMMANDS);
    console.error(name === undefined ? help() : `canary-router: ${name} is not a command; ${suggest(name, known)}`);
    return EXIT.usage;
  }
  const run = await command.load();
  return run(args);
}

process.exit(await main(process.argv.slice(2)));
