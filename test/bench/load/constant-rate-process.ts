import { CHAT_LOAD } from "../workloads/small-post.ts";
import { paceByThread, percentile, runAtRate } from "./constant-rate.ts";
import { openClients, rawHead } from "./raw-client.ts";

/** Sends small requests at a constant rate to the port of its first argument, and says as JSON how long they took. */
const [port = 0, perSecond = 0, warmUpSeconds = 0, seconds = 0] = process.argv.slice(2).map(Number);
const { path, body, headers, customers, connections } = CHAT_LOAD;
const payload = Buffer.from(body);
const requests = Array.from({ length: customers.count }, (_, i) => {
  const all = { ...headers, "x-customer-id": `${customers.prefix}${i + 1}` };
  return Buffer.concat([rawHead("POST", path, payload.length, all), payload]);
});
const warmUp = Math.round(warmUpSeconds * perSecond);
const { latency, lateness } = await runAtRate(
  await openClients(port, connections),
  (index) => requests[index % requests.length] ?? payload,
  { perSecond, count: warmUp + Math.round(seconds * perSecond), pace: paceByThread },
);
const [measured, late] = [latency.slice(warmUp), lateness.slice(warmUp)];
const [p50, p99] = [percentile(measured, 50), percentile(measured, 99)];
process.stdout.write(JSON.stringify({ p50, p99, late: percentile(late, 99) }));
process.exit();
