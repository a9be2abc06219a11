import { z } from "zod";
import type { Log } from "../log.ts";
import type { Journal } from "../store/journal.ts";
import type { ReplicaBoard } from "../store/replica-board.ts";
import type { Access } from "./access/gate.ts";
import { type Endpoint, endpoint, NO_BODY, NOTHING } from "./endpoint.ts";
import { type ApprovalsDesk, approvalEndpoints } from "./endpoints/approvals.ts";
import { type CutsDesk, cutEndpoints } from "./endpoints/cuts.ts";
import { differencesEndpoint } from "./endpoints/differences.ts";
import { type DisagreementsOf, disagreementsEndpoint } from "./endpoints/disagreements.ts";
import type { RulesDesk } from "./endpoints/edits.ts";
import { eventsEndpoint } from "./endpoints/events.ts";
import { type Explain, explainEndpoint } from "./endpoints/explain.ts";
import { feedbackEndpoint, type TakeFeedback } from "./endpoints/feedback.ts";
import { type Archive, historyEndpoints } from "./endpoints/history.ts";
import { oidcEndpoints } from "./endpoints/oidc.ts";
import { previewEndpoint, type TryDraft } from "./endpoints/preview.ts";
import { type RampsDesk, rampEndpoint } from "./endpoints/ramps.ts";
import { type RecentNumbers, recentEndpoint } from "./endpoints/recent.ts";
import { replicasEndpoint } from "./endpoints/replicas.ts";
import { type LeftOut, type Numbers, routesEndpoint, type Shadows, type Verdicts } from "./endpoints/routes.ts";
import { rulesEndpoints } from "./endpoints/rules.ts";
import { sessionEndpoints } from "./endpoints/session.ts";
import { shareEndpoint } from "./endpoints/share.ts";
import { timelineEndpoint } from "./endpoints/timeline.ts";
import type { Events } from "./events.ts";
import { openApi } from "./openapi.ts";
import type { Witness } from "./spread.ts";

/** What the API works on. */
export interface ApiParts {
  readonly access: Access;
  readonly rules: RulesDesk;
  readonly archive: Archive;
  readonly journal: Pick<Journal, "last">;
  readonly board: Pick<ReplicaBoard, "replicas">;
  readonly cuts: CutsDesk;
  readonly ramps: RampsDesk;
  readonly approvals: ApprovalsDesk;
  /** The id of this replica, as its heartbeats say it. */
  readonly replica: string;
  readonly everywhere: Witness["everywhere"];
  readonly numbers: Numbers;
  readonly leftOut: LeftOut;
  readonly recent: RecentNumbers;
  readonly verdicts: Verdicts;
  readonly feedback: TakeFeedback;
  readonly shadows: Shadows;
  readonly disagreements: DisagreementsOf;
  readonly explain: Explain;
  readonly preview: TryDraft;
  readonly events: Pick<Events, "listen">;
  /** The router's own. */
  readonly version: string;
  readonly log: Log;
}

/** Everything that the API does. */
export function endpoints(parts: ApiParts): Endpoint[] {
  const { rules, archive, journal, board, cuts, ramps, replica, explain, preview, events, version } = parts;
  const { access, log, approvals, numbers, leftOut, verdicts, recent, feedback, everywhere, shadows, disagreements } =
    parts;
  const all = [
    ...sessionEndpoints(access, approvals, log),
    ...oidcEndpoints(access, log),
    ...rulesEndpoints(rules),
    ...historyEndpoints(rules, archive),
    differencesEndpoint(rules, archive),
    timelineEndpoint(archive, journal),
    shareEndpoint(rules),
    ...approvalEndpoints(approvals),
    rampEndpoint(ramps),
    routesEndpoint(rules, numbers, leftOut, ramps, verdicts, shadows),
    recentEndpoint(recent),
    replicasEndpoint(board),
    ...cutEndpoints(rules, cuts, { board, self: replica, everywhere }),
    explainEndpoint(rules, explain),
    previewEndpoint(rules, preview),
    feedbackEndpoint(feedback),
    disagreementsEndpoint(rules, disagreements),
    eventsEndpoint(events),
  ];
  const description = endpoint({
    method: "get",
    path: "/api/openapi.json",
    about: "This description of the API.",
    needs: "viewer",
    params: NOTHING,
    query: NOTHING,
    body: NO_BODY,
    answers: {
      200: { about: "OpenAPI 3.1", type: "application/json", schema: z.looseObject({ openapi: z.string() }) },
    },
    handle: () => ({ status: 200, json: described }),
  });
  all.push(description);
  const described = openApi(all, version);
  return all;
}
