import { setTimeout as pause } from "node:timers/promises";
import { type Role, reaches } from "../config/roles.ts";
import { samePerson } from "../config/same-person.ts";
import type { CutTarget } from "../routing/cuts.ts";
import type { Rules } from "../routing/rules.ts";
import { raisesAbove } from "../rules/raises.ts";
import type { FailingTests } from "../rules/read-rules.ts";
import { shareText } from "../rules/shares.ts";
import type { ApprovalsStore, Asking, Unavailable, Waiting, WithText } from "../store/approvals.ts";
import { fieldOf } from "../store/cuts-port.ts";
import type { Journal } from "../store/journal.ts";
import type { CutOrder, LiveCuts, RestoreResult } from "../store/live-cuts.ts";
import type { EditResult, LiveRules } from "../store/live-rules.ts";
import type { Edit } from "../store/port.ts";
import type { Identity } from "./endpoint.ts";
import { neededFor } from "./endpoints/waiting.ts";

/** From where on something needs a second person. */
export interface ApprovalLimit {
  /** Points of 0.01 % that a candidate may be given by one person. */
  readonly above: number;
  /** Milliseconds that it waits for the second. */
  readonly expires: number;
}

/** It was not done, and waits for a second person; or cannot, because too much waits already. */
export type Held = { readonly kind: "waits"; readonly waiting: Waiting } | { readonly kind: "too many wait" };

export type Decided =
  | { readonly kind: "declined"; readonly waiting: Waiting }
  | { readonly kind: "edited"; readonly waiting: Waiting; readonly result: EditResult }
  | { readonly kind: "restored"; readonly waiting: Waiting; readonly result: RestoreResult }
  /** It is one's own. */
  | { readonly kind: "own" }
  | { readonly kind: "role"; readonly needs: Role }
  | { readonly kind: "unknown" }
  | Unavailable;

/**
 * Edits of the rules and restorations of cuts, of which those that give a candidate more than a limit wait for somebody else than
 * whoever asked. What lowers never waits.
 */
export interface FourEyes {
  /** undefined: nothing waits for anybody. */
  readonly limit: ApprovalLimit | undefined;
  edit(edit: Edit, failing?: FailingTests): Promise<EditResult | Held>;
  restore(order: CutOrder): Promise<RestoreResult | Held>;
  /** The rules in force here: the only ones that an edit can be approved for. */
  revision(): number;
  readonly waiting: ApprovalsStore["all"];
  readonly find: ApprovalsStore["find"];
  approve(id: string, who: Identity): Promise<Decided>;
  decline(id: string, who: Identity, why: string): Promise<Decided>;
}

interface Parts {
  readonly rules: Pick<LiveRules, "current" | "read" | "edit" | "refused">;
  readonly cuts: Pick<LiveCuts, "records" | "restore">;
  readonly store: ApprovalsStore;
  readonly journal: Pick<Journal, "note">;
  /** Something waits that did not, or the other way round. */
  onChange?(): void;
}

/** How long an edit of a newer revision waits until that one has come here, in ms; and the pause between two looks. */
const PATIENCE_MS = 2_000;
const PAUSE_MS = 20;
/** How often an edit of whatever is there is looked at anew because somebody else was faster. */
const ATTEMPTS = 5;
/** More sentences of one edit are counted. */
const MOST_SENTENCES = 30;

export function fourEyes(limit: ApprovalLimit | undefined, parts: Parts): FourEyes {
  const { rules, cuts, store, journal, onChange = () => undefined } = parts;

  const note = async (what: string, by: string, { raises, id, does }: Waiting, why: string): Promise<void> => {
    const of = does.kind === "restore" ? targetOf(does) : {};
    await journal.note({
      at: Date.now(),
      by,
      what,
      ...of,
      why: [`${id}: ${raises.join("; ")}`, why].filter(Boolean).join("; "),
    });
    onChange();
  };
  const hold = async (asking: Asking, { expires }: ApprovalLimit): Promise<Held | Unavailable> => {
    const { length } = asking.raises;
    const more = length > MOST_SENTENCES ? [`and ${length - MOST_SENTENCES} more`] : [];
    const raises = [...asking.raises.slice(0, MOST_SENTENCES), ...more];
    const before = await store.all();
    if (before.kind === "unavailable") return before;
    const held = await store.add({ ...asking, raises }, expires);
    if (held.kind === "full") return { kind: "too many wait" };
    if (held.kind === "unavailable") return held;
    const known = before.waiting.some(({ id }) => id === held.waiting.id);
    if (!known) await note("approval asked for", asking.by, held.waiting, asking.message);
    return held;
  };

  /** What it gives can only be told of the rules that it was made of, so those must be the ones in force here. */
  const editOf = async (edit: Edit, base: number, after: Rules, failing?: FailingTests): Promise<EditResult | Held> => {
    if (limit === undefined) return rules.edit(edit, failing);
    await until(() => (rules.current()?.revision ?? 0) >= base);
    const current = rules.current();
    const { revision = 0, text = "" } = current ?? {};
    if (revision !== base) return { kind: "conflict", current: current && { text, revision, foreign: false } };
    const { author: by, message } = edit;
    const table = current?.table;
    const before = table && { customers: table.customers, routes: table.routes.map(({ route }) => route) };
    const raises = [...raisesAbove(limit.above, before, after)];
    if (raises.length === 0) return rules.edit(edit, failing);
    return hold({ by, message, raises, does: { kind: "edit", base }, text: edit.text }, limit);
  };
  /** Whoever overwrites whatever is there overwrites what has been looked at all the same, or text that nobody could read. */
  const overwrite = async (edit: Edit, after: Rules, failing?: FailingTests): Promise<EditResult | Held> => {
    for (let attempt = 1; ; attempt++) {
      const base = rules.current()?.revision ?? 0;
      const unread = rules.refused() !== undefined;
      const result = await editOf({ ...edit, expected: unread ? "any" : base }, base, after, failing);
      if (result.kind !== "conflict" || attempt === ATTEMPTS) return result;
      const next = result.current;
      await until(() => rules.refused() !== undefined || (rules.current()?.revision ?? 0) > base || next === undefined);
    }
  };

  /** Why a cut version would get more than the limit at once; empty: it would not. */
  const given = ({ route, version, rule }: CutTarget, above: number): string[] => {
    const found = rules.current()?.table.routes.find((one) => one.route.name === route)?.route;
    return (found?.rules ?? []).flatMap(({ name, shares }) => {
      const { points = 0 } = shares.find((share) => share.version === version) ?? {};
      const meant = rule === undefined || rule === name;
      return meant && points > above ? [`${route} / ${name}: ${version} from nothing to ${shareText(points)}`] : [];
    });
  };

  /** Takes away what `who` may decide. */
  const take = async (
    id: string,
    who: Identity,
    own: boolean,
  ): Promise<WithText | Exclude<Decided, { waiting: Waiting }>> => {
    const found = await store.find(id);
    if (found.kind !== "found") return found;
    const { by, does } = found.waiting;
    const needs = neededFor(does);
    if (samePerson(by, who.name)) {
      if (!own) return { kind: "own" };
    } else if (!reaches(who.role, needs)) return { kind: "role", needs };
    const taken = await store.take(id);
    return taken.kind === "found" ? taken.waiting : taken;
  };

  return {
    limit,
    revision: () => rules.current()?.revision ?? 0,
    waiting: store.all,
    find: store.find,
    async edit(edit, failing) {
      if (limit === undefined) return rules.edit(edit, failing);
      const reading = await rules.read(edit.text, failing);
      if (reading.kind === "refused") return reading;
      const { expected } = edit;
      if (expected === "any") return overwrite(edit, reading.rules, failing);
      return editOf(edit, expected, reading.rules, failing);
    },
    async restore(order) {
      const raises = limit === undefined ? [] : given(order, limit.above);
      if (limit === undefined || raises.length === 0) return cuts.restore(order);
      const cut = cuts.records().find((one) => fieldOf(one) === fieldOf(order) && one.state === "cut");
      if (cut === undefined) return { kind: "not cut" };
      const { by, why } = order;
      return hold(
        { by, message: why, raises, does: { kind: "restore", ...targetOf(order), cut: cut.id }, text: "" },
        limit,
      );
    },
    async approve(id, who) {
      const waiting = await take(id, who, false);
      if ("kind" in waiting) return waiting;
      const { by, message, does, text } = waiting;
      if (does.kind === "restore") {
        const why = `${message} (approved by ${who.name})`;
        const result = await cuts.restore({ ...targetOf(does), by, why }, does.cut);
        await note(result.kind === "restored" ? "approved" : "approval failed", who.name, waiting, "");
        return { kind: "restored", waiting, result };
      }
      const result = await rules.edit({ text, expected: does.base, author: by, approver: who.name, message });
      await note(result.kind === "written" ? "approved" : "approval failed", who.name, waiting, "");
      return { kind: "edited", waiting, result };
    },
    async decline(id, who, why) {
      const waiting = await take(id, who, true);
      if ("kind" in waiting) return waiting;
      await note("declined", who.name, waiting, why);
      return { kind: "declined", waiting };
    },
  };
}

function targetOf({ route, version, rule, modality }: CutTarget): CutTarget {
  return { route, version, ...(rule && { rule }), ...(modality && { modality }) };
}

/** Not longer than a while. */
async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !holds() && performance.now() < end; ) await pause(PAUSE_MS);
}
