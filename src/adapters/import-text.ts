/** Text files: bytes → text, by encoding; text → rows of cells, by delimiter. */
import { parse } from "csv-parse/sync";

/** UTF-8, with or without its mark, or GB18030 as Excel in China saves it; undefined = neither. */
export function textOf(bytes: Uint8Array): string | undefined {
  return decoded(bytes, "utf-8") ?? decoded(bytes, "gb18030");
}

function decoded(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a control character is how a binary file shows
    return /[\u0000-\u0008\u000e-\u001f\ufffd\ue000-\uf8ff]/.test(text) ? undefined : text;
  } catch {
    return undefined; // not this encoding
  }
}

export interface Line {
  /** As a spreadsheet counts, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Reads no further than `most` rows: twenty megabytes of short ones would outgrow the thread before they are counted. */
export function linesOf(
  text: string,
  most: number,
): { readonly lines: readonly Line[] } | { readonly broken: true; readonly line: number } {
  const first = text.slice(0, text.search(/[\r\n]|$/));
  const delimiter = [",", "\t", ";", "；", "，"].reduce((best, one) =>
    first.split(one).length > first.split(best).length ? one : best,
  );
  try {
    const found: Line[] = [];
    parse(text, {
      delimiter,
      bom: true,
      // Where a record ends; cells with line breaks are rare.
      on_record: (cells: string[], { lines }) => void found.push({ line: lines, cells }),
      relax_column_count: true,
      skip_records_with_empty_values: true,
      max_record_size: 64 * 1024,
      to: most,
    });
    return { lines: found };
  } catch (cause) {
    const at = typeof cause === "object" && cause !== null && "lines" in cause ? Number(cause.lines) : 1;
    return { broken: true, line: at };
  }
}
