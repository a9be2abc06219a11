import type { Socket } from "node:net";
import type { CutTarget } from "../../routing/cuts.ts";
import type { Decision } from "../../routing/decision.ts";
import type { Version } from "../../routing/rules.ts";
import type { Certificate } from "../certificate.ts";
import { CopyBudget } from "../copy-budget.ts";
import type { Door, Lane } from "../door.ts";
import { FeedbackServer } from "../feedback-server.ts";
import type { Identities } from "../identities.ts";
import { isOfSlice } from "../reception.ts";
import type { ShadowDesk } from "../shadow/shadow-desk.ts";
import { Shadows } from "../shadow/shadows.ts";
import { TripToolShed } from "../shadow/trip-tools.ts";
import { TrustedPeers } from "../trusted-peers.ts";
import { decisionHeaders, linesOf } from "../upgrade/headers.ts";
import { UpgradeServer } from "../upgrade/upgrade-server.ts";
import type { RequestLimits } from "../wire/request-head.ts";
import { type Resolve, rememberingLookup } from "./addresses.ts";
import { ClientConnection } from "./client-connection.ts";
import type { Surroundings } from "./delivery.ts";
import type { ExpressSettings } from "./express-settings.ts";
import { startProbes } from "./health-probes.ts";
import { type LaneClock, MACHINE_CLOCK, startTicking, TICK } from "./lane-clock.ts";
import type { LaneContext } from "./lane-context.ts";
import { Listener } from "./listener.ts";
import { claimBlock } from "./memory.ts";
import { Pools } from "./pools.ts";
import { RequestIds } from "./request-ids.ts";
import { Slab } from "./slab.ts";
import { TimerWheel } from "./timer-wheel.ts";
import { ToolShed } from "./tools.ts";

/** Milliseconds that idle clients have for another request when the lane drains. */
const LAST_REQUEST = 1_000;

/** Listens on raw sockets and forwards HTTP/1.x. Rejects when it cannot listen or a network is no network. */
export async function startExpressLane(
  door: Door,
  settings: ExpressSettings,
  surroundings: LaneSurroundings,
): Promise<ExpressLane> {
  const lane = new ExpressLane(door, settings, surroundings);
  await lane.listen();
  return lane;
}

/** What a lane needs besides its door. */
export interface LaneSurroundings extends Surroundings {
  readonly identities: Identities;
  /** Names requests; of its own unless told. */
  readonly requestIds?: RequestIds;
  /** How names become addresses; the system's way unless told. */
  readonly resolve?: Resolve;
  /** The machine's own, unless something else is said. */
  readonly clock?: LaneClock;
}

export class ExpressLane implements Lane, LaneContext {
  readonly door: Door;
  readonly settings: ExpressSettings;
  readonly toolShed: ToolShed;
  readonly now: () => number;
  readonly wheel: TimerWheel;
  readonly slab = new Slab(claimBlock());
  readonly pools: Pools;
  readonly connections = new Set<ClientConnection>();
  readonly waiting = new Set<ClientConnection>();
  readonly requestIds: RequestIds;
  readonly copyBudget: CopyBudget;
  readonly shadows: Shadows | undefined;
  readonly trustedPeers: TrustedPeers;
  /** Apart from those of real requests, so that a shadow takes no connection from anybody. */
  readonly shadowPools: Pools;
  readonly upgrades: UpgradeServer;
  readonly feedback: FeedbackServer | undefined;
  readonly identities: Identities;
  draining = false;
  private readonly listener: Listener;
  private readonly lines = new WeakMap<Decision, Buffer>();
  private readonly stopTicking: () => void;
  private readonly stopProbing: () => void;
  private onQuiet: (() => void) | undefined;

  constructor(door: Door, settings: ExpressSettings, surroundings: LaneSurroundings) {
    this.door = door;
    this.identities = surroundings.identities;
    this.requestIds = surroundings.requestIds ?? new RequestIds();
    this.settings = settings;
    const { maxHeadSize, maxHeaders, maxUrlLength } = settings;
    const limits = { maxHead: maxHeadSize, maxFields: maxHeaders, maxTarget: maxUrlLength };
    this.toolShed = new ToolShed(limits, this.slab, { each: settings.holdLimit, free: settings.replayTotal });
    this.copyBudget = new CopyBudget(settings.copyTotal);
    this.trustedPeers = new TrustedPeers(settings.trustedProxies);
    const clock = surroundings.clock ?? MACHINE_CLOCK;
    const { now } = clock;
    this.now = now;
    this.wheel = new TimerWheel(TICK, now());
    const lookup = rememberingLookup(now, surroundings.resolve);
    const context = { settings, wheel: this.wheel, lookup, now };
    this.pools = new Pools(context, surroundings, Math.random);
    const shadowPools = { ...settings, maxEndpointConnections: settings.shadowConcurrency };
    this.shadowPools = new Pools({ ...context, settings: shadowPools }, surroundings, Math.random);
    this.shadows = door.shadows && this.shadowsOf(door.shadows, limits);
    this.upgrades = new UpgradeServer(door, this.pools, this.trustedPeers, settings, lookup);
    const probes = [
      startProbes(() => versionsOf(door), this.pools, lookup, settings.healthInterval),
      startProbes(() => shadowsOf(door), this.shadowPools, lookup, settings.healthInterval),
    ];
    this.stopProbing = () => {
      for (const stop of probes) stop();
    };
    this.feedback = door.feedback && new FeedbackServer(door.feedback);
    this.listener = new Listener(settings, (socket) => this.accept(socket));
    this.stopTicking = startTicking(clock, (present, since, fresh) => {
      if (fresh) this.wheel.turn(present);
      this.shadows?.turn(TICK, since);
      for (const client of this.waiting) client.probe();
    });
  }

  listen(): Promise<void> {
    return this.listener.listen();
  }

  get port(): number {
    return this.listener.port;
  }

  useCertificate(certificate: Certificate): void {
    this.listener.useCertificate(certificate);
  }

  inFlight(): number {
    let count = this.upgrades.inFlight;
    for (const connection of this.connections) if (connection.current?.decided !== undefined) count++;
    return count;
  }

  /** The `x-canary-*` lines of an answer, made once for each decision. */
  decisionLines(decision: Decision): Buffer {
    let lines = this.lines.get(decision);
    if (lines === undefined) {
      lines = Buffer.from(linesOf(decisionHeaders(decision)), "latin1");
      this.lines.set(decision, lines);
    }
    return lines;
  }

  leftOut(version: Version): string[] {
    return this.pools.leftOut(version);
  }

  forget(connection: ClientConnection): void {
    this.connections.delete(connection);
    if (this.connections.size === 0) this.onQuiet?.();
  }

  abort(target: CutTarget): void {
    for (const { current } of this.connections) {
      if (current?.decided !== undefined && isOf(current.decided, target) && current.isOf(target)) current.abort();
    }
    this.shadows?.abort(target);
    this.upgrades.abort(({ decision, labels }) => isOf(decision, target) && isOfSlice(target, decision, labels));
  }

  async drain(ms: number): Promise<void> {
    this.draining = true;
    this.slab.flush();
    this.stopProbing();
    this.shadows?.stop();
    // Who is connecting in this moment would be reset: they are let in first.
    await new Promise((resolve) => setImmediate(resolve));
    const closed = this.listener.close();
    // So would be who sends a request on a connection that is idle here: each gets an answer yet, which ends it.
    const retiring = setTimeout(
      () => {
        for (const connection of this.connections) connection.retire();
      },
      Math.min(ms, LAST_REQUEST),
    );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([Promise.all([this.quiet(), this.upgrades.quiet()]), late]);
    clearTimeout(timer);
    clearTimeout(retiring);
    for (const connection of this.connections) connection.cutShort();
    this.upgrades.close();
    this.feedback?.close();
    await this.upgrades.quiet();
    this.pools.closeIdle();
    this.shadowPools.closeIdle();
    this.listener.destroyAll();
    await closed;
    this.stopTicking();
  }

  private shadowsOf(desk: ShadowDesk, limits: RequestLimits): Shadows {
    const { door, settings, shadowPools: pools, slab, wheel, copyBudget: budget, now } = this;
    return new Shadows(door, desk, settings, {
      pools,
      slab,
      wheel,
      budget,
      toolShed: new TripToolShed(limits),
      timeout: settings.shadowTimeout,
      now,
    });
  }

  private quiet(): Promise<void> {
    return this.connections.size === 0 ? Promise.resolve() : new Promise((resolve) => (this.onQuiet = resolve));
  }

  private accept(socket: Socket): void {
    if (this.connections.size + this.upgrades.inFlight >= this.settings.maxConnections) {
      socket.destroy();
      return;
    }
    this.connections.add(new ClientConnection(this, socket));
  }
}

function* versionsOf(door: Door): Iterable<Version> {
  for (const { route } of door.currentRules()?.table.routes ?? []) yield* [route.stable, ...route.candidates];
}

function* shadowsOf(door: Door): Iterable<Version> {
  for (const { route } of door.currentRules()?.table.routes ?? [])
    yield* [...(route.sandbox ?? []), ...route.candidates];
}

function isOf({ route, version, track }: Decision, target: CutTarget): boolean {
  return track === "candidate" && route.name === target.route && version.version === target.version;
}
