/**
 * The keeper: a process of its own that owns the outputs, so that the end of a pulse depends neither on the service's
 * event loop nor on its life. Started by the service with its orders on standard input; when that ends (the service is
 * dead, however it died), all lines fall and the keeper goes too. Built as dist/keeper.cjs.
 */
import { GateError } from "../core/fault.ts";
import { openLines, planFrom } from "./gpio-drivers.ts";
import { type Lines, monotonicMs } from "./gpio-lines.ts";
import { openRelays } from "./gpio-relays.ts";
import { type KeeperOrder, type KeeperWord, lineCutter, orderFrom } from "./gpio-wire.ts";

const LINE_BROKEN = 1;

function keep(): void {
  const say = (word: KeeperWord): void => void process.stdout.write(`${JSON.stringify(word)}\n`);
  const lines = taken(say);
  const relays = openRelays({
    lines,
    now: monotonicMs,
    onLapsed: (offset) => say({ is: "lapsed", offset }),
    onBroken(fault) {
      if (ending) return;
      say({ is: "broken", ...plainFault(fault) });
      end(LINE_BROKEN);
    },
  });
  let ending = false;
  function end(code: number): void {
    ending = true;
    relays.drop();
    process.exit(code);
  }

  function obey(order: KeeperOrder): void {
    relays.beat();
    if (order.do === "beat") {
      say({ is: "alive" });
      return;
    }
    const { id } = order;
    const done = (): void => say({ is: "done", id });
    const cutShort = (): void =>
      say({ is: "failed", id, code: "COMMAND_UNCERTAIN", message: "the pulse was cut short" });
    try {
      switch (order.do) {
        case "claim":
          relays.claim(order.offset, order.activeLow);
          done();
          break;
        case "pulse":
          relays.pulse(order, (cut) => (cut ? cutShort() : done()));
          break;
        case "hold":
          relays.hold(order);
          done();
          break;
      }
    } catch (cause) {
      if (!(cause instanceof GateError)) throw cause;
      say({ is: "failed", id, ...plainFault(cause) });
    }
  }

  const cut = lineCutter((line) => {
    const order = orderFrom(line);
    if (order !== undefined) obey(order);
  });
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (text: string) => cut(text));
  process.stdin.on("end", () => end(0));
  process.stdin.on("error", () => end(0));
  // Nobody listens any more: what we do now would be told to nobody.
  process.stdout.on("error", () => end(LINE_BROKEN));
  process.on("SIGTERM", () => end(0));
  // A Ctrl-C in the terminal goes to both; the service decides when to end, and its end ends us.
  process.on("SIGINT", () => undefined);
  process.on("SIGHUP", () => undefined);
}

/** The chip, or the end of us with a word about why. */
function taken(say: (word: KeeperWord) => void): Lines {
  try {
    return openLines(planFrom(process.argv[2]));
  } catch (cause) {
    if (!(cause instanceof GateError)) throw cause;
    say({ is: "broken", ...plainFault(cause) });
    return process.exit(LINE_BROKEN);
  }
}

/** The fault without its code in front: the other side puts it there again. */
function plainFault(fault: GateError): { readonly code: GateError["code"]; readonly message: string } {
  return { code: fault.code, message: fault.message.replace(`${fault.code}: `, "") };
}

keep();
