import { type Signal, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Button } from "../parts/button.tsx";
import { VersionName } from "../parts/version-name.tsx";
import { edit } from "./editing.ts";
import { RuleRow } from "./rule-row.tsx";
import type { RouteForm } from "./rules-form.ts";
import { useReorder } from "./use-reorder.ts";

interface RouteRulesProps {
  readonly route: RouteForm;
  readonly at: number;
  /** The rule whose fields are shown. */
  readonly open: Signal<number | undefined>;
}

/** The rules of one route in their order, which is the order in which they are asked. */
export function RouteRules({ route, at, open }: RouteRulesProps) {
  const list = useRef<HTMLOListElement>(null);
  const said = useSignal("");
  const { rules, stable, candidates } = route;
  const move = async (from: number, to: number): Promise<void> => {
    if (from === to || to < 0 || to >= rules.length) return;
    if (!(await edit("moveRule", { route: at, rule: from }, to))) return;
    const shown = open.value;
    if (shown !== undefined) {
      if (shown === from) open.value = to;
      else if (from < shown && shown <= to) open.value = shown - 1;
      else if (to <= shown && shown < from) open.value = shown + 1;
    }
    said.value = `${rules[from]?.name} is rule ${to + 1} of ${rules.length} now.`;
    // The row has been drawn anew at its new place.
    requestAnimationFrame(() => list.current?.querySelectorAll<HTMLElement>(".handle")[to]?.focus());
  };
  const { dragged, target, grab } = useReorder(list, (from, to) => void move(from, to));
  const add = async (): Promise<void> => {
    // The last rule is mostly for everybody, and nothing below it would be reached.
    const place =
      rules.at(-1)?.conditions.length === 0 && rules.at(-1)?.window === undefined ? rules.length - 1 : rules.length;
    if (await edit("addRule", at, route, Math.max(0, place))) open.value = Math.max(0, place);
  };
  const remove = async (rule: number): Promise<void> => {
    if (await edit("removeRule", { route: at, rule })) open.value = undefined;
  };
  return (
    <>
      <header class="route-head">
        <h2>{route.name || "(no name)"}</h2>
        <p class="hint">
          The first rule that fits a request decides. What no candidate gets, and what fits no rule, goes to{" "}
          <VersionName track="stable" version={stable || "stable"} />.
        </p>
      </header>
      {candidates.length === 0 && rules.length === 0 ? (
        <p class="notice">This route has no candidate, so there is nothing to share: write one in the YAML.</p>
      ) : (
        <>
          <ol class="rule-list" ref={list} data-dragging={dragged !== undefined}>
            {rules.map((rule, i) => (
              <RuleRow
                key={i}
                rule={rule}
                at={{ route: at, rule: i }}
                count={rules.length}
                isOpen={open.value === i}
                isDragged={dragged === i}
                isTarget={target === i && dragged !== undefined && target !== dragged}
                fromAbove={dragged !== undefined && dragged < i}
                onOpen={() => (open.value = open.value === i ? undefined : i)}
                onGrab={(event) => grab(event, i)}
                onMove={(by) => void move(i, i + by)}
                onRemove={() => void remove(i)}
              />
            ))}
          </ol>
          {rules.length === 0 && <p class="state">No rules: {stable} answers everything.</p>}
          {candidates.length > 0 && <Button onClick={() => void add()}>Add a rule</Button>}
        </>
      )}
      <p class="unseen" role="status">
        {said.value}
      </p>
    </>
  );
}
