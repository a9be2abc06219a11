import type { ShareForm } from "./rules-form.ts";
import "./share-bar.css";

/** How much of what fits the rule goes to candidates; the rest is stable's. */
export function ShareBar({ shares }: { readonly shares: readonly ShareForm[] }) {
  let from = 0;
  return (
    <svg class="share-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect class="rest" width="100" height="6" />
      {shares.map(({ version, share }, i) => {
        const width = Math.min(100 - from, Number.parseFloat(share) || 0);
        const x = from;
        from += width;
        return <rect key={version} class={`given given-${i % 2}`} x={x} width={width} height="6" />;
      })}
    </svg>
  );
}
