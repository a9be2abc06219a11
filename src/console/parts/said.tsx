/** A sentence of the router's, in which what stands between backticks is code. */
export function Said({ text }: { readonly text: string }) {
  return (
    <span>
      {text.split("`").map((piece, i) => {
        return i % 2 === 1 ? <code key={i}>{piece}</code> : piece;
      })}
    </span>
  );
}
