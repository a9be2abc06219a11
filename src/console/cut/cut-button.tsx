import { useSignal } from "@preact/signals";
import { Button } from "../parts/button.tsx";
import { forbidden } from "../session.ts";
import { CutDialog } from "./cut-dialog.tsx";

export interface Candidate {
  readonly route: string;
  readonly version: string;
  /** The version that answers in its stead. */
  readonly stable: string;
  /** How many requests it gets now. */
  readonly perSecond: number;
}

/** Takes a candidate out of service. */
export function CutButton({ candidate }: { readonly candidate: Candidate }) {
  const asked = useSignal(false);
  return (
    <>
      <Button
        look="danger"
        label={`Cut ${candidate.version} of ${candidate.route}`}
        unavailable={forbidden("operator")}
        onClick={() => {
          asked.value = true;
        }}
      >
        Cut {candidate.version}
      </Button>
      {asked.value && (
        <CutDialog
          candidate={candidate}
          onClose={() => {
            asked.value = false;
          }}
        />
      )}
    </>
  );
}
