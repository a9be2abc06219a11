export function ExplainPage() {
  return <h1>Explain</h1>;
}
