/** A moment by the clock of whoever reads it; all of it is in the title. */
export function When({ at }: { readonly at: string }) {
  const time = new Date(at);
  return (
    <time dateTime={at} title={time.toLocaleString("en-GB")}>
      {time.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}
    </time>
  );
}
