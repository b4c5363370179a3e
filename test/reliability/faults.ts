export interface Fault {
  readonly name: string;
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly tests: readonly string[];
}
export const FAULTS: readonly Fault[] = [];
