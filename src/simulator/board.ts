/**
 * A Modbus RTU board of eight relays and eight inputs, as its own side of the wire sees it (Waveshare's registers:
 * FC05 on/off/flash-on, FC01 coils, FC02 inputs). It answers on any byte stream: a pty in the demo and the tests.
 */
import { checksum } from "../decode/checksums.ts";

export interface BoardWorld {
  /** A relay's contact closed or opened. */
  readonly relay: (channel: number, on: boolean) => void;
  /** Whether input `channel` (1..8) is made. */
  readonly input: (channel: number) => boolean;
}

export interface Board {
  /** Bytes from the master; what the board sends back. */
  hear(bytes: Uint8Array): Uint8Array | undefined;
  close(): void;
}

const REQUEST = 8;

export function openBoard(unit: number, world: BoardWorld): Board {
  const relays = new Array<boolean>(8).fill(false);
  const flashes = new Map<number, NodeJS.Timeout>();
  let kept: number[] = [];

  function set(channel: number, on: boolean): void {
    if (relays[channel] === on) return;
    relays[channel] = on;
    world.relay(channel + 1, on);
  }

  function flash(channel: number, ms: number): void {
    set(channel, true);
    const running = flashes.get(channel);
    if (running !== undefined) clearTimeout(running);
    flashes.set(
      channel,
      setTimeout(() => set(channel, false), ms),
    );
  }

  function answer(request: Uint8Array): Uint8Array | undefined {
    const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
    const code = view.getUint8(1);
    const address = view.getUint16(2);
    const value = view.getUint16(4);
    if (code === 5 && address < 8 && (value === 0xff00 || value === 0)) {
      set(address, value === 0xff00);
      return request.slice();
    }
    if (code === 5 && address >= 0x0200 && address < 0x0208) {
      flash(address - 0x0200, value * 100);
      return request.slice();
    }
    if (code === 1 || code === 2) {
      const bits = relays.reduce((all, on, i) => all | ((code === 1 ? on : world.input(i + 1)) ? 1 << i : 0), 0);
      return withCrc([unit, code, 1, bits]);
    }
    return withCrc([unit, code | 0x80, code === 5 ? 2 : 1]);
  }

  return {
    hear(bytes) {
      kept.push(...bytes);
      const out: number[] = [];
      while (kept.length >= REQUEST) {
        const frame = Uint8Array.from(kept.slice(0, REQUEST));
        if (
          frame[0] !== unit ||
          checksum("crc16-modbus", frame.subarray(0, 6)) !== ((frame[7] ?? 0) << 8) + (frame[6] ?? 0)
        ) {
          kept = kept.slice(1);
          continue;
        }
        kept = kept.slice(REQUEST);
        out.push(...(answer(frame) ?? []));
      }
      return out.length === 0 ? undefined : Uint8Array.from(out);
    },
    close() {
      for (const timer of flashes.values()) clearTimeout(timer);
    },
  };
}

function withCrc(bytes: readonly number[]): Uint8Array {
  const crc = checksum("crc16-modbus", Uint8Array.from(bytes));
  return Uint8Array.from([...bytes, crc & 0xff, crc >> 8]);
}
