import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { Said } from "../parts/said.tsx";

interface ShareFieldProps {
  readonly label: string;
  /** As it is written, such as `2.5%`. */
  readonly share: string;
  readonly mistake: string | undefined;
  readonly onChange: (share: string) => void;
}

const OFTEN = [0, 1, 5, 10, 25, 50, 100];

/** A share: a slider for about, a number for exactly. */
export function ShareField({ label, share, mistake, onChange }: ShareFieldProps) {
  const id = useId();
  const percent = Number.parseFloat(share);
  const shown = useSignal(Number.isNaN(percent) ? 0 : percent);
  /** What somebody is writing: it is not taken away when something else is drawn anew. */
  const typed = useSignal<string | undefined>(undefined);
  useEffect(() => {
    if (!Number.isNaN(percent)) shown.value = percent;
  }, [percent]);
  const take = (value: number): void => {
    const exact = Math.min(100, Math.max(0, Math.round(value * 100) / 100));
    if (Number.isNaN(exact)) return;
    shown.value = exact;
    if (`${exact}%` !== share) onChange(`${exact}%`);
  };
  return (
    <div class="field share-field">
      <label for={id}>{label}</label>
      <div class="share-controls">
        <input
          type="range"
          min="0"
          max="100"
          step="any"
          aria-label={`${label}, about`}
          aria-valuetext={`${shown.value} %`}
          value={shown.value}
          onInput={(event) => (shown.value = handy(event.currentTarget.valueAsNumber))}
          onChange={() => take(shown.value)}
        />
        <span class="exact">
          <input
            id={id}
            type="number"
            min="0"
            max="100"
            step="0.01"
            inputMode="decimal"
            aria-invalid={mistake !== undefined}
            aria-describedby={mistake === undefined ? undefined : `${id}-mistake`}
            value={typed.value ?? shown.value}
            onInput={(event) => (typed.value = event.currentTarget.value)}
            onChange={(event) => {
              typed.value = undefined;
              take(event.currentTarget.valueAsNumber);
            }}
          />
          <span aria-hidden="true">%</span>
        </span>
      </div>
      <div class="often">
        {OFTEN.map((one) => (
          <button key={one} type="button" aria-pressed={one === percent} onClick={() => take(one)}>
            {one} %
          </button>
        ))}
      </div>
      {mistake !== undefined && (
        <p class="mistake" id={`${id}-mistake`} role="alert">
          <Said text={mistake} />
        </p>
      )}
    </div>
  );
}

/** What a hand means on a slider: fine steps where shares are small. */
function handy(value: number): number {
  const step = value < 1 ? 0.05 : value < 10 ? 0.5 : 1;
  return Math.round(Math.round(value / step) * step * 100) / 100;
}
