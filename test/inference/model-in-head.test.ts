import { describe, expect, it } from "vitest";
import { replaceModelInHead } from "../../src/inference/model-in-head.ts";

function replaced(method: string, target: string, to: string): string | undefined {
  const [path = "", query = ""] = target.split("?");
  const changed = replaceModelInHead(method, { path, query }, to);
  return changed === undefined ? undefined : `${changed.path}${changed.query === "" ? "" : `?${changed.query}`}`;
}

describe("replacing the model in path and query", () => {
  it.each([
    ["POST", "/v2/models/iris/versions/3/infer", "/v2/models/new/versions/3/infer"],
    ["POST", "/v1/models/iris:predict?a=b", "/v1/models/new:predict?a=b"],
    ["POST", "/v1beta/models/g:streamGenerateContent?alt=sse", "/v1beta/models/new:streamGenerateContent?alt=sse"],
    ["POST", "/openai/deployments/d/embeddings?api-version=1", "/openai/deployments/new/embeddings?api-version=1"],
    ["GET", "/v1/realtime?amodel=x&model=old&b=c", "/v1/realtime?amodel=x&model=new&b=c"],
    ["GET", "/openai/realtime?deployment=old", "/openai/realtime?deployment=new"],
  ])("%s %s", (method, target, expected) => {
    expect(replaced(method, target, "new")).toBe(expected);
  });

  it("lets no name leave its place", () => {
    expect(replaced("POST", "/v2/models/iris/infer", "a/../b?c#d \u00c3")).toBe(
      "/v2/models/a%2F..%2Fb%3Fc%23d%20%C3/infer",
    );
    expect(replaced("GET", "/v1/realtime?model=a", "b&c=d+e")).toBe("/v1/realtime?model=b%26c%3Dd%2Be");
  });

  it.each([
    ["POST", "/v1/chat/completions?model=x"],
    ["GET", "/v1/realtime?model="],
    ["GET", "/v1/realtime"],
  ])("leaves alone %s %s, which names none", (method, target) => {
    expect(replaced(method, target, "new")).toBeUndefined();
  });
});
