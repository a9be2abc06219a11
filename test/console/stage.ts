import { setTimeout as pause } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { client, rulesText, startRouter, startVersions, temporaryFile } from "../e2e/stage.ts";
import type { RouterProcess } from "../kit/router-process.ts";

export interface ConsoleStage {
  readonly router: RouterProcess;
  /** Who answers a customer. */
  ask(customer: string): Promise<string>;
}

/** A real router with the console, and customers who ask all the time. `rules`: with the shares of the stage. */
export async function startStage(
  env: Readonly<Record<string, string>> = {},
  rules: (text: string) => string = (text) => text,
  flags: readonly string[] = [],
): Promise<ConsoleStage> {
  const versions = await startVersions();
  const file = temporaryFile("rules.yaml", rules(rulesText(versions, "30%")));
  const router = await startRouter({ RULES_FILE: file, ...env }, flags);
  const { ask } = client(router);
  let going = true;
  const traffic = (async () => {
    for (let i = 0; going; i++) {
      await ask(`customer-${i % 50}`).catch(() => undefined);
      await pause(20);
    }
  })();
  onTestFinished(async () => {
    going = false;
    await traffic;
  });
  return { router, ask };
}
