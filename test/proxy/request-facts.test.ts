import { describe, expect, it } from "vitest";
import { NO_IDENTITIES } from "../../src/proxy/identities.ts";
import { type ReadableHead, RequestFacts } from "../../src/proxy/request-facts.ts";
import type { Customers } from "../../src/routing/rules.ts";

const customers: Customers = {
  id: [
    { from: "header", name: "x-customer-id" },
    { from: "header", name: "x-user" },
  ],
  type: [{ from: "header", name: "x-customer-type" }],
  defaultType: "standard",
  types: [],
  jwt: undefined,
};

function headWith(headers: Record<string, string>, path = "/v1/embeddings"): ReadableHead & { asked: string[] } {
  const asked: string[] = [];
  return {
    method: "POST",
    path,
    query: "",
    hasBody: false,
    asked,
    header: (name) => {
      asked.push(name);
      return headers[name];
    },
  };
}

describe("the facts of a request", () => {
  it("believe a trusted peer on who is asking, by the first source that has a value", () => {
    const facts = new RequestFacts(
      headWith({ "x-user": "u1", "x-customer-type": "gold" }),
      customers,
      NO_IDENTITIES,
      true,
    );
    expect([facts.customer, facts.customerType]).toEqual(["u1", "gold"]);
  });

  it("do not believe anybody else", () => {
    const head = headWith({ "x-user": "u1", "x-customer-type": "gold", "x-canary": "always" });
    const facts = new RequestFacts(head, customers, NO_IDENTITIES, false);
    expect([facts.customer, facts.customerType, facts.header("x-canary")]).toEqual([undefined, "standard", undefined]);
    expect([facts.trusted, facts.typeKnown]).toEqual([false, false]);
    expect(facts.header("x-user")).toBe("u1"); // as a header it is still what was sent
  });

  it("take an empty value for none", () => {
    const facts = new RequestFacts(
      headWith({ "x-customer-id": "", "x-customer-type": "" }),
      customers,
      NO_IDENTITIES,
      true,
    );
    expect([facts.customer, facts.customerType]).toEqual([undefined, "standard"]);
  });

  it("never show a client's x-canary-*", () => {
    const facts = new RequestFacts(
      headWith({ "x-canary-track": "candidate", "x-canary": "never" }),
      customers,
      NO_IDENTITIES,
      true,
    );
    expect([facts.header("x-canary-track"), facts.header("x-canary")]).toEqual([undefined, "never"]);
  });

  it("look for each fact once, and only when it is asked for", () => {
    const head = headWith({ "x-customer-id": "c" });
    const facts = new RequestFacts(head, customers, NO_IDENTITIES, true);
    expect(head.asked).toEqual([]);
    for (let i = 0; i < 3; i++) expect([facts.customer, facts.customerType]).toEqual(["c", "standard"]);
    expect(head.asked).toEqual(["x-customer-id", "x-customer-type"]);
  });

  it("derive the modality from the path until a route says otherwise", () => {
    const facts = new RequestFacts(headWith({ "x-kind": "Image", "x-odd": "smell" }), customers, NO_IDENTITIES, true);
    expect(facts.modality).toBe("embedding");
    facts.useModalityOf({ modality: { from: "fixed", modality: "video" } });
    expect(facts.modality).toBe("video");
    facts.useModalityOf({ modality: { from: "header", name: "x-kind" } });
    expect(facts.modality).toBe("image");
  });

  it.each(["x-odd", "x-absent"])("derive the modality where the header %s says none", (name) => {
    const facts = new RequestFacts(headWith({ "x-odd": "smell" }), customers, NO_IDENTITIES, true);
    facts.useModalityOf({ modality: { from: "header", name } });
    expect(facts.modality).toBe("embedding");
  });
});
