import { copyFileSync, readFileSync } from "node:fs";
import { connect } from "node:tls";
import { expect, it } from "vitest";
import { certificatePath } from "../kit/certificates.ts";
import { until } from "../kit/until.ts";
import { rulesText, startRouter, startVersions, temporaryFile } from "./stage.ts";

it("serves TLS from the settings' files, and a renewed certificate without a restart", async () => {
  const [cert, key] = [temporaryFile("tls.crt"), temporaryFile("tls.key")];
  const put = (name: string): void => {
    copyFileSync(certificatePath(`${name}.crt`), cert);
    copyFileSync(certificatePath(`${name}.key`), key);
  };
  put("server");
  const rules = temporaryFile("rules.yaml", rulesText(await startVersions(), "0%"));
  const router = await startRouter({ RULES_FILE: rules, PROXY_TLS_CERT: cert, PROXY_TLS_KEY: key });
  const ca = readFileSync(certificatePath("ca.crt"));
  /** Whose certificate is shown, and the answer. */
  const ask = () =>
    new Promise<[string, string]>((resolve, reject) => {
      const socket = connect({ port: Number(new URL(router.proxyUrl).port), host: "127.0.0.1", ca }, () =>
        socket.write(
          "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
        ),
      );
      const shown = () => String(socket.getPeerCertificate().subject?.CN);
      let [name, text] = ["", ""];
      socket.setEncoding("utf8").on("data", (data) => {
        name = shown();
        text += data;
      });
      socket.on("end", () => resolve([name, text]));
      socket.on("error", reject);
    });
  expect(await ask()).toEqual(["server", expect.stringMatching(/^HTTP\/1\.1 200 [\s\S]*v1$/)]);
  put("renewed");
  await until("the renewed one is shown", async () => (await ask())[0] === "renewed");
});
