export function ReplicasPage() {
  return <h1>Replicas</h1>;
}
