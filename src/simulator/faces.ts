/**
 * The faces that a simulated terminal holds, and how it answers the commands about them (protocols: `mqtt/face/<id>`).
 * Knows nothing of a link: a message in, a reply out.
 */
export interface Faces {
  /** The reply's message; undefined = no command of these. */
  answer(message: unknown): Readonly<Record<string, unknown>> | undefined;
  /** What it holds, by our ids. */
  held(): readonly Face[];
  /** Somebody enrols on its own page: it gets no id of ours. */
  enrolHere(name: string): void;
  /** Whoever it shall refuse from now on, and with which code. */
  refuse(customId: string, code: number | undefined): void;
  /** It works on a batch and answers 410. */
  busy(isBusy: boolean): void;
  /** As after a factory reset, or an exchange. */
  reset(): void;
}

export interface Face {
  readonly customId: string;
  readonly name: string;
  readonly validEnd?: string;
  readonly picture: string;
}

type Fields = Readonly<Record<string, unknown>>;
const LEAST_BYTES = 1_000;
const MOST_BYTES = 1_048_576;
const BATCH = 200;

export function openFaces(deviceId: string, capacity = 10_000): Faces {
  const faces = new Map<string, Face>();
  const here: string[] = [];
  const refused = new Map<string, number>();
  let working = false;

  const reply = (message: Fields, code: number, info: Fields): Fields => ({
    messageId: message.messageId,
    operator: `${String(message.operator)}-Ack`,
    code: String(code),
    info: { facesluiceId: deviceId, ...info },
  });
  const fail = (message: Fields, code: number, info: Fields = {}) => reply(message, code, { ...info, result: "fail" });

  function edit(message: Fields, info: Fields): Fields {
    const customId = text(info.customId);
    const code = customId === "" ? 461 : (refused.get(customId) ?? wrongWith(customId, info));
    if (code !== undefined) return fail(message, code, { customId });
    const before = faces.get(customId);
    faces.set(customId, {
      customId,
      name: text(info.name),
      picture: text(info.pic) === "" ? (before?.picture ?? "") : text(info.pic),
      ...(info.validEnd === undefined ? {} : { validEnd: text(info.validEnd) }),
    });
    return reply(message, 200, { customId, personId: String(faces.size), result: "ok" });
  }

  function wrongWith(customId: string, info: Fields): number | undefined {
    const isNew = !faces.has(customId);
    const picture = text(info.pic);
    if (picture === "") return isNew ? 472 : undefined;
    const [, base64] = /^data:image\/jpeg;base64,([A-Za-z0-9+/]+=*)$/.exec(picture) ?? [];
    if (base64 === undefined) return 463;
    const bytes = Buffer.byteLength(base64, "base64");
    if (bytes > MOST_BYTES) return 460;
    if (bytes < LEAST_BYTES) return 468;
    if ([...faces.values()].some((one) => one.customId !== customId && one.picture === picture)) return 478;
    return isNew && faces.size + here.length >= capacity ? 467 : undefined;
  }

  function remove(message: Fields, info: Fields): Fields {
    const ids = Array.isArray(info.customId) ? info.customId.map(text) : [];
    if (message.DataBegin !== "BeginFlag") return fail(message, 412);
    if (message.DataEnd !== "EndFlag") return fail(message, 413);
    if (ids.length > BATCH || Number(message.PersonNum) !== ids.length) return fail(message, 417);
    const gone = ids.filter((id) => !refused.has(id) && faces.delete(id));
    const left = ids.filter((id) => !gone.includes(id));
    return reply(message, 200, {
      DelErrNum: String(left.length),
      DelSucNum: String(gone.length),
      DelErrInfo: left.map((customId) => ({ customId })),
      DelSucInfo: gone.map((customId) => ({ customId })),
      result: "ok",
    });
  }

  return {
    answer(told) {
      if (!isFields(told)) return undefined;
      const info = isFields(told.info) ? told.info : {};
      switch (told.operator) {
        case "EditPerson":
          return working ? fail(told, 410) : edit(told, info);
        case "DeletePersons":
          return working ? fail(told, 410) : remove(told, info);
        case "QueryPerson":
          return reply(told, 200, {
            TotalPersonNum: String(faces.size + here.length),
            QueryPersonNum: String(faces.size),
            customId: [...faces.keys()].join(","),
            result: "ok",
          });
        default:
          return undefined;
      }
    },
    held: () => [...faces.values()],
    enrolHere: (name) => void here.push(name),
    refuse(customId, code) {
      if (code === undefined) refused.delete(customId);
      else refused.set(customId, code);
    },
    busy(isBusy) {
      working = isBusy;
    },
    reset() {
      faces.clear();
      here.length = 0;
    },
  };
}

const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
