import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Called, call } from "../api/call.ts";
import type { DisagreementsAnswer } from "../api/editor-answers.ts";
import { Failed, Loading } from "../parts/states.tsx";
import { TellDialog } from "../parts/tell-dialog.tsx";
import { moment, percent } from "../parts/words.ts";

interface DisagreementsDialogProps {
  readonly route: string;
  readonly onClose: () => void;
}

type Disagreement = DisagreementsAnswer["disagreements"][number];

/** The last answers of shadows that were not those that clients got, in redacted excerpts. */
export function DisagreementsDialog({ route, onClose }: DisagreementsDialogProps) {
  const asked = useSignal<Called<DisagreementsAnswer> | undefined>(undefined);
  const load = async (): Promise<void> => {
    asked.value = await call<DisagreementsAnswer>(`/api/routes/${encodeURIComponent(route)}/disagreements`);
  };
  useEffect(() => void load(), []);
  return (
    <TellDialog title={`Where shadows of ${route} disagree`} wide onClose={onClose}>
      <Answer called={asked.value} again={() => void load()} />
    </TellDialog>
  );
}

function Answer({
  called,
  again,
}: {
  readonly called: Called<DisagreementsAnswer> | undefined;
  readonly again: () => void;
}) {
  if (called === undefined) return <Loading what="the disagreements" />;
  if (called.kind !== "done") {
    return (
      <Failed message={called.kind === "refused" ? called.message : "The router cannot be reached."} again={again} />
    );
  }
  const { disagreements } = called.value;
  if (disagreements.length === 0) {
    return <p class="hint">This replica has kept none: `keep` of the route’s `compare` says how many it keeps.</p>;
  }
  return (
    <ol class="disagreements">
      {disagreements.map((one) => (
        <li key={`${one.at} ${one.requestId} ${one.version}`}>
          <Both disagreement={one} />
        </li>
      ))}
    </ol>
  );
}

function Both({ disagreement }: { readonly disagreement: Disagreement }) {
  const { at, requestId, version, answeredBy, rule, modality, path, similarity, where, primary, shadow } = disagreement;
  return (
    <>
      <p class="hint">
        {moment(at)}, {path}, {modality}, rule “{rule}”{similarity !== undefined && `, ${percent(similarity)} alike`}.
        They differ first at {where}. Request {requestId}.
      </p>
      <div class="both-answers">
        <div>
          <strong>{answeredBy}, which the client got</strong>
          <pre>{primary}</pre>
        </div>
        <div>
          <strong>{version}, the shadow</strong>
          <pre>{shadow}</pre>
        </div>
      </div>
    </>
  );
}
