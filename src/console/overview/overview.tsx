/** A card for every route. */
export function Overview() {
  return <h1>Overview</h1>;
}
