import { Gauge, type Registry } from "prom-client";

/** One line of the exposition. */
export interface Series {
  /** Where it is not the metric's own: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** More labels, in an object that stays the same from scrape to scrape: prom-client keeps its text. */
  readonly sharedLabels?: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Options {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly registry: Registry;
  /** Called on each scrape. */
  read(): Iterable<Series>;
}

/** A metric whose numbers live elsewhere and are only read when somebody scrapes. */
export class ReadMetric extends Gauge {
  readonly #options: Options;

  constructor(options: Options) {
    super({ name: options.name, help: options.help, registers: [options.registry] });
    this.#options = options;
  }

  /** prom-client's registry asks this of a metric that has it, in place of `get`. */
  async getForPromString() {
    const { name, help, type, read } = this.#options;
    return { name, help, type, values: [...read()] };
  }
}
