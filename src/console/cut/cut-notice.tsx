import type { CutNow } from "../api/answers.ts";
import { moment } from "../parts/words.ts";
import { nameOf } from "./name-of.ts";
import { RestoreButton } from "./restore-button.tsx";
import "./cut-notice.css";

/** That something is cut: who, when, why, and the way back. */
export function CutNotice({ cut }: { readonly cut: CutNow }) {
  return (
    <div class="cut-notice">
      <p>
        <strong>
          <span aria-hidden="true">✕</span> CUT {nameOf(cut)}
        </strong>{" "}
        at {moment(cut.at)} by {cut.by}
        {cut.why === "" ? "" : `: ${cut.why}`}
        {!cut.stored && ". Not stored yet, the store does not answer."}
      </p>
      <RestoreButton cut={cut} />
    </div>
  );
}
