import { Button } from "../parts/button.tsx";
import { forbidden } from "../session.ts";
import { asked, type Candidate } from "./asked.ts";

/** Takes a candidate out of service, once that has been confirmed. */
export function CutButton({ candidate }: { readonly candidate: Candidate }) {
  return (
    <Button
      look="danger"
      label={`Cut ${candidate.version} of ${candidate.route}`}
      unavailable={forbidden("operator")}
      onClick={() => {
        asked.value = { kind: "cut", candidate };
      }}
    >
      Cut {candidate.version}
    </Button>
  );
}
