/** Accounts whose file can't be read: nobody enters, and nobody is taken for a gate without accounts. */
import type { AccountRefusal, Accounts } from "../shell/accounts.ts";

export function shutAccounts(): Accounts & { setupCode(): undefined; close(): Promise<void> } {
  const failing: AccountRefusal = { why: "accounts-failing" };
  const later = async (): Promise<AccountRefusal> => failing;
  return {
    any: true,
    enter: later,
    sessionOf: () => undefined,
    isBooth: () => false,
    leave: () => undefined,
    onEnd: () => undefined,
    setUp: later,
    list: () => [],
    add: later,
    change: () => failing,
    reset: later,
    totpNew: () => failing,
    totpOn: () => failing,
    totpOff: () => failing,
    setupCode: () => undefined,
    close: async () => undefined,
  };
}
