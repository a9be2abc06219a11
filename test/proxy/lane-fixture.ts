import { connect, type Socket } from "node:net";
import { afterEach } from "vitest";
import type { AccessLog } from "../../src/proxy/access-log.ts";
import type { Door, Labels } from "../../src/proxy/door.ts";
import { type ExpressLane, type LaneSurroundings, startExpressLane } from "../../src/proxy/express/express-lane.ts";
import { EXPRESS_DEFAULTS, type ExpressSettings } from "../../src/proxy/express/express-settings.ts";
import { NO_IDENTITIES } from "../../src/proxy/identities.ts";
import type { Onlooker } from "../../src/proxy/onlooker.ts";
import type { SeenRequests } from "../../src/proxy/seen-requests.ts";
import type { ShadowDesk } from "../../src/proxy/shadow/shadow-desk.ts";
import type { CutSlice } from "../../src/routing/cuts.ts";
import type { Decision } from "../../src/routing/decision.ts";
import type { Unread } from "../../src/routing/facts.ts";
import type { Failure, Outcome } from "../../src/routing/outcome.ts";
import type { Route, Rules } from "../../src/routing/rules.ts";
import { compile } from "../../src/routing/table.ts";
import type { Tracing } from "../../src/tracing/trace.ts";
import type { Upstream } from "../kit/upstream.ts";

/** A lane in front of one route, and what its door was told. */
export interface Fixture {
  readonly lane: ExpressLane;
  readonly url: string;
  /** What is cut; nothing at first. */
  readonly cuts: Map<string, readonly CutSlice[]>;
  readonly decisions: Decision[];
  readonly moves: [from: Decision, to: Decision, failure: Failure | undefined][];
  readonly unread: Unread[];
  /** Puts the route so into force from now on. */
  edit(route: Partial<Route>): void;
  readonly outcomes: { readonly decision: Decision; readonly labels: Labels; readonly outcome: Outcome }[];
}

interface Wanted {
  readonly settings?: Partial<ExpressSettings>;
  readonly route?: Partial<Route>;
  readonly rules?: Partial<Rules>;
  readonly seen?: SeenRequests;
  readonly surroundings?: Partial<LaneSurroundings>;
  readonly access?: AccessLog;
  readonly tracing?: Tracing;
  readonly onlooker?: Onlooker;
  readonly shadows?: ShadowDesk;
  /** The store has not been read yet. */
  readonly noRules?: boolean;
}

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Closes what was opened when the test is over. */
export async function using<T extends Upstream>(upstream: Promise<T>): Promise<T> {
  const opened = await upstream;
  closers.push(() => opened.close());
  return opened;
}

/** A lane whose only route, `chat`, takes every path and has its stable version at `endpoints`. */
export async function laneTo(endpoints: string | string[], wanted: Wanted = {}): Promise<Fixture> {
  const route: Route = {
    name: "chat",
    match: [{ path: undefined, conditions: [] }],
    stable: { version: "v1", endpoints: [endpoints].flat() },
    candidates: [],
    stickyBy: [],
    rules: [],
    modality: { from: "derived" },
    override: false,
    salt: "chat",
    ...wanted.route,
  };
  const customers = { id: [], type: [], defaultType: "standard", types: [], jwt: undefined };
  let table = compile({ customers, routes: [route], tests: [], ...wanted.rules }, 1);
  const edit = (changed: Partial<Route>): void => {
    table = compile({ customers, routes: [{ ...route, ...changed }], tests: [], ...wanted.rules }, table.revision + 1);
  };
  const cuts: Fixture["cuts"] = new Map();
  const decisions: Decision[] = [];
  const moves: Fixture["moves"] = [];
  const outcomes: Fixture["outcomes"] = [];
  const unread: Unread[] = [];
  const door: Door = {
    currentRules: () => (wanted.noRules ? undefined : { table, cuts }),
    draw: () => 0,
    onDecision: (decision) => decisions.push(decision),
    onMoved: (from, to, failure) => moves.push([from, to, failure]),
    onUnread: (why) => unread.push(why),
    ...(wanted.seen === undefined ? {} : { seen: wanted.seen }),
    onOutcome: (decision, labels, outcome) => outcomes.push({ decision, labels, outcome }),
    access: wanted.access,
    tracing: wanted.tracing,
    onlooker: wanted.onlooker,
    shadows: wanted.shadows,
  };
  const lane = await startExpressLane(
    door,
    {
      ...EXPRESS_DEFAULTS,
      host: "127.0.0.1",
      port: 0,
      connectTimeout: 5000,
      firstByteTimeout: 5000,
      idleTimeout: 5000,
      trustedProxies: ["127.0.0.0/8"],
      // Tests share a machine, and would drop copies whenever it is busy.
      shadowLateness: Infinity,
      ...wanted.settings,
    },
    { identities: NO_IDENTITIES, env: () => undefined, warn: () => {}, ...wanted.surroundings },
  );
  closers.push(() => lane.drain(0));
  return { lane, url: `http://127.0.0.1:${lane.port}`, edit, cuts, decisions, moves, unread, outcomes };
}

/** A client of plain sockets: sends `text` as it is and gathers what comes. */
export interface RawClient {
  readonly socket: Socket;
  text(): string;
  /** `clean`: the other side ended; `broken`: it reset. */
  readonly closed: Promise<"clean" | "broken">;
}

export function rawClient(port: number, text: string, { allowHalfOpen = false } = {}): RawClient {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen });
  let received = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => {
    received += chunk;
  });
  socket.on("error", () => {});
  const closed = new Promise<"clean" | "broken">((resolve) => {
    socket.on("close", (broken) => resolve(broken ? "broken" : "clean"));
  });
  closers.push(() => socket.destroy());
  socket.write(text, "latin1");
  return { socket, text: () => received, closed };
}
