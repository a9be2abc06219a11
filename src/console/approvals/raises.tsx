/** What is given beyond the limit, a sentence for each. */
export function Raises({ raises }: { readonly raises: readonly string[] }) {
  return (
    <ul class="raises">
      {raises.map((one) => (
        // As everything else here writes shares.
        <li key={one}>{one.replaceAll(/(\d)%/g, "$1\u00a0%")}</li>
      ))}
    </ul>
  );
}
