import type { Dice } from "./dice.ts";

/** Somebody who uses the models. */
export interface Customer {
  readonly id: string;
  readonly type: "standard" | "premium" | "internal";
}

/** Mostly standard customers, some premium ones, a few of the house. */
export function population(size: number, dice: Dice): Customer[] {
  return Array.from({ length: size }, (_, i) => {
    const roll = dice.roll();
    const type = roll < 0.7 ? "standard" : roll < 0.95 ? "premium" : "internal";
    return { id: `customer-${i + 1}`, type };
  });
}

/** One request that a customer makes. */
export interface Visit {
  readonly customer: Customer;
  readonly session: string;
  readonly path: string;
  readonly body: object;
}

const QUESTIONS = [
  "Which version are you?",
  "What does a canary release do?",
  "Summarise our conversation so far, please.",
  "Write two sentences about careful engineers.",
] as const;
/** The part of a customer's requests that opens a new session. */
const NEW_SESSION = 0.2;

/** Who comes next, and what for: an endless row, the same for the same dice. */
export function* visits(customers: readonly Customer[], dice: Dice): Generator<Visit, never> {
  const sessions = new Map<Customer, number>();
  for (;;) {
    const customer = customers[dice.between(0, customers.length - 1)];
    if (customer === undefined) throw new Error("A population of nobody makes no visits.");
    const before = sessions.get(customer);
    const number = before === undefined ? 1 : before + (dice.roll() < NEW_SESSION ? 1 : 0);
    sessions.set(customer, number);
    yield { customer, session: `${customer.id}/${number}`, ...requestOf(dice) };
  }
}

function requestOf(dice: Dice): Pick<Visit, "path" | "body"> {
  const question = dice.pick(QUESTIONS);
  const roll = dice.roll();
  if (roll < 0.15) return { path: "/v1/embeddings", body: { model: "demo-embed", input: question } };
  const chat = { model: "demo-chat", temperature: 0, messages: [{ role: "user", content: question }] };
  const stream = { stream: true, stream_options: { include_usage: true } };
  return { path: "/v1/chat/completions", body: roll < 0.6 ? chat : { ...chat, ...stream } };
}
