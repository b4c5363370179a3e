/** What is wrong with a configuration, said so that a technician can mend it. */

/** The same sentence for both readers. */
export interface Words {
  readonly zh: string;
  readonly en: string;
}

export const PROBLEMS = [
  "CONFIG_UNREADABLE",
  "CONFIG_TOO_LARGE",
  "CONFIG_NEWER",
  "YAML_SYNTAX",
  "YAML_DUPLICATE_KEY",
  "UNKNOWN_KEY",
  "KEY_MISSING",
  "WRONG_TYPE",
  "OUT_OF_RANGE",
  "NOT_ALLOWED",
  "BAD_FORM",
  "ENVIRONMENT_INVALID",
  "ENVIRONMENT_UNUSED",
  "TIMEZONE_UNKNOWN",
  "DUPLICATE_ID",
  "UNKNOWN_DEVICE",
  "UNKNOWN_PROFILE",
  "PROFILE_WRONG_KIND",
  "PROFILES_UNREADABLE",
  "PROFILE_INVALID",
  "UNKNOWN_ACCESS_POINT",
  "UNKNOWN_AREA",
  "UNKNOWN_TIME_PROFILE",
  "CHOOSE_ONE",
  "NOT_APPLICABLE",
  "LINK_WRONG",
  "PARAM_MISSING",
  "PARAM_UNKNOWN",
  "COMMAND_KEY_INVALID",
  "COMMAND_KEY_KNOWN",
  "COMMAND_KEY_PRIVATE",
  "COMMAND_KEY_TWICE",
  "COMMAND_UNKNOWN",
  "COMMAND_WRONG",
  "INPUT_UNKNOWN",
  "MQTT_MISSING",
  "HTTP_MISSING",
  "HTTP_PORT_TWICE",
  "HTTP_ADDRESS_MISSING",
  "HTTP_ADDRESS_TWICE",
  "HTTP_USERNAME_TWICE",
  "HTTP_SECRET_WEAK",
  "HTTP_BY_ADDRESS",
  "HTTP_EXPOSED",
  "CALL_MISSING",
  "CALL_CA_MISSING",
  "CALL_EXPOSED",
  "MQTT_USERNAME_TWICE",
  "SERIAL_CONFLICT",
  "FRAMING_CONFLICT",
  "SERIAL_UNIT_TWICE",
  "OPEN_MISSING",
  "MONITORED_WITH_OUTPUT",
  "MONITORED_WITHOUT_CONTACT",
  "OUTPUT_TWICE",
  "INPUT_TWICE",
  "SENSE_CONFLICT",
  "LINE_TWICE",
  "CLOSE_UNGUARDED",
  "GUARD_NOT_WIRED",
  "READER_TWICE",
  "AREA_SAME",
  "TIMES_CONTRADICT",
  "DATES_CONTRADICT",
  "INTERLOCK_ALONE",
  "PURPOSE_MISSING",
  "SIMULATION_REFUSED",
  "SECRET_INLINE",
  "SECRET_MISSING",
  "SECRET_UNREADABLE",
  "SECRET_EXPOSED",
  "KEY_INVALID",
  "KEY_TWICE",
  "CLEAR_TEXT",
  "INSTALL_MODE",
  "SECRET_SHORT",
  "PAGE_EXPOSED",
  "PAGE_NAMELESS",
  "REASON_TWICE",
  "BROKER_EXPOSED",
  "GUARD_LEFT_OUT",
  "GUARD_CUT_CABLE",
  "POSITION_UNKNOWN",
  "PULSE_LONG",
  "FRESH_LONG",
  "CONFIDENCE_LOW",
  "LOCKED_OPEN_LONG",
  "CLOCK_TRUSTED_BLINDLY",
  "HOLIDAYS_UNPUBLISHED",
  "FACE_ONLY",
  "PHOTO_OPENS",
  "UPLINK_NO_WAY",
  "UPLINK_CLEAR_TEXT",
  "UPLINK_KEY_PAIR",
  "UPLINK_ANONYMOUS",
  "UPLINK_CODE_UNKNOWN",
  "UPLINK_CODE_TWICE",
  "PLATES_GROUND_MISSING",
  "SHARING_BROKER_MISSING",
  "HOME_BROKER_MISSING",
  "SHARING_GATE_SELF",
  "SHARING_GATE_TWICE",
  "SHARING_KEY_WEAK",
  "SHARING_NO_AREAS",
  "FACES_GROUND_MISSING",
  "VIID_CLEAR_TEXT",
  "VIID_DEVICE_UNKNOWN",
  "VIID_DEVICE_TWICE",
  "UNUSED",
  "READERS_EMPTY",
] as const;
export type ProblemCode = (typeof PROBLEMS)[number];

/** One problem with its place. `line` and `column` count from 1. */
export interface ConfigError {
  readonly code: ProblemCode;
  /** Errors keep gatepost from starting with this file; warnings are dangerous or pointless settings. */
  readonly severity: "error" | "warning";
  /** The file, or `$NAME` of the environment variable that caused it. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** As in `lanes[0].outputs.open`; empty = the whole file. */
  readonly path: string;
  readonly message: Words;
  readonly hint: Words;
}

/** Where in the configuration, by keys and list positions. */
export type Path = readonly (string | number)[];

/** A problem whose place in the file is still to be found; `at: "key"` points at the key instead of the value. */
export interface Finding {
  readonly code: ProblemCode;
  readonly severity: "error" | "warning";
  readonly path: Path;
  readonly at?: "key";
  readonly message: Words;
  readonly hint: Words;
}

export function words(zh: string, en: string): Words {
  return { zh, en };
}

export function error(code: ProblemCode, path: Path, message: Words, hint: Words, at?: "key"): Finding {
  return { code, severity: "error", path, message, hint, ...(at === undefined ? {} : { at }) };
}

export function warning(code: ProblemCode, path: Path, message: Words, hint: Words): Finding {
  return { code, severity: "warning", path, message, hint };
}

/** `lanes[0].outputs.open`, as people write paths. */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, step) => (typeof step === "number" ? `${text}[${step}]` : text === "" ? step : `${text}.${step}`),
    "",
  );
}
