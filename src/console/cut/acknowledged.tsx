import type { Spread } from "../api/answers.ts";
import { TellDialog } from "../parts/tell-dialog.tsx";
import "./acknowledged.css";

interface AcknowledgedProps {
  readonly title: string;
  readonly spread: Spread;
  readonly onClose: () => void;
}

/** Where a decision about a cut is in force, and where it is not yet. */
export function Acknowledged({ title, spread, onClose }: AcknowledgedProps) {
  const all = spread.missing.length === 0;
  return (
    <TellDialog title={title} onClose={onClose}>
      <p class="acknowledged" role="status" data-all={all}>
        <span aria-hidden="true">{all ? "✓" : "!"}</span> {spread.summary}
      </p>
      {!all && (
        <ul class="missing">
          {spread.missing.map(({ id, why }) => (
            <li key={id}>
              <strong>{id}</strong> {why}
            </li>
          ))}
        </ul>
      )}
      {!spread.stored && <p>It is not stored safely yet: do not restart this replica before the store is back.</p>}
    </TellDialog>
  );
}
