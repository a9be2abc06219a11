import { describe, expect, it, onTestFinished } from "vitest";
import { onlyAllowed, rememberingLookup } from "../../../src/proxy/express/addresses.ts";
import { keyTextAt } from "../../../src/proxy/identities/key-text.ts";
import { startHttp } from "../../kit/upstream.ts";

const lookupOf = (allows: (address: string) => boolean) => rememberingLookup(() => 0, onlyAllowed(allows));

describe("a key set at a URL", () => {
  it("is not asked for where its name leads to an address that is not allowed", async () => {
    let asked = 0;
    const server = await startHttp((_, response) => {
      asked++;
      response.end("{}");
    });
    onTestFinished(() => server.close());
    const url = server.url.replace("127.0.0.1", "localhost");
    await expect(
      keyTextAt(
        url,
        lookupOf(() => false),
      ).read(1_000),
    ).rejects.toThrow(/no address that the router may send to/);
    expect(asked).toBe(0);
    expect(
      await keyTextAt(
        url,
        lookupOf((address) => address === "127.0.0.1"),
      ).read(5_000),
    ).toBe("{}");
  });

  it("is not followed elsewhere, nor read for ever", async () => {
    const server = await startHttp((request, response) => {
      if (request.url === "/moved") response.writeHead(302, { location: "/keys" }).end();
      else if (request.url === "/large") response.end("x".repeat(2 * 1024 * 1024));
      else if (request.url === "/keys") response.end("{}");
    });
    onTestFinished(() => server.close());
    const read = (path: string) =>
      keyTextAt(
        server.url + path,
        lookupOf(() => true),
      ).read(300);
    await expect(read("/moved")).rejects.toThrow("it answers with status 302");
    await expect(read("/large")).rejects.toThrow("more than");
    await expect(read("/never")).rejects.toThrow(/abort|time/i);
  });
});
