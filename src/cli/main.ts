#!/usr/bin/env node
import { suggest } from "../config/suggest.ts";
import { routerVersion } from "../config/version.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT } from "./exit.ts";

function help(): string {
  const usages = Object.entries(COMMANDS).map(([name, { usage, about }]) => ({
    // What stands in capitals is needed, and the rest is for `COMMAND --help`.
    usage: [name, ...(/^\S+((?: [A-Z|a-z]+(?:--[a-z]+)?)*)/.exec(usage)?.[1]?.trim().split(" ") ?? [])]
      .join(" ")
      .trim(),
    about,
  }));
  const width = Math.max(...usages.map(({ usage }) => usage.length));
  return [
    "canary-router: splits inference requests between stable and candidate model versions by rules",
    "",
    "Usage: canary-router COMMAND …",
    ...usages.map(({ usage, about }) => `  ${usage.padEnd(width)}  ${about}`),
    "",
    "COMMAND --help says more. Exit codes: 0 done, 1 refused or bad, 2 usage, 3 cannot reach the router,",
    "4 waits for a second person.",
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

/** Why stdout did not take all of it; whoever has stopped reading, as `head` does, has had enough. */
async function unwritten(): Promise<string | undefined> {
  const error = await new Promise<unknown>((resolve) => {
    process.stdout.write("", (late) => resolve(failure ?? late));
  });
  if (!(error instanceof Error) || ("code" in error && error.code === "EPIPE")) return undefined;
  return error.message;
}

let failure: Error | undefined;
process.stdout.on("error", (error) => {
  failure ??= error;
});
const code = await main(process.argv.slice(2));
const why = await unwritten();
if (why !== undefined) console.error(`canary-router: the answer cannot be written: ${why}`);
process.exit(why !== undefined && code === EXIT.done ? EXIT.bad : code);
