/** Cuts MQTT control packets out of a stream of bytes (MQTT 3.1.1 and 5, 2.2: a type, a length in 1 to 4 bytes, the rest). */

/** Gives each whole packet to `take`, in order; false = what came is no MQTT, and nothing more can be cut from it. */
export type Cutter = (chunk: Buffer, take: (packet: Buffer) => void) => boolean;

/** A big picture comes in many chunks: they are put together once, when all of it is here. */
export function openCutter(): Cutter {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let wanted = 0;

  return (chunk, take) => {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes < wanted) return true;
    let bytes = held.length === 1 ? chunk : Buffer.concat(held, heldBytes);
    for (;;) {
      const length = lengthOf(bytes);
      if (length === "malformed") return false;
      if (length === "unknown" || length > bytes.length) {
        held = bytes.length === 0 ? [] : [bytes];
        heldBytes = bytes.length;
        wanted = length === "unknown" ? 0 : length;
        return true;
      }
      take(bytes.subarray(0, length));
      bytes = bytes.subarray(length);
    }
  };
}

/** Of the packet that begins here, head included. */
function lengthOf(bytes: Buffer): number | "unknown" | "malformed" {
  let rest = 0;
  for (let n = 0; n < 4; n++) {
    const byte = bytes[1 + n];
    if (byte === undefined) return "unknown";
    rest += (byte & 0x7f) * 0x80 ** n;
    if (byte < 0x80) return 2 + n + rest;
  }
  return "malformed";
}
