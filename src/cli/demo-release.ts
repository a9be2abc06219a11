import { writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import type { z } from "zod";
import { Routes } from "../admin/shapes/routes.ts";
import { ABOUT, type ReleasePlaces, releaseRules, STAGES, type Stage } from "../demo/release.ts";
import { CANDIDATE } from "../demo/rules.ts";
import { apiOf } from "./api.ts";

export interface Release extends ReleasePlaces {
  readonly rulesFile: string;
  readonly admin: string;
  readonly token: string | undefined;
  /** Ends it. */
  readonly stop: AbortSignal;
  say(line: string): void;
}

type Chat = z.output<typeof Routes>["routes"][number];

const LOOK_MS = 500;
/** So many customers' requests must have been answered before the share rises. */
const FIRST_REQUESTS = 5;

/**
 * Brings the demo's new version in, in three stages, each of them an edit of the rules file, and tells what happens. Stays where it
 * is when the version is cut. Rejects when it is stopped.
 */
export async function release({ rulesFile, admin, token, stop, say, ...places }: Release): Promise<void> {
  const api = apiOf({ url: admin, token });
  const chat = async (): Promise<Chat | undefined> => {
    await wait(LOOK_MS, undefined, { signal: stop });
    const { routes } = await api.json(Routes, { method: "GET", path: "/api/routes" });
    return routes.find(({ name }) => name === "chat");
  };
  for (const [i, stage] of STAGES.entries()) {
    await writeFile(rulesFile, releaseRules(stage, places));
    say(`\n${i + 1} of ${STAGES.length}, ${stage}. ${ABOUT[stage]}`);
    let told = "";
    for (;;) {
      const now = await chat();
      if (now === undefined) continue;
      const word = progress(stage, now);
      if (word.line !== told && word.line !== "") say(`  ${word.line}`);
      told = word.line;
      if (isCut(now)) {
        say(`\n${CANDIDATE} is cut, and no customer gets it: the release ends here. Why: canary-router history`);
        return;
      }
      if (word.isOver) break;
    }
  }
  say(`\n${CANDIDATE} answers everybody. Make it the route's stable version, and the release is over.`);
}

/** What there is to tell of a stage, and whether it is over. */
function progress(
  stage: Stage,
  { shadows, versions, rules }: Chat,
): { readonly line: string; readonly isOver: boolean } {
  const agreement = shadows.find(({ version }) => version === CANDIDATE)?.agreement;
  if (stage === "shadow") {
    const isOver = agreement?.verdict === "good";
    return { line: isOver ? `${agreement?.sentence} The verdict is good.` : "", isOver };
  }
  const answered = versions.find(({ version }) => version === CANDIDATE)?.requests ?? 0;
  if (stage === "first requests") {
    const isOver = answered >= FIRST_REQUESTS;
    return { line: isOver ? `It has answered ${answered} requests of customers.` : "", isOver };
  }
  const share = rules[0]?.shares[0]?.percent ?? 0;
  return { line: `${share} % of the sessions get ${CANDIDATE}.`, isOver: share === 100 };
}

function isCut({ versions, sandbox }: Chat): boolean {
  return [...versions, ...sandbox].some(({ version, cut, cutSlices }) => {
    return version === CANDIDATE && (cut || cutSlices.length > 0);
  });
}
