import { useSignal } from "@preact/signals";
import { mistakes } from "./editing.ts";
import { mistakesAt } from "./mistakes.ts";

interface RoutePickerProps {
  readonly names: readonly { readonly name: string; readonly rules: number }[];
  readonly at: number;
}

/** From so many routes on one has to search. */
const MANY = 9;

/** The routes, of which one is shown. */
export function RoutePicker({ names, at }: RoutePickerProps) {
  const wanted = useSignal("");
  const searched = wanted.value.trim().toLowerCase();
  const found = names
    .map((one, place) => ({ ...one, place }))
    .filter(({ name, place }) => place === at || name.toLowerCase().includes(searched));
  return (
    <nav class="route-picker" aria-label="Routes">
      {names.length >= MANY && (
        <input
          type="search"
          aria-label="Search routes"
          placeholder={`Search ${names.length} routes`}
          value={wanted.value}
          onInput={(event) => (wanted.value = event.currentTarget.value)}
        />
      )}
      <ul>
        {found.map(({ name, rules, place }) => {
          const wrong = mistakesAt(mistakes.value, `routes[${place}]`).length;
          return (
            <li key={place}>
              <a href={`/rules/${encodeURIComponent(name)}`} aria-current={place === at ? "page" : undefined}>
                <span class="route-name">{name || "(no name)"}</span>
                {wrong > 0 && <span class="wrong-count">{wrong === 1 ? "1 mistake" : `${wrong} mistakes`}</span>}
                <span class="rule-count">{rules}</span>
                <span class="unseen">{rules === 1 ? "rule" : "rules"}</span>
              </a>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
