import { useSignal } from "@preact/signals";
import type { CutNow, HeldNow, Spread } from "../api/answers.ts";
import { call } from "../api/call.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { TellDialog } from "../parts/tell-dialog.tsx";
import { WhyField } from "../parts/why-field.tsx";
import { Acknowledged } from "./acknowledged.tsx";
import { nameOf } from "./name-of.ts";
import { type Order, Trouble } from "./trouble.tsx";

/** Asks why, and says where the restoration is in force. */
export function RestoreDialog({ cut, onClose }: { readonly cut: CutNow; readonly onClose: () => void }) {
  const state = useSignal<Order<Spread | HeldNow>>({ kind: "asking" });
  const why = useSignal("");
  const mistake = useSignal<string | undefined>(undefined);
  const restore = async (): Promise<void> => {
    if (why.value.trim() === "") {
      mistake.value = "Say why it may have requests again.";
      return;
    }
    state.value = { kind: "busy" };
    const { route, version, rule, modality } = cut;
    const json = { version, rule, modality, why: why.value };
    state.value = await call<Spread | HeldNow>(`/api/routes/${encodeURIComponent(route)}/restore`, {
      method: "POST",
      json,
    });
  };
  const now = state.value;
  if (now.kind === "done") {
    const { value } = now;
    if ("approval" in value) return <Waits held={value} onClose={onClose} />;
    return <Acknowledged title={`${nameOf(cut)} is restored`} spread={value} onClose={onClose} />;
  }
  return (
    <Dialog
      title={`Restore ${nameOf(cut)} of ${cut.route}?`}
      onClose={onClose}
      onConfirm={restore}
      actions={
        <>
          <Button onClick={onClose}>Leave it cut</Button>
          <Button look="primary" type="submit" busy={now.kind === "busy"}>
            Restore
          </Button>
        </>
      }
    >
      <p>It gets again what the rules ask for, at once and on every replica.</p>
      <WhyField hint="What has been repaired, or found out." why={why} mistake={mistake} />
      <Trouble called={now} />
    </Dialog>
  );
}

/** It takes a second person. */
function Waits({ held, onClose }: { readonly held: HeldNow; readonly onClose: () => void }) {
  return (
    <TellDialog title="It waits for a second person" onClose={onClose}>
      <p role="status">{held.message}</p>
    </TellDialog>
  );
}
