import { describe, expect, it } from "vitest";
import { findModel, replaceModel } from "../../src/inference/model-in-body.ts";

const FORM = "multipart/form-data; boundary=xyz";

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

function text(body: Uint8Array | undefined): string | undefined {
  return body === undefined ? undefined : Buffer.from(body).toString("latin1");
}

function replaced(body: string, to: string, contentType = "application/json"): string | undefined {
  return text(replaceModel(contentType, bytes(body), to));
}

function form(...fields: readonly string[]): string {
  return `${fields.map((field) => `--xyz\r\nContent-Disposition: form-data; ${field}\r\n`).join("")}--xyz--\r\n`;
}

describe("the model's place", () => {
  it("is the string with its quotes", () => {
    const body = '{ "stream" : true , "model" : "a\\"b" }';
    expect(findModel("application/json", bytes(body))).toEqual({ start: 30, end: 36 });
  });

  it("is the last one's where there are several", () => {
    expect(replaced('{"model":"a","model":"b"}', "c")).toBe('{"model":"a","model":"c"}');
  });

  it.each(['{"model":7}', '{"model":null}', '{"a":{"model":"x"}}', '["model","x"]', "", "model=x", '{"model":"x'])(
    "is nowhere in %s",
    (body) => {
      expect(findModel("application/json", bytes(body))).toBeUndefined();
      expect(replaced(body, "x")).toBeUndefined();
    },
  );

  it("is nowhere in a picture", () => {
    expect(findModel("image/png", bytes('{"model":"x"}'))).toBeUndefined();
  });
});

describe("replacing the model", () => {
  it("leaves all other bytes as they were", () => {
    expect(replaced('{"x":"\u00ff\\u00e9" ,\n"model"\t:"a", "y": 1.0e5} ', "longer")).toBe(
      '{"x":"\u00ff\\u00e9" ,\n"model"\t:"longer", "y": 1.0e5} ',
    );
  });

  it("escapes what JSON wants escaped, and nothing above it", () => {
    expect(replaced('{"model":"a"}', 'a"b\\c\n\u00c3\u00a4')).toBe('{"model":"a\\"b\\\\c\\n\u00c3\u00a4"}');
  });

  it("works in a body that goes on where the router has stopped reading", () => {
    expect(replaced('{"model":"a","messages":[{"conte', "b")).toBe('{"model":"b","messages":[{"conte');
  });

  it("finds the field wherever it stands in a form", () => {
    const file = 'name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n\r\n--xy\u00ff\r\r\n';
    const model = (name: string) => `name="model"\r\n\r\n${name}`;
    expect(replaced(form(file, model("a")), "whisper", FORM)).toBe(form(file, model("whisper")));
    expect(replaced(form(model("a"), file), "", FORM)).toBe(form(model(""), file));
    expect(replaced(`a preamble\r\n${form(model(""), file)}`, "w", FORM)).toBe(
      `a preamble\r\n${form(model("w"), file)}`,
    );
  });

  it("reads the boundary as it is written", () => {
    const body = form("name=model\r\n\r\na");
    expect(replaced(body, "b", 'Multipart/Form-Data; charset=utf-8; Boundary="xyz"')).toBe(form("name=model\r\n\r\nb"));
    expect(replaced(body, "b", "multipart/form-data; boundary=other")).toBeUndefined();
    expect(replaced(body, "b", "multipart/form-data")).toBeUndefined();
  });

  it("cannot be used to write another part", () => {
    expect(replaced(form('name="model"\r\n\r\na'), "a\r\n--xyz\r\n", FORM)).toBeUndefined();
  });

  it("does not take a file for the field, nor a name that only looks like it", () => {
    expect(replaced(form('name="model"; filename="m"\r\n\r\na'), "b", FORM)).toBeUndefined();
    expect(replaced(form('filename="x"; xname="model"\r\n\r\na'), "b", FORM)).toBeUndefined();
  });
});
