import type { ExplainAnswer } from "../api/editor-answers.ts";

const BUCKETS = 10_000;

/** Whose of the 10,000 buckets are whose, and the one of this request. */
export function BucketBar({ bucket: { bucket, slices } }: { readonly bucket: NonNullable<ExplainAnswer["bucket"]> }) {
  const percent = (n: number) => (n / BUCKETS) * 100;
  return (
    <figure class="bucket-bar">
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <rect class="rest" y="2" width="100" height="6" />
        {slices.map(({ version, from, to, cut }) => (
          <rect
            key={version}
            class={cut ? "cut" : "given"}
            x={percent(from)}
            y="2"
            width={percent(to - from)}
            height="6"
          />
        ))}
        <rect class="here" x={Math.min(99.4, percent(bucket))} y="0" width="0.6" height="10" />
      </svg>
      <figcaption>
        Bucket {bucket} of {BUCKETS - 1}
      </figcaption>
    </figure>
  );
}
