import { type AdminOptions, adminApp } from "../admin/app.ts";
import type { Events } from "../admin/events.ts";
import type { FourEyes } from "../admin/four-eyes.ts";
import { startAdmin } from "../admin/server.ts";
import { routerVersion } from "../config/version.ts";
import type { Settings } from "../config.ts";
import type { Log } from "../log.ts";
import type { RouterMetrics } from "../metrics/router-metrics.ts";
import { explainRequest } from "../proxy/explain-request.ts";
import type { Identities } from "../proxy/identities.ts";
import { accessOf } from "./admin-access.ts";
import type { Followed } from "./follow-stores.ts";
import type { Forwarding } from "./forwarding.ts";
import type { InForce } from "./in-force.ts";
import type { Judges } from "./join-judges.ts";
import { draw } from "./open-lane.ts";
import type { Opened } from "./opened.ts";
import type { Stores } from "./stores.ts";
import { tryDraft } from "./try-draft.ts";

interface Joined extends Pick<AdminOptions, "readiness" | "feedback"> {
  /** The id of this replica. */
  readonly id: string;
  readonly stores: Pick<Stores, "rules" | "journal">;
  readonly followed: Followed;
  readonly eyes: FourEyes;
  readonly judges: Judges;
  readonly metrics: RouterMetrics;
  readonly forwarding: Pick<Forwarding, "leftOut" | "seen" | "caughtUp" | "processes">;
  readonly inForce: InForce;
  readonly identities: Identities;
  readonly events: Events;
  /** 32 bits that stand-ins of callers are made with. */
  readonly secret: number;
  readonly log: Log;
}

/** Opens the admin port. What is changed there is answered when it is in force here. Rejects when it cannot listen. */
export async function openAdmin(
  settings: Settings,
  joined: Joined,
  opened: Opened,
): Promise<{ readonly port: number }> {
  const { id, stores, followed, eyes, judges, metrics, forwarding, inForce, identities, events, log } = joined;
  const { live, cuts, ramps } = followed;
  const app = adminApp({
    access: accessOf(settings, log),
    rules: {
      current: live.current,
      read: live.read,
      edit: (...edit) => inForce.after(eyes.edit(...edit)),
    },
    archive: stores.rules,
    journal: stores.journal,
    board: stores.rules,
    cuts: { ...cuts, restore: eyes.restore },
    ramps: { ...ramps, order: (order) => inForce.after(ramps.order(order)) },
    approvals: { ...eyes, approve: (...approval) => inForce.after(eyes.approve(...approval)) },
    replica: id,
    everywhere: () => inForce.everywhere(),
    numbers: metrics.numbers,
    leftOut: forwarding.leftOut,
    recent: metrics.recent,
    verdicts: judges.verdicts,
    shadows: judges.shadows.standings,
    disagreements: judges.shadows.disagreements,
    feedback: joined.feedback,
    events,
    preview: tryDraft(ramps, forwarding, joined.secret),
    explain: (request, rules) => explainRequest(request, rules, identities, draw, settings.proxy.bodyPeekLimit),
    version: routerVersion(),
    readiness: joined.readiness,
    metrics: {
      contentType: metrics.contentType,
      async exposition() {
        const [others] = await Promise.all([forwarding.processes(), forwarding.caughtUp()]);
        return metrics.exposition(others);
      },
    },
    metricsNeed: settings.admin.metrics,
    log,
  });
  const admin = await startAdmin(app, settings.admin.host, settings.admin.port);
  opened.add(() => admin.close());
  return admin;
}
