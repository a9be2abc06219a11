import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ReplicaNow, ReplicasNow } from "../api/answers.ts";
import { type Called, call } from "../api/call.ts";
import { Failed, Loading } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import { moment, span } from "../parts/words.ts";
import "./replicas-page.css";

const AGAIN_MS = 2_000;
const WORDS = { current: "✓ in step", behind: "! behind", silent: "✕ silent" } as const;

/** Who runs, and what is in force there. */
export function ReplicasPage() {
  const now = useSignal<Called<ReplicasNow> | undefined>(undefined);
  const ask = async (): Promise<void> => {
    now.value = await call<ReplicasNow>("/api/replicas");
  };
  useEffect(() => {
    void ask();
    const asking = setInterval(ask, AGAIN_MS);
    return () => clearInterval(asking);
  }, []);
  const answer = now.value;
  if (answer === undefined) return <Loading what="the replicas" />;
  if (answer.kind === "unreachable") return <Failed message="The router does not answer." again={ask} />;
  if (answer.kind === "refused") return <Failed message={answer.message} again={ask} />;
  const { replicas, revision, current } = answer.value;
  return (
    <>
      <header>
        <h1>Replicas</h1>
        <p class="quiet">
          {current} of {replicas.length} have revision {revision} in force.
        </p>
      </header>
      <Table caption="Replicas">
        <thead>
          <tr>
            <th scope="col">Replica</th>
            <th scope="col">State</th>
            <th scope="col" class="number">
              Revision
            </th>
            <th scope="col">Address</th>
            <th scope="col">Build</th>
            <th scope="col">Workers</th>
            <th scope="col" class="number">
              Heard of
            </th>
          </tr>
        </thead>
        <tbody>
          {replicas.map((replica) => (
            <Row key={replica.id} replica={replica} />
          ))}
        </tbody>
      </Table>
    </>
  );
}

function Row({ replica }: { readonly replica: ReplicaNow }) {
  const { id, state, why, revision, address, build, workers, heard } = replica;
  return (
    <tr>
      <th scope="row">{id}</th>
      <td>
        <span class="replica-state" data-state={state}>
          {WORDS[state]}
        </span>
        {why !== undefined && <span class="replica-why"> {why}</span>}
      </td>
      <td class="number">{revision}</td>
      <td>{address}</td>
      <td>{build}</td>
      <td>{workers === undefined ? "–" : workersText(workers)}</td>
      <td class="number">{heard < 3_000 ? "now" : `${span(heard)} ago`}</td>
    </tr>
  );
}

function workersText({ forwarding, wanted, lastEnded }: NonNullable<ReplicaNow["workers"]>): string {
  return `${forwarding} of ${wanted}${lastEnded === undefined ? "" : `, one ended ${moment(lastEnded)}`}`;
}
