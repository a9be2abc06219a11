/** A sentence of the router's, in which what stands between backticks is code. */
export function Said({ text }: { readonly text: string }) {
  return (
    <span>
      {text.split("`").map((piece, i) => {
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a sentence are told apart by nothing else
        return i % 2 === 1 ? <code key={i}>{piece}</code> : piece;
      })}
    </span>
  );
}
