import { useSignal } from "@preact/signals";
import { approvals } from "../live/approvals.ts";
import { DeclineDialog } from "./decline-dialog.tsx";
import { LookDialog } from "./look-dialog.tsx";
import { WaitingCard } from "./waiting-card.tsx";
import "./waiting-list.css";

interface Open {
  readonly kind: "look" | "decline";
  readonly id: string;
}

/** What waits for a second person, and that person's word. Nothing at all where nothing waits. */
export function WaitingList() {
  const open = useSignal<Open | undefined>(undefined);
  const { approvals: waiting } = approvals.value;
  // What somebody else has decided meanwhile closes its question.
  const asked = waiting.find(({ id }) => id === open.value?.id);
  const close = (): void => {
    open.value = undefined;
  };
  if (waiting.length === 0) return null;
  return (
    <section class="waiting" aria-labelledby="waiting-title">
      <h2 id="waiting-title">
        {waiting.length === 1 ? "One change waits" : `${waiting.length} changes wait`} for a second person
      </h2>
      <ul>
        {waiting.map((one) => (
          <li key={one.id}>
            <WaitingCard
              approval={one}
              onLook={() => (open.value = { kind: "look", id: one.id })}
              onDecline={() => (open.value = { kind: "decline", id: one.id })}
            />
          </li>
        ))}
      </ul>
      {asked !== undefined && open.value?.kind === "look" && <LookDialog approval={asked} onClose={close} />}
      {asked !== undefined && open.value?.kind === "decline" && <DeclineDialog approval={asked} onClose={close} />}
    </section>
  );
}
