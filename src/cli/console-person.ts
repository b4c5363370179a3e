/** Who sits at the machine's console, as rows name the person. */
import { userInfo } from "node:os";

/** What a user of this machine may be called; anything else in the environment is no name. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}._-]{0,31}\$?$/u;

/**
 * Behind sudo whoever asked for it, since `root` would be everybody; believed of root alone, whose word counts anyway.
 * A user without a name (a container's) is told by number.
 */
export function consolePerson(
  env: NodeJS.ProcessEnv = process.env,
  uid: number = process.getuid?.() ?? 0,
  nameOf: () => string = () => userInfo().username,
): string {
  const asked = env.SUDO_USER;
  if (uid === 0 && asked !== undefined && asked !== "root" && NAME.test(asked)) return asked;
  try {
    return nameOf();
  } catch {
    return `uid ${uid}`; // it isn't in the machine's list of users
  }
}
