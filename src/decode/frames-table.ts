/** Frames whose length follows from what kind they are: a table of bytes and lengths, the first that fits. */
import { checksumHolds } from "./checksums.ts";
import { begins, type Found, type Measure } from "./frame-state.ts";
import { fromHex, type TableFraming } from "./profile-framing.ts";

const MORE: Found = { is: "more" };

export function tabled(framing: TableFraming): Measure {
  const start = fromHex(framing.start);
  const rows = framing.sizes.map(({ bytes, length }) => ({
    length,
    bytes: bytes.map(({ at, equals }) => ({ at, equals: Number.parseInt(equals, 16) })),
  }));

  /** `undefined` = too few bytes to say; 0 = none of the kinds. */
  function lengthOf(frame: Uint8Array): number | undefined {
    for (const { bytes, length } of rows) {
      if (bytes.some(({ at, equals }) => frame[at] !== undefined && frame[at] !== equals)) continue;
      if (bytes.some(({ at }) => frame[at] === undefined)) return undefined;
      if (typeof length === "number") return length;
      const said = frame[length.at];
      return said === undefined ? undefined : said + length.plus;
    }
    return 0;
  }

  return (buffer, at) => {
    const begun = begins(buffer, at, start);
    if (begun === false) return { is: "junk" };
    const rest = buffer.subarray(at);
    const length = begun === undefined ? undefined : lengthOf(rest);
    if (length === undefined) return MORE;
    if (length === 0) return { is: "junk", code: "bad-length" };
    if (rest.length < length) return MORE;
    const bytes = rest.slice(0, length);
    if (framing.checksum !== undefined && !checksumHolds(framing.checksum, bytes))
      return { is: "junk", code: "bad-checksum" };
    return { is: "frame", bytes, used: length };
  };
}
