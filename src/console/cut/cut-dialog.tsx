import { useSignal } from "@preact/signals";
import type { Spread } from "../api/answers.ts";
import { call } from "../api/call.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { VersionName } from "../parts/version-name.tsx";
import { rate } from "../parts/words.ts";
import { Acknowledged } from "./acknowledged.tsx";
import type { Candidate } from "./asked.ts";
import { type Order, Trouble } from "./trouble.tsx";

/** Says what a cut will do, does it, and says where it holds. */
export function CutDialog({ candidate, onClose }: { readonly candidate: Candidate; readonly onClose: () => void }) {
  const { route, version, stable, perSecond } = candidate;
  const state = useSignal<Order<Spread>>({ kind: "asking" });
  const why = useSignal("");
  const abort = useSignal(false);
  const cut = async (): Promise<void> => {
    if (state.value.kind === "busy") return;
    state.value = { kind: "busy" };
    const json = { version, why: why.value, inFlight: abort.value ? "abort" : "finish" };
    state.value = await call<Spread>(`/api/routes/${encodeURIComponent(route)}/cut`, { method: "POST", json });
  };
  const now = state.value;
  if (now.kind === "done") {
    return <Acknowledged title={`${version} is cut`} spread={now.value} onClose={onClose} />;
  }
  return (
    <Dialog
      title={`Cut ${version} of ${route}?`}
      onClose={onClose}
      onConfirm={cut}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" type="submit" busy={now.kind === "busy"} focusFirst>
            Cut {version} now
          </Button>
        </>
      }
    >
      {stable === undefined ? (
        <p>
          From this moment <strong>{version}</strong> gets no copies. It answers nobody, so nobody will notice. No rule
          or edit brings it back: it stays cut until somebody restores it.
        </p>
      ) : (
        <p>
          From this moment <VersionName track="candidate" version={version} /> gets nothing
          {perSecond > 0 ? ` (${rate(perSecond)} requests a second now)` : ""}, and everybody is answered by stable,{" "}
          <VersionName track="stable" version={stable} />. No rule, ramp or edit brings it back: it stays cut until
          somebody restores it.
        </p>
      )}
      <Field label="Why (optional)" hint="The others read it beside the cut and in the history.">
        {(ids) => (
          <input
            {...ids}
            maxLength={500}
            value={why.value}
            onInput={(event) => {
              why.value = event.currentTarget.value;
            }}
          />
        )}
      </Field>
      {stable !== undefined && (
        <label class="choice">
          <input
            type="checkbox"
            checked={abort.value}
            onChange={(event) => {
              abort.value = event.currentTarget.checked;
            }}
          />
          <span>
            Also break off what it is answering right now. Stable answers instead where asking twice does no harm; other
            customers get an error.
          </span>
        </label>
      )}
      <Trouble called={now} />
    </Dialog>
  );
}
