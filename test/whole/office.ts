/** Somebody in the office who asks the gate's API as its own page would, and keeps the cookies. */
export function openOffice(page: () => string) {
  let cookie = "";
  return {
    cookie: () => cookie,
    /** A file goes as it is, anything else as JSON; an answer without a body is `{}`. */
    async ask(method: string, path: string, body?: unknown) {
      const file = body instanceof Uint8Array;
      const answer = await fetch(`${page()}/api/v1${path}`, {
        method,
        headers: {
          origin: page(),
          cookie,
          ...(body === undefined ? {} : { "content-type": file ? "application/octet-stream" : "application/json" }),
        },
        ...(body === undefined ? {} : { body: file ? Buffer.from(body) : JSON.stringify(body) }),
      });
      const set = answer.headers.getSetCookie().map((one) => one.split(";")[0] ?? "");
      if (set.length > 0) cookie = set.join("; ");
      const type = answer.headers.get("content-type") ?? "";
      return { status: answer.status, type, body: JSON.parse((await answer.text()) || "{}") };
    },
  };
}
