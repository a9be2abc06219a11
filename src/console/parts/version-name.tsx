import "./version-name.css";

/** A version in the colour of its track. */
export function VersionName({ track, version }: { readonly track: "stable" | "candidate"; readonly version: string }) {
  return <strong class={`version-name ${track}`}>{version}</strong>;
}
