import type { RuleForm } from "./rules-form.ts";
import "./share-bar.css";

/** How much of what fits the rule goes to candidates; the rest is stable's. */
export function ShareBar({ shares, ramp }: Pick<RuleForm, "shares" | "ramp">) {
  let from = 0;
  return (
    <svg class="share-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect class="rest" width="100" height="6" />
      {ramp?.map(({ path, to }, i) => (
        <rect key={path} class="step" width={Number.parseFloat(to) || 0} height="6" opacity={1 / (i + 1)} />
      ))}
      {(ramp === undefined ? shares : []).map(({ version, share }, i) => {
        const width = Math.min(100 - from, Number.parseFloat(share) || 0);
        const x = from;
        from += width;
        return <rect key={version} class={`given given-${i % 2}`} x={x} width={width} height="6" />;
      })}
    </svg>
  );
}
