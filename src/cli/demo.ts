import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readSettings, type SettingsResult } from "../config.ts";
import { seededDice } from "../demo/dice.ts";
import { guide } from "../demo/guide.ts";
import { startModelServer } from "../demo/model-server.ts";
import { releaseRules } from "../demo/release.ts";
import { CANDIDATE, demoRules, STABLE } from "../demo/rules.ts";
import { startTraffic } from "../demo/traffic.ts";
import { stderrLog } from "../log.ts";
import { startRouter } from "../main.ts";
import { release } from "./demo-release.ts";
import { EXIT } from "./exit.ts";

const USAGE = `Usage: canary-router demo [--proxy-port PORT] [--admin-port PORT] [--release [--step SECONDS]]
Two small model servers, the router and some traffic. CANARY_* settings hold, but for the store.
--release brings the new version in by itself, in three stages: a shadow, 1 %, and a ramp whose steps last 10 seconds unless told.`;
/** Requests a second: enough to see a share move, and no load on a laptop. */
const PER_SECOND = 15;
/** A release in a minute needs some more. */
const PER_SECOND_OF_RELEASE = 40;
const STEP_SECONDS = 10;
const CUSTOMERS = 300;

/** Runs until a signal asks it to stop. */
export async function demo(args: string[]): Promise<number> {
  const asked = parse(args);
  if (asked.kind !== "flags") {
    console[asked.kind === "help" ? "log" : "error"](asked.text);
    return asked.kind === "help" ? EXIT.done : EXIT.usage;
  }
  const stop = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  const dir = await mkdtemp(join(tmpdir(), "canary-router-demo-"));
  const ends: (() => unknown)[] = [() => rm(dir, { recursive: true, force: true })];
  try {
    const rulesFile = join(dir, "rules.yaml");
    const read = await settingsFor(rulesFile, asked.flags);
    if (read.kind === "refused") {
      for (const error of read.errors) console.error(`canary-router: ${error}`);
      return EXIT.usage;
    }
    const { settings } = read;

    const stable = await startModelServer({ version: STABLE, dice: seededDice(1), firstToken: 120, perToken: 15 });
    ends.unshift(stable.stop);
    const candidate = await startModelServer({ version: CANDIDATE, dice: seededDice(2), firstToken: 90, perToken: 12 });
    ends.unshift(candidate.stop);
    const places = { stable: stable.url, candidate: candidate.url, step: asked.step };
    const first = asked.release ? releaseRules("shadow", places) : demoRules(stable.url, candidate.url);
    await writeFile(rulesFile, first);

    const router = await startRouter(settings, stderrLog(settings.log.level));
    ends.unshift(router.stop);
    const proxy = urlOf(settings.proxy.host, router.proxyPort);
    const admin = urlOf(settings.admin.host, router.adminPort);
    const perSecond = asked.release ? PER_SECOND_OF_RELEASE : PER_SECOND;
    const traffic = startTraffic({ url: proxy, customers: CUSTOMERS, perSecond, dice: seededDice(3) });
    ends.unshift(traffic.stop);

    const { token } = settings.admin;
    console.log(
      guide({ proxy, admin, candidate: candidate.url, rulesFile, token: token !== undefined, release: asked.release }),
    );
    if (asked.release) {
      const gone = new AbortController();
      const released = release({ ...places, rulesFile, admin, token, stop: gone.signal, say: console.log });
      ends.unshift(() => gone.abort());
      await Promise.race([stop, released.catch((error) => (gone.signal.aborted ? undefined : Promise.reject(error)))]);
    }
    await stop;
    return EXIT.done;
  } catch (error) {
    console.error(`canary-router: the demo cannot start: ${error instanceof Error ? error.message : String(error)}`);
    return EXIT.bad;
  } finally {
    for (const end of ends) await end();
  }
}

type Flags = { readonly "proxy-port"?: string | undefined; readonly "admin-port"?: string | undefined };
type Asked =
  | { readonly kind: "flags"; readonly flags: Flags; readonly release: boolean; readonly step: number }
  | { readonly kind: "help" | "usage"; readonly text: string };

function parse(args: string[]): Asked {
  const options = {
    "proxy-port": { type: "string" },
    "admin-port": { type: "string" },
    release: { type: "boolean" },
    step: { type: "string" },
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    const { help, release = false, step, ...flags } = parseArgs({ args, options }).values;
    const seconds = Number(step ?? STEP_SECONDS);
    if (!(seconds >= 1 && seconds <= 3_600)) throw new Error("--step is a number of seconds from 1 to 3600");
    return help === true ? { kind: "help", text: USAGE } : { kind: "flags", flags, release, step: seconds };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: "usage", text: `canary-router: ${why}\n${USAGE}` };
  }
}

/** Those of the environment, with gentler defaults; the store is the demo's own, whatever the environment says. */
async function settingsFor(rulesFile: string, flags: Flags): Promise<SettingsResult> {
  const { CANARY_REDIS_URL: _redis, CANARY_SNAPSHOT_FILE: _snapshot, ...own } = process.env;
  const defaults = {
    CANARY_PROXY_HOST: "127.0.0.1",
    CANARY_PROXY_DRAIN: "1s",
    CANARY_PROXY_PORT: await portOrAny(8080),
    CANARY_ADMIN_PORT: await portOrAny(8081),
    CANARY_LOG_LEVEL: "warn",
  };
  return readSettings({
    file: undefined,
    env: { ...defaults, ...own },
    flags: { ...flags, "rules-file": rulesFile, workers: "1" },
  });
}

/** The port if it is free, else 0, which stands for any. */
async function portOrAny(port: number): Promise<string> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    server.close();
    await once(server, "close");
    return `${port}`;
  } catch {
    return "0";
  }
}

/** Where to reach somebody who listens there. */
function urlOf(host: string, port: number): string {
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}
