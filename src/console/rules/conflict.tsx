import { useComputed, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { navigate, place } from "../navigation.ts";
import { Button } from "../parts/button.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { type Base, base, begin, text } from "./editing.ts";
import { type Choice, laidOut, merged } from "./merge.ts";
import { StretchView } from "./stretch-view.tsx";
import "./conflict.css";

/** Two people have edited the same rules: what each has changed, side by side, and what is to come of it. */
export function Conflict({ theirs }: { readonly theirs: Base }) {
  const mine = text.value;
  const stretches = useMemo(() => laidOut(base.value.text, mine, theirs.text), [mine, theirs.text]);
  const choices = useSignal<ReadonlyMap<number, Choice>>(new Map());
  const both = stretches.flatMap(({ by }, i) => (by === "both" ? [i] : []));
  const open = useComputed(() => both.filter((i) => !choices.value.has(i)).length).value;
  const goOn = (draft: string): void => {
    void begin(theirs, draft);
    navigate(draft === theirs.text ? place.value.path : `${place.value.path}?step=review`, { replace: true });
  };
  return (
    <>
      <PageHead
        title="Two edits of the same rules"
        about={
          <>
            You began with revision {base.value.revision}. Revision {theirs.revision} has been written meanwhile.{" "}
            {both.length === 0
              ? "You have changed different lines, so both can stay."
              : `In ${both.length === 1 ? "one place" : `${both.length} places`} both have changed the same lines: choose there.`}
          </>
        }
        actions={
          <>
            <Button onClick={() => goOn(theirs.text)}>Give up mine</Button>
            <Button
              look="primary"
              unavailable={
                open > 0 ? `Choose in ${open === 1 ? "one more place" : `${open} more places`} first.` : undefined
              }
              onClick={() => goOn(merged(stretches, choices.value))}
            >
              Go on with both
            </Button>
          </>
        }
      />
      <div class="stretches">
        {stretches.map((stretch, i) => (
          <StretchView
            key={i}
            stretch={stretch}
            choice={choices.value.get(i)}
            onChoose={(choice) => (choices.value = new Map(choices.value).set(i, choice))}
          />
        ))}
      </div>
    </>
  );
}
