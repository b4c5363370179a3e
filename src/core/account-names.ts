/** What an account is called and whom its rows name. The same holds on the page, over the API and at the console. */

/** Characters of either. */
export const NAME_MOST = 32;
/** As it is typed to enter: letters of any script, digits and `. _ -`. */
export const ACCOUNT_NAME = /^[\p{L}\p{N}._-]{1,32}$/u;

/** As rows will name the person, without blanks around; undefined = empty or longer than {@link NAME_MOST}. */
export function personNamed(text: string): string | undefined {
  const who = text.trim();
  return who === "" || who.length > NAME_MOST ? undefined : who;
}
